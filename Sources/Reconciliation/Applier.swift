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
    let guards: ReconcileGuards
    let logger: Logger
    static let parallel = 8

    private enum Outcome: Sendable {
        case done
        case refused(Obstacle)
        /// Somebody else fights over it: it is ours to say, and holds nothing else up.
        case held(Obstacle)
        case failed(KubeError)
    }

    /// Refusals, by object. An object that fails does not keep those beside it from being written; a failure that time
    /// may heal is thrown once the rest of its role is through.
    func apply(_ writes: [Write]) async throws -> [Obstacle] {
        var refused: [Obstacle] = []
        var held: [Obstacle] = []
        for role in ObjectRole.allCases {
            let batch = writes.filter { $0.object.role == role }
            guard !batch.isEmpty else { continue }
            // No pod starts whose policy, account or configuration was refused.
            if role >= .job, !refused.isEmpty { break }
            var failure: KubeError?
            for outcome in try await apply(batch: batch) {
                switch outcome {
                case .done: break
                case .refused(let obstacle): refused.append(obstacle)
                case .held(let obstacle): held.append(obstacle)
                case .failed(let error): failure = failure ?? error
                }
            }
            if let failure { throw failure }
        }
        return refused + held
    }

    private func apply(batch: [Write]) async throws -> [Outcome] {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            var outcomes: [Outcome] = []
            for (index, write) in batch.enumerated() {
                if index >= Self.parallel, let outcome = try await group.next() { outcomes.append(outcome) }
                group.addTask { try await apply(write) }
            }
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    private func apply(_ write: Write) async throws -> Outcome {
        let object = write.object
        let id = ObjectID(object)
        do {
            if let contest = try await contest(write, id) { return .held(contest) }
            if let replicas = write.handsOverReplicas { try await handOver(object, replicas) }
            guard let answer = try await send(write) else { return .refused(.nameTaken(object)) }
            guards.with { guards in
                guards.refusals.accepted(id)
                guards.rivalry.wrote(id, digest: object.digest, now: .now)
            }
            stores.store(object.resource)?.wrote(answer)
            logger.info(
                "applied",
                metadata: [
                    "object.kind": "\(id.kind)", "object.key": "\(object.key)",
                    "fields": "\(write.paths.prefix(5).joined(separator: ", "))",
                ])
            return .done
        } catch let error as KubeError {
            guard guards.with({ $0.refusals.isBelieved(id, error.code, now: .now) }) else { return .failed(error) }
            logger.warning(
                "refused", metadata: ["object.kind": "\(id.kind)", "object.key": "\(object.key)", "error": "\(error)"])
            return .refused(Obstacle(reason: .applyRejected, message: "\(id): \(error.message)", isStalled: true))
        }
    }

    /// A first apply is not forced: where the name turns out to be taken by somebody else, nil says so. An object that
    /// only lost its label is still ours by its owner, and is put right.
    private func send(_ write: Write) async throws -> JSONValue? {
        let object = write.object
        do {
            return try await client.apply(
                object.resource, object.document, fieldManager: FieldManager.objects, force: !write.isNew)
        } catch let error as KubeError where write.isNew && error.code == .ownershipConflict {
            let live = try await client.get(object.resource, object.key)
            let owner = object.document.metadata["ownerReferences"]?[0]?["uid"]?.string
            guard live.controllerOwner?.uid == owner else { return nil }
            return try await client.apply(object.resource, object.document, fieldManager: FieldManager.objects)
        }
    }

    /// Says who takes back what we write, while it is not written again yet.
    private func contest(_ write: Write, _ id: ObjectID) async throws -> Obstacle? {
        let object = write.object
        let decision = guards.with { $0.rivalry.decide(id, digest: object.digest, now: .now) }
        guard case .hold(let until) = decision else { return nil }
        let what: String
        if write.isNew {
            what = "\(id) is deleted again and again"
        } else {
            let live = try await client.get(object.resource, object.key)
            what = "\(id): \(Rival.of(live)) keeps changing \(write.paths.prefix(3).joined(separator: ", "))"
        }
        let seconds = (until - .now).components.seconds + 1
        return Obstacle(
            reason: .contested, message: "\(what); it is put right again in \(seconds) s", isStalled: true,
            lookAgain: .seconds(seconds))
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

    /// Deletes what is no longer wanted, each object once. The instance is looked at first: what a cache says may be
    /// older than the wish it is measured by.
    func prune(_ objects: [JSONValue], of instance: InstanceIdentity) async throws {
        let doomed = guards.with { guards in objects.filter { guards.deleted[$0.uid] == nil } }
        guard !doomed.isEmpty else { return }
        let live = try await client.get(CaracalDeployment.resource, instance.key)
        guard live.uid == instance.uid, live.generation == instance.generation, !live.isTerminating else { return }
        for object in doomed {
            guard let type = stores.type(kind: object.kind) else { continue }
            try await client.delete(type, object.key, uid: object.uid)
            guards.with { $0.deleted[object.uid] = .now }
            logger.info("pruned", metadata: ["object.kind": "\(object.kind)", "object.key": "\(object.key)"])
        }
    }
}

/// Who changed an object last, beside us.
enum Rival {
    static func of(_ live: JSONValue) -> String {
        let others = (live.metadata["managedFields"]?.array ?? []).filter { entry in
            entry["subresource"] == nil && entry["manager"]?.string != FieldManager.objects
        }
        let last = others.max { ($0["time"]?.string ?? "") < ($1["time"]?.string ?? "") }
        guard let manager = last?["manager"]?.string else {
            // What an admission webhook changes while we write it counts as written by us.
            return "something that changes it as it is written (a mutating webhook?)"
        }
        return "\"\(manager)\""
    }
}
