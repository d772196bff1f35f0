import CaracalAPI
import CaracalCatalog
import Hardening
import KubeClient
import KubeModel
import KubeSandbox
import Logging
import Preflight
import Rendering
import TestSupport

@testable import OperatorMain

/// The whole operator against the embedded API server, in one process, with the production sample.
struct Operation: Sendable {
    let client: KubeClient
    let namespace = "caracal"
    var key: ObjectKey { ObjectKey(namespace: namespace, name: "prod") }

    /// Installs CRD, namespace and, unless told otherwise, keys; runs the operator while the body runs.
    static func run(
        withKeys: Bool = true, _ body: @escaping @Sendable (Operation) async throws -> Void
    ) async throws {
        try await InProcessSandbox.with(simulated: true) { client, _ in
            let operation = Operation(client: client)
            let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
            try await client.apply(.customResourceDefinitions, crd, fieldManager: "test")
            try await client.create(
                .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "caracal"]])
            if withKeys { try await operation.makeKeys() }
            let logger = Logger(label: "operator") { _ in SwiftLogNoOpLogHandler() }
            let runtime = OperatorRuntime(
                client: client, settings: OperatorRuntime.Settings(namespace: "caracal", workers: 2),
                digestKey: DigestKey(Array(repeating: 1, count: 32)), metrics: Metrics(), logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await runtime.run(healthAddress: nil) }
                group.addTask { try await body(operation) }
                try await group.next()
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) { throw error }
                }
            }
        }
    }

    func keys() throws -> JSONValue {
        let context = try Fixture.production.context()
        return try KeyGenerator(
            context: context, given: ["githubClientId": "id", "githubClientSecret": "made-for-tests"]
        )
        .secret()
    }

    func makeKeys() async throws {
        try await client.create(.secrets, try keys())
        for secret in try SampleCertificates.secrets(try Fixture.production.context()) {
            try await client.create(.secrets, secret)
        }
    }

    func apply(_ change: (inout JSONValue) -> Void = { _ in }) async throws {
        var document = try Fixture.production.document
        change(&document)
        try await client.apply(CaracalDeployment.resource, document, fieldManager: "user")
    }

    /// Waits until Ready has this reason at the current generation.
    @discardableResult
    func wait(for reason: String) async throws -> JSONValue {
        let object = try await client.wait(CaracalDeployment.resource, key) { object in
            guard let object, let ready = Self.condition(object, "Ready") else { return false }
            return ready["reason"]?.string == reason && ready["observedGeneration"]?.integer == object.generation
        }
        return object ?? .null
    }

    static func condition(_ object: JSONValue, _ type: String) -> JSONValue? {
        object.at("status", "conditions")?.array?.first { $0["type"]?.string == type }
    }

    /// Some reader of a key does not have its content yet.
    static func hasOpenRotation(_ object: JSONValue) -> Bool {
        object.at("status", "secrets")?.array?.contains { $0["completedAt"] == nil || $0["current"] != $0["total"] }
            ?? false
    }

    func object(_ type: ResourceType, _ name: String) async throws -> JSONValue {
        try await client.get(type, ObjectKey(namespace: namespace, name: name))
    }

    /// Versions of everything the operator made, by kind and name.
    func versions() async throws -> [String: String] {
        var versions: [String: String] = [:]
        for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) {
            for object in try await client.list(type, namespace: namespace).items {
                versions["\(type.gvk.kind)/\(object.name)"] =
                    "\(object.uid) \(object.metadata["generation"]?.text ?? object.resourceVersion)"
            }
        }
        return versions
    }
}
