import KubeClient
import KubeModel
import KubeRuntime
import KubeSandbox
import Logging
import TestSupport
import Testing

/// A reflector over the embedded API server, through a transport that fails as told.
@Suite(.timeLimit(.minutes(1))) struct ReflectorTests {
    private let namespace = "n"

    private func map(_ name: String, _ value: String = "1") -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "n"],
            "data": ["v": .string(value)],
        ]
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

    private struct Stage: Sendable {
        let client: KubeClient
        let cluster: SandboxCluster
        let transport: FaultTransport
        let store: ObjectStore

        /// Returns once the store shows it.
        func until(_ holds: (ObjectStore) -> Bool) async { while !holds(store) { await Task.yield() } }
        var lists: Int {
            transport.log.count { $0.path.hasSuffix("/configmaps") && $0.method == "GET" && $0.status == 200 }
        }
    }

    private func run(
        faults: [Fault] = [], narrow: @escaping @Sendable (JSONValue) -> JSONValue = { $0 },
        times change: (inout ReflectorTimes) -> Void = { _ in },
        _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        var times = ReflectorTimes()
        change(&times)
        let chosen = times
        try await InProcessSandbox.with { client, cluster in
            try await client.create(.namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n"]])
            try await client.create(.configMaps, self.map("a"))
            let endpoint = client.configuration.endpoint
            let transport = FaultTransport(try CurlTransport { endpoint }, faults: faults)
            let store = ObjectStore(.configMaps, narrow: narrow) { _ in }
            let reflector = Reflector(
                KubeClient(client.configuration, transport: transport), .configMaps,
                .collection(namespace: "n", .everything), into: store, times: chosen,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let stage = Stage(client: client, cluster: cluster, transport: transport, store: store)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reflector.run() }
                group.addTask { try await body(stage) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private static func status(_ code: Int, _ reason: String, cause: String = "") -> HTTPResponse {
        let details = cause.isEmpty ? "{}" : #"{"causes":[{"reason":"\#(cause)"}]}"#
        return HTTPResponse(
            status: code,
            body: Array(
                #"{"kind":"Status","code":\#(code),"reason":"\#(reason)","message":"x","details":\#(details)}"#.utf8))
    }

    @Sendable private static func isWatch(_ request: HTTPRequest) -> Bool { request.target.contains("watch=1") }

    /// B26. What a list brings is narrowed as what a watch brings. Fails when either comes past it.
    @Test func nothingIsKeptWhole() async throws {
        try await run(narrow: { ["metadata": $0.metadata, "narrow": true] }) { stage in
            await stage.until { $0.isSynced }
            try await stage.client.create(.configMaps, self.map("b"))
            await stage.until { $0.count == 2 }
            #expect(stage.store.all().allSatisfy { $0["narrow"] == true && $0["kind"] == nil })
        }
    }

    /// A49, C16. Fails when an expired version is watched from again.
    @Test func anExpiredWatchListsAgain() async throws {
        try await run(faults: [Fault(.answer(Self.status(410, "Expired")), Self.isWatch)]) { stage in
            await stage.until { $0.isSynced }
            try await stage.client.create(.configMaps, map("b"))
            await stage.until { $0.get(key("b")) != nil }
            #expect(stage.lists == 2)
        }
    }

    /// A25, A48. Fails when a version the server has not reached is asked for again and again.
    @Test func aVersionFromTheFutureListsAgain() async throws {
        let answer = Self.status(504, "Timeout", cause: "ResourceVersionTooLarge")
        try await run(faults: [Fault(.answer(answer), Self.isWatch)]) { stage in
            await stage.until { $0.isSynced }
            while stage.lists < 2 { await Task.yield() }
            try await stage.client.create(.configMaps, map("b"))
            await stage.until { $0.get(key("b")) != nil }
            #expect(stage.lists == 2)
        }
    }

    /// A57, C15: a watch from the future is open and silent. Fails when silence is patience.
    @Test func silenceListsAgain() async throws {
        try await run(
            faults: [Fault(.repeatLines(times: 0), Self.isWatch)],
            times: { $0.silenceLimit = .milliseconds(300) }
        ) { stage in
            await stage.until { $0.isSynced }
            while stage.lists < 2 { await Task.yield() }
            try await stage.client.create(.configMaps, map("b"))
            await stage.until { $0.get(key("b")) != nil }
        }
    }

    /// A55, A54. Fails when the end of a watch is taken for a failure.
    @Test func aWatchThatEndsGoesOnWhereItWas() async throws {
        try await run(times: { $0.watchSeconds = 1...1 }) { stage in
            for name in ["b", "c", "d"] {
                try await stage.client.create(.configMaps, map(name))
                await stage.until { $0.get(key(name)) != nil }
                let opened = stage.transport.streams
                while stage.transport.streams == opened { await Task.yield() }
            }
            #expect(stage.lists == 1)
        }
    }

    /// A50, A51. Fails when a list is added to what is known.
    @Test func whatWentOrCameAgainMeanwhileIsSeen() async throws {
        try await run(
            faults: [Fault(.cut(afterBytes: 0), count: 1, Self.isWatch)], times: { $0.watchSeconds = 1...1 }
        ) { stage in
            try await stage.client.create(.configMaps, map("b"))
            await stage.until { $0.get(key("b")) != nil }
            stage.transport.add(Fault(.answer(Self.status(503, "x")), count: 3, Self.isWatch))
            stage.transport.add(Fault(.answer(Self.status(410, "Expired")), Self.isWatch))
            let old = try await stage.client.get(.configMaps, key("a"))
            try await stage.client.delete(.configMaps, old.key, uid: old.uid)
            let doomed = try await stage.client.get(.configMaps, key("b"))
            try await stage.client.delete(.configMaps, doomed.key, uid: doomed.uid)
            try await stage.client.create(.configMaps, map("a", "2"))
            await stage.until { $0.get(key("b")) == nil && $0.get(key("a"))?.uid != old.uid }
            #expect(stage.store.get(key("a"))?.at("data", "v") == "2")
        }
    }

    /// A59. Fails when the first page is taken for the list, or when an expired page ends it.
    @Test func allPagesAreReadAndAnExpiredOneBeginsAgain() async throws {
        try await InProcessSandbox.with { client, _ in
            try await client.create(.namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "n"]])
            for index in 0..<7 { try await client.create(.configMaps, self.map("m\(index)")) }
            let endpoint = client.configuration.endpoint
            let transport = FaultTransport(
                try CurlTransport { endpoint },
                faults: [Fault(.answer(Self.status(410, "Expired")), skip: 1) { $0.target.contains("continue=") }])
            let list = try await KubeClient(client.configuration, transport: transport)
                .list(.configMaps, namespace: "n", pageSize: 2)
            #expect(list.items.map(\.name).filter { $0.hasPrefix("m") }.count == 7)
            #expect(transport.log.last?.status == 200)
        }
    }

    /// A61. Fails when a list may come from a server's memory.
    @Test func listsAreConsistent() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.answer("200 OK", #"{"metadata":{"resourceVersion":"5"},"items":[]}"#)
        }
        let client = try KubeClient(
            ClientConfiguration(endpoint: server.endpoint(), credential: .none, namespace: "n", origin: "test"))
        _ = try await client.list(.pods, namespace: "n")
        #expect(server.requests.first?.contains("resourceVersion") == false)
    }

    /// B17, C07: the answer to a write counts before its event. Fails when only events change what is known.
    @Test func answersCountAtOnceAndNeverBringThePastBack() async throws {
        try await run { stage in
            await stage.until { $0.isSynced }
            let written = try await stage.client.apply(.configMaps, map("a", "2"), fieldManager: "m")
            stage.store.wrote(written)
            #expect(stage.store.get(key("a"))?.at("data", "v") == "2")
            try await stage.client.delete(.configMaps, key("a"), uid: written.uid)
            await stage.until { $0.get(key("a")) == nil }
            stage.store.wrote(written)
            #expect(stage.store.get(key("a")) == nil, "an answer that comes late makes no ghost")
        }
    }

    /// A106. Fails when a watch that may no longer read keeps quiet about it, or does not come back.
    @Test func aPermissionThatIsLostIsToldAndComesBack() async throws {
        try await run(times: { $0.watchSeconds = 1...1 }) { stage in
            await stage.until { $0.isSynced && $0.failure == nil }
            stage.transport.add(Fault(.answer(Self.status(403, "Forbidden")), count: .max) { _ in true })
            await stage.until { $0.failure?.code == .forbidden }
            #expect(stage.store.get(key("a")) != nil, "what is known is kept")
            stage.transport.clear()
            await stage.until { $0.failure == nil }
        }
    }
}
