import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Rendering

/// Performs a plan's writes, some at a time, in the order of their roles.
struct Applier: Sendable {
    let client: KubeClient
    let stores: ClusterStores
    let logger: Logger
    static let parallel = 8

    /// Refusals, by object. Throws for failures that time may heal.
    func apply(_ writes: [Write]) async throws -> [Obstacle] {
        var refused: [Obstacle] = []
        for role in ObjectRole.allCases {
            let batch = writes.filter { $0.object.role == role }
            guard !batch.isEmpty else { continue }
            // No pod starts whose policy, account or configuration was refused.
            if role >= .job, !refused.isEmpty { break }
            refused += try await apply(batch: batch)
        }
        return refused
    }

    private func apply(batch: [Write]) async throws -> [Obstacle] {
        try await withThrowingTaskGroup(of: Obstacle?.self) { group in
            var refused: [Obstacle] = []
            for (index, write) in batch.enumerated() {
                if index >= Self.parallel, let obstacle = try await group.next() ?? nil { refused.append(obstacle) }
                group.addTask { try await apply(write) }
            }
            for try await obstacle in group { if let obstacle { refused.append(obstacle) } }
            return refused
        }
    }

    private func apply(_ write: Write) async throws -> Obstacle? {
        let object = write.object
        let kind = object.resource.gvk.kind
        do {
            if let replicas = write.handsOverReplicas { try await handOver(object, replicas) }
            guard let answer = try await send(write) else { return .nameTaken(object) }
            stores.store(object.resource)?.upsert(answer)
            logger.info(
                "applied",
                metadata: [
                    "object.kind": "\(kind)", "object.key": "\(object.key)",
                    "fields": "\(write.paths.prefix(5).joined(separator: ", "))",
                ])
            return nil
        } catch let error as KubeError
            where error.code == .invalid || error.code == .forbidden || error.code == .unknownType
        {
            logger.warning(
                "refused", metadata: ["object.kind": "\(kind)", "object.key": "\(object.key)", "error": "\(error)"])
            return Obstacle(
                reason: .applyRejected, message: "\(kind) \(object.name): \(error.message)", isStalled: true)
        }
    }

    /// A first apply is not forced: where the name turns out to be taken by somebody else, nil says so. An object that
    /// only lost its label is still ours by its owner, and is put right.
    private func send(_ write: Write) async throws -> JSONValue? {
        let object = write.object
        do {
            return try await client.apply(
                object.resource, object.document, fieldManager: FieldManager.objects, force: !write.isNew)
        } catch let error as KubeError where write.isNew && error.code == .conflict {
            let live = try await client.get(object.resource, object.key)
            let owner = object.document.metadata["ownerReferences"]?[0]?["uid"]?.string
            guard live.controllerOwner?.uid == owner else { return nil }
            return try await client.apply(object.resource, object.document, fieldManager: FieldManager.objects)
        }
    }

    private func handOver(_ object: RenderedObject, _ replicas: Int64) async throws {
        let gvk = object.resource.gvk
        let document: JSONValue = [
            "apiVersion": .string(gvk.apiVersion), "kind": .string(gvk.kind),
            "metadata": ["name": .string(object.name), "namespace": .string(object.key.namespace)],
            "spec": ["replicas": .integer(replicas)],
        ]
        try await client.apply(object.resource, document, fieldManager: FieldManager.replicas)
    }

    func prune(_ objects: [JSONValue]) async throws {
        for object in objects {
            guard let type = stores.type(kind: object.gvk.kind) else { continue }
            try await client.delete(type, object.key, uid: object.uid)
            logger.info("pruned", metadata: ["object.kind": "\(object.gvk.kind)", "object.key": "\(object.key)"])
        }
    }
}
