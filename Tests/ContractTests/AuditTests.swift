import KubeClient
import KubeModel
import KubeSandbox
import Logging
import TestSupport
import Testing

/// The sandbox's account of its requests has the shape of a real server's audit log.
@Suite struct AuditTests {
    private func events(
        _ body: @escaping @Sendable (KubeClient) async throws -> Void
    ) async throws -> [JSONValue] {
        let events = Locked<[JSONValue]>([])
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = SandboxServer(
            api: SandboxAPI(cluster: SandboxCluster()), token: "hidden",
            logger: Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
        ) { event in events.withLock { $0.append(event) } }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run(port: 0) { continuation.yield($0) }
                return false
            }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return true }
                let endpoint = CurlEndpoint(base: "http://127.0.0.1:\(port)/hidden", host: "127.0.0.1:\(port)")
                try await body(
                    try KubeClient(
                        ClientConfiguration(
                            endpoint: endpoint, credential: .none, namespace: "default", origin: "sandbox")))
                return true
            }
            while let isBody = try await group.next(), !isBody {}
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
        return events.withLock { $0 }
    }

    // Fails when the name of a created object is left out, or the token is not cut from the URI.
    @Test func aWriteIsToldWithItsObject() async throws {
        let all = try await events { client in
            try await client.create(
                .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "a"]])
            try await client.create(
                .configMaps,
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "one", "namespace": "a"]])
            _ = try? await client.get(.configMaps, ObjectKey(namespace: "a", name: "two"))
        }
        #expect(all.map { $0["verb"]?.string } == ["create", "create", "get"])
        #expect(all.map { $0.at("responseStatus", "code")?.integer } == [201, 201, 404])
        #expect(
            all[1]["objectRef"]
                == ["resource": "configmaps", "namespace": "a", "name": "one", "apiVersion": "v1"])
        #expect(all.allSatisfy { $0["apiVersion"] == "audit.k8s.io/v1" && $0["level"] == "Metadata" })
        #expect(all.allSatisfy { $0["userAgent"]?.string == KubeClient.userAgent })
        #expect(all.allSatisfy { !$0.text.contains("hidden") })
        for event in all {
            let received = event["requestReceivedTimestamp"]?.string.flatMap { Timestamp($0) }
            let staged = event["stageTimestamp"]?.string.flatMap { Timestamp($0) }
            #expect(received != nil && staged != nil)
        }
    }

    // Fails when a watch is told only once it is over: steady state would look like no watch at all.
    @Test func aWatchIsToldWhenItBegins() async throws {
        let all = try await events { client in
            _ = try await client.watch(.configMaps, namespace: "default", from: "0", seconds: 60)
        }
        #expect(all.first?["stage"] == "ResponseStarted")
        #expect(all.first?["verb"] == "watch")
        #expect(Set(all.compactMap { $0["auditID"]?.string }).count == 1)
    }
}
