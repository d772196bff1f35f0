import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeClient
import KubeModel
import KubeYAML
import NIOCore
import NIOPosix
import Rendering
import TestSupport

@testable import KubeRuntime
@testable import OperatorMain

/// A fresh namespace on the cluster of `KUBECONFIG_CLUSTER`, in which real operator processes are started behind fault
/// proxies, killed and started again. The cluster needs controllers and kubelets, real or played.
struct RealTheatre: Stage {
    let client: KubeClient
    let namespace: String
    private let configuration: ClientConfiguration
    private let upstream: CurlTransport
    private let directory: TemporaryDirectory

    static var kubeconfig: String? { text("KUBECONFIG_CLUSTER") }

    static func number(_ variable: String, _ standard: Int) -> Int { text(variable).flatMap { Int($0) } ?? standard }

    static func text(_ variable: String) -> String? {
        getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The namespace is deleted afterwards, whatever the body came to.
    static func open(_ body: @escaping @Sendable (RealTheatre) async throws -> Void) async throws {
        let configuration = try KubeConfig(paths: [kubeconfig ?? ""]).configuration()
        let source = configuration.endpointSource
        let theatre = RealTheatre(
            client: try KubeClient(configuration),
            namespace: "crash-\(String(UInt32.random(in: .min ... .max), radix: 36))", configuration: configuration,
            upstream: try CurlTransport(concurrency: 64) { try source.current() },
            directory: try TemporaryDirectory(in: text("CRASH_MATRIX_WORK") ?? "/tmp"))
        try await theatre.set()
        do { try await body(theatre) } catch {
            try? await theatre.strike()
            throw error
        }
        try await theatre.strike()
    }

    /// CRD, namespace, and what belongs to the user: keys, and a claim the operator must not touch.
    private func set() async throws {
        let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
        try await client.apply(.customResourceDefinitions, crd, fieldManager: "test")
        try await client.create(
            .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
        while (try? await client.list(CaracalDeployment.resource, namespace: namespace)) == nil { await Task.yield() }
        var keys = Theatre.secret
        keys.set(["metadata", "namespace"], .string(namespace))
        try await client.create(.secrets, keys)
        for secret in Theatre.certificates {
            var secret = secret
            secret.set(["metadata", "namespace"], .string(namespace))
            try await client.create(.secrets, secret)
        }
        // One key in all runs, so that fingerprints can be compared.
        try await client.create(
            .secrets,
            [
                "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
                "metadata": ["name": .string(OperatorName.digestKeySecret), "namespace": .string(namespace)],
                "data": ["key": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="],
            ])
        // Never bound, so that nothing is left of it outside of the namespace.
        try await client.create(
            Self.claims,
            [
                "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": ["name": "user-data", "namespace": .string(namespace)],
                "spec": [
                    "accessModes": ["ReadWriteOnce"], "volumeName": .string("none-\(namespace)"),
                    "storageClassName": "", "resources": ["requests": ["storage": "1Gi"]],
                ],
            ])
    }

    private func strike() async throws {
        // They go when their claims do. Where nobody can reclaim them they would stay for ever.
        for volume in try await client.list(Self.volumes, namespace: nil).items
        where volume.at("spec", "claimRef", "namespace")?.string == namespace {
            try await client.delete(Self.volumes, volume.key, uid: volume.uid)
        }
        let home = try await client.get(.namespaces, ObjectKey(namespace: "", name: namespace))
        try await client.delete(.namespaces, home.key, uid: home.uid)
    }

    private static let volumes = ResourceType(
        "", "v1", "PersistentVolume", "persistentvolumes", isNamespaced: false)
    private static let claims = ResourceType("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")

    /// What the operator has no business with: keys to version, claims to uid.
    func belongings() async throws -> [String: String] {
        var versions: [String: String] = [:]
        for secret in try await client.list(.secrets, namespace: namespace).items {
            versions["Secret/\(secret.name)"] = "\(secret.uid) \(secret.resourceVersion)"
        }
        for claim in try await client.list(Self.claims, namespace: namespace).items {
            versions["PersistentVolumeClaim/\(claim.name)"] = "\(claim.uid) \(claim.isTerminating)"
        }
        return versions
    }

    // MARK: Births

    private static var counted: [ResourceType] { kinds + [claims] }

    /// Where the history of each kind begins that ``births(after:)`` tells.
    func versions() async throws -> [ResourceType: String] {
        var versions: [ResourceType: String] = [:]
        for type in Self.counted {
            versions[type] = try await client.list(type, namespace: namespace).resourceVersion
        }
        return versions
    }

    /// How often each object was made and unmade: the server tells it all again, up to its present version.
    func births(after versions: [ResourceType: String]) async throws -> [String: Int] {
        try await withThrowingTaskGroup(of: [String].self) { group in
            for (type, version) in versions { group.addTask { try await history(type, after: version) } }
            var counts: [String: Int] = [:]
            for try await happenings in group { for one in happenings { counts[one, default: 0] += 1 } }
            return counts
        }
    }

    private func history(_ type: ResourceType, after version: String) async throws -> [String] {
        var happenings: [String] = []
        // A watch that has time for what is there already, and ends by itself.
        for try await event in try await client.watch(type, namespace: namespace, from: version, seconds: 1) {
            switch event {
            case .added(let object): happenings.append("ADDED \(type.gvk.kind)/\(object.name)")
            case .deleted(let object): happenings.append("DELETED \(type.gvk.kind)/\(object.name)")
            case .failed(let error): throw error
            default: break
            }
        }
        return happenings.filter { !$0.hasSuffix("/kube-root-ca.crt") && !$0.hasSuffix("ServiceAccount/default") }
    }

    // MARK: Operators

    struct Operator: Sendable {
        let process: OperatorProcess
        let proxy: FaultProxy
        fileprivate let health: CurlTransport

        func figures() async -> Figures? {
            guard let answer = try? await health.send(HTTPRequest("GET", "/metrics")), answer.status == 200 else {
                return nil
            }
            return Figures(String(decoding: answer.body, as: UTF8.self))
        }

        /// Returns when it has read everything.
        func ready() async throws {
            while (try? await health.send(HTTPRequest("GET", "/readyz")))?.status != 200 { try await goOn() }
        }

        /// Returns when it has looked at least once more than `runs` times and nothing is due or under way.
        @discardableResult
        func settle(after runs: Int = 0) async throws -> Figures {
            try await ready()
            while true {
                if let figures = await figures(), figures.runs > runs, figures.isQuiet {
                    return figures
                }
                try await goOn()
            }
        }

        private func goOn() async throws {
            try Task.checkCancellation()
            if let end = process.end {
                throw OperatorProcess.Failure(message: "the operator has ended: \(end)\n\(process.lastLines())")
            }
            // The fact is another process's, and asking for it costs both: ten times a second.
            await Bell().wait(until: .now + .milliseconds(100))
        }
    }

    /// What the operator's metrics say of its work.
    struct Figures: Sendable {
        var runs = 0
        var waiting = 0
        var working = 0
        var nextDue = Double.infinity

        /// Nothing is due within a moment: changes of children are gathered for a tenth of a second.
        var isQuiet: Bool { waiting == 0 && working == 0 && nextDue > 0.5 }

        init(_ text: String) {
            for line in text.split(separator: "\n") {
                guard let space = line.lastIndex(of: " ") else { continue }
                let number = line[line.index(after: space)...]
                if line.hasPrefix("workqueue_next_due_seconds{") { nextDue = Double(number) ?? 0 }
                guard let value = Int(number) else { continue }
                if line.hasPrefix("controller_runtime_reconcile_total{") { runs += value }
                if line.hasPrefix("workqueue_depth{") { waiting += value }
                if line.hasPrefix("controller_runtime_active_workers{") { working += value }
            }
        }
    }

    /// Runs an operator process behind a proxy of its own while the body runs; kills what is left of it.
    func operate(
        _ name: String = "operator", _ arguments: [String] = ["--no-leader-elect"], faults: [Fault] = [],
        _ body: @escaping @Sendable (Operator) async throws -> Void
    ) async throws {
        let port = try await Self.freePort()
        try await FaultProxy.with(configuration, over: upstream, faults: faults) { proxy in
            let id = "\(name)-\(proxy.port)"
            try directory.write("\(id).yaml", proxy.kubeconfig(namespace: namespace))
            try await OperatorProcess.with(
                [
                    "--kubeconfig", "\(directory.path)/\(id).yaml", "--namespace", namespace, "--operator-namespace",
                    namespace, "--health-address", "127.0.0.1:\(port)", "--workers", "2",
                ] + arguments, environment: ["HOSTNAME": name], log: "\(directory.path)/\(id).log"
            ) { process in
                let endpoint = CurlEndpoint(base: "http://127.0.0.1:\(port)", host: "127.0.0.1:\(port)")
                try await body(
                    Operator(process: process, proxy: proxy, health: try CurlTransport(concurrency: 1) { endpoint }))
            }
        }
    }

    static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return port
    }
}

/// For whoever reads a run's output, even of one that is ended half-way.
func say(_ text: String) {
    print(text)
    fflush(nil)
}
