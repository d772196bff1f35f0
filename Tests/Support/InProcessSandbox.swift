import KubeClient
import KubeModel
import KubeSandbox
import Logging

/// The embedded API server within the test's own process, over real HTTP.
package enum InProcessSandbox {
    /// `simulated` plays controllers and kubelet as well.
    package static func with(
        simulated: Bool = false, podDelay: Duration = .milliseconds(30), snapshot: SandboxCluster.Snapshot? = nil,
        _ body: @escaping @Sendable (KubeClient, SandboxCluster) async throws -> Void
    ) async throws {
        let cluster = SandboxCluster()
        if let snapshot { await cluster.restore(snapshot) }
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        let server = SandboxServer(
            api: SandboxAPI(cluster: cluster), token: token,
            logger: Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Bool.self) { group in
            let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
            group.addTask {
                try await server.run(port: 0) { continuation.yield($0) }
                return false
            }
            if simulated {
                group.addTask {
                    await Simulation(cluster: cluster, podDelay: podDelay).run()
                    return false
                }
            }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return true }
                let endpoint = CurlEndpoint(base: "http://127.0.0.1:\(port)/\(token)", host: "127.0.0.1:\(port)")
                let configuration = ClientConfiguration(
                    endpoint: endpoint, credential: .none, namespace: "default", origin: "sandbox")
                try await body(try KubeClient(configuration), cluster)
                return true
            }
            while let isBody = try await group.next(), !isBody {}
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }
}

extension KubeClient {
    /// Waits for a fact about an object: looks, then watches until the predicate holds.
    @discardableResult
    package func wait(
        _ type: ResourceType, _ key: ObjectKey, until holds: (JSONValue?) -> Bool
    ) async throws -> JSONValue? {
        while true {
            let list = try await list(type, namespace: key.namespace)
            let current = list.items.first { $0.name == key.name }
            if holds(current) { return current }
            for try await event in try await watch(
                type, namespace: key.namespace, from: list.resourceVersion, seconds: 60)
            {
                switch event {
                case .added(let object), .modified(let object):
                    if object.name == key.name, holds(object) { return object }
                case .deleted(let object): if object.name == key.name, holds(nil) { return nil }
                default: break
                }
            }
        }
    }
}
