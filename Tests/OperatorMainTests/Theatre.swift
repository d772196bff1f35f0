import CaracalAPI
import CaracalCatalog
import Hardening
import KubeClient
import KubeModel
import KubeRuntime
import KubeSandbox
import Logging
import Preflight
import Rendering
import TestSupport

@testable import OperatorMain

/// The embedded API server in a known state, on which operators are started, killed and started again.
struct Theatre: Sendable {
    /// Works whatever happens to the operator.
    let client: KubeClient
    let cluster: SandboxCluster
    let namespace = "caracal"
    var key: ObjectKey { ObjectKey(namespace: namespace, name: "prod") }

    /// From a snapshot, or empty but for CRD, namespace and keys.
    static func open(
        _ snapshot: SandboxCluster.Snapshot? = nil, _ body: @escaping @Sendable (Theatre) async throws -> Void
    ) async throws {
        try await InProcessSandbox.with(simulated: true, podDelay: .milliseconds(20), snapshot: snapshot) {
            client, cluster in
            let theatre = Theatre(client: client, cluster: cluster)
            if snapshot == nil {
                let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
                try await client.apply(.customResourceDefinitions, crd, fieldManager: "test")
                try await client.create(
                    .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "caracal"]])
                try await client.create(.secrets, Self.secret)
            }
            try await body(theatre)
        }
    }

    /// The same in every run, so that runs can be compared.
    static let secret: JSONValue = {
        let context = try? Fixture.production.context()
        let given = ["githubClientId": "id", "githubClientSecret": "secret"]
        return (try? context.map { try KeyGenerator(context: $0, given: given).secret() }) ?? .null
    }()

    /// Runs an operator while the body runs, over a transport that fails as told, and kills it afterwards.
    func operate(
        faults: [Fault] = [], settings change: (inout OperatorRuntime.Settings) -> Void = { _ in },
        election: OperatorRuntime.Election? = nil,
        _ body: @escaping @Sendable (Operator) async throws -> Void
    ) async throws {
        let endpoint = client.configuration.endpoint
        let transport = FaultTransport(try CurlTransport { endpoint }, faults: faults)
        var settings = OperatorRuntime.Settings(namespace: namespace, workers: 2)
        change(&settings)
        let runtime = OperatorRuntime(
            client: KubeClient(client.configuration, transport: transport), settings: settings, election: election,
            digestKey: DigestKey(Array(repeating: 1, count: 32)), metrics: Metrics(),
            logger: Logger(label: "operator") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run(healthAddress: nil) }
            group.addTask { try await body(Operator(runtime: runtime, transport: transport)) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    struct Operator: Sendable {
        let runtime: OperatorRuntime
        let transport: FaultTransport

        /// Returns when nothing is due or under way.
        func settle() async { while !runtime.queue.isQuiet { await Task.yield() } }
    }

    // MARK: The user

    func apply(_ change: (inout JSONValue) -> Void = { _ in }) async throws {
        var document = try Fixture.production.document
        change(&document)
        try await client.apply(CaracalDeployment.resource, document, fieldManager: "user")
    }

    @discardableResult
    func wait(for reason: String) async throws -> JSONValue {
        let object = try await client.wait(CaracalDeployment.resource, key) { object in
            guard let object, let ready = Operation.condition(object, "Ready") else { return false }
            return ready["reason"]?.string == reason && ready["observedGeneration"]?.integer == object.generation
        }
        return object ?? .null
    }

    // MARK: What can be compared

    /// Everything the operator is answerable for, without what differs from run to run.
    func state() async throws -> [String: String] {
        var state: [String: String] = [:]
        for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) {
            for object in try await client.list(type, namespace: namespace).items {
                var shown = object
                shown.set(["status"], nil)
                state["\(type.gvk.kind)/\(object.name)"] = Mask.text(shown)
            }
        }
        if let instance = try? await client.get(CaracalDeployment.resource, key) {
            state["CaracalDeployment"] = Mask.text(instance)
        }
        return state
    }

    /// How often each object of ours was made and unmade.
    func births(after revision: UInt64) async -> [String: Int] {
        let ours = Set(ResourceCatalog.kinds.map(\.gvk.kind))
        var counts: [String: Int] = [:]
        for happening in await cluster.happenings(after: revision)
        where ours.contains(happening.kind) && happening.change != "MODIFIED" {
            counts["\(happening.change) \(happening.kind)/\(happening.name)", default: 0] += 1
        }
        return counts
    }
}

/// Takes out of a document what differs between two runs that came to the same.
enum Mask {
    private static let fields: Set<String> = [
        "uid", "resourceVersion", "creationTimestamp", "managedFields", "lastTransitionTime", "completedAt", "since",
        "time", "clusterIP", "clusterIPs", "controller-uid", "batch.kubernetes.io/controller-uid",
    ]

    static func text(_ value: JSONValue) -> String { mask(value).text }

    private static func mask(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            var masked: JSONObject = [:]
            for entry in object.sorted(by: { $0.key < $1.key }) where !fields.contains(entry.key) {
                // The ledger is JSON within an annotation, and the digest of the document covers it.
                if entry.key == Annotation.migrated || entry.key == Annotation.applied { continue }
                masked[entry.key] = mask(entry.value)
            }
            return .object(masked)
        case .array(let items): return .array(items.map(mask))
        default: return value
        }
    }
}
