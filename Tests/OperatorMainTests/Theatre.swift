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
struct Theatre: Stage {
    /// Works whatever happens to the operator.
    let client: KubeClient
    let cluster: SandboxCluster
    let namespace = "caracal"

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
                for secret in Self.certificates { try await client.create(.secrets, secret) }
            }
            try await body(theatre)
        }
    }

    /// The same in every run, so that runs can be compared.
    static let secret: JSONValue = {
        let context = try? Fixture.production.context()
        let given = ["githubClientId": "id", "githubClientSecret": "made-for-tests"]
        return (try? context.map { try KeyGenerator(context: $0, given: given).secret() }) ?? .null
    }()

    static let certificates = (try? SampleCertificates.secrets(Fixture.production.context())) ?? []

    /// Runs an operator while the body runs, over a transport that fails as told, and kills it afterwards.
    func operate(
        faults: [Fault] = [], settings change: (inout OperatorRuntime.Settings) -> Void = { _ in },
        election: OperatorRuntime.Election? = nil, credential: ClientConfiguration.Credential = .none,
        health: ListenAddress? = nil,
        _ body: @escaping @Sendable (Operator) async throws -> Void
    ) async throws {
        let endpoint = client.configuration.endpoint
        let transport = FaultTransport(try CurlTransport { endpoint }, faults: faults)
        var settings = OperatorRuntime.Settings(namespace: namespace, workers: 2)
        change(&settings)
        var configuration = client.configuration
        configuration.credential = credential
        let runtime = OperatorRuntime(
            client: KubeClient(configuration, transport: transport), settings: settings, election: election,
            digestKey: DigestKey(Array(repeating: 1, count: 32)), metrics: Metrics(),
            logger: Logger(label: "operator") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run(healthAddress: health) }
            group.addTask { try await body(Operator(runtime: runtime, transport: transport)) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    struct Operator: Sendable {
        let runtime: OperatorRuntime
        let transport: FaultTransport

        /// Returns when nothing is due or under way.
        func settle() async { await runtime.queue.quieted() }
    }

    // MARK: What can be compared

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
