import KubeModel
import TestSupport
import Testing

@testable import KubeClient

/// When a credential plug-in runs, and how often (A39).
@Suite struct ExecPluginCacheTests {
    private let programs = ScriptedPrograms()
    private let wall = Locked(Timestamp(seconds: 1_800_000_000))

    private func plugin() -> ExecPlugin {
        let configuration = ExecPluginConfiguration(
            place: "p", command: "/bin/sh", apiVersion: "client.authentication.k8s.io/v1", interactiveMode: .never)
        let wall = wall
        return ExecPlugin(configuration, now: { wall.withLock { $0 } }, run: programs.run)
    }

    private func advance(_ seconds: Double) { wall.withLock { $0.seconds += seconds } }

    private func answer(_ token: String?, lives: Double? = nil, pair: TestPair? = nil) {
        var status: JSONObject = [:]
        if let token { status["token"] = .string(token) }
        if let lives {
            status["expirationTimestamp"] = .string(
                Timestamp(seconds: wall.withLock { $0.seconds } + lives).description)
        }
        if let pair {
            status["clientCertificateData"] = .string(pair.certificate)
            status["clientKeyData"] = .string(pair.key)
        }
        let credential: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": .object(status),
        ]
        programs.answer(.exited(status: 0, output: credential.bytes))
    }

    // A39. Fails when a run is not shared: a hundred programs at once.
    @Test func aHundredRequestsAtExpiryMakeOneRun() async throws {
        let plugin = plugin()
        answer("one", lives: 600)
        #expect(try await plugin.credential().credential.token == "one")
        advance(600)
        programs.hold()
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try await plugin.credential().credential.token } }
            await programs.waitForRuns(2)
            // Whoever is late waits for the same run: none can be answered before it ends.
            answer("two", lives: 600)
            programs.release()
            for try await token in group { #expect(token == "two") }
        }
        #expect(programs.runs == 2)
    }

    // A39. Fails when nothing is cached, and when the margin is left out: a token would expire on its way.
    @Test func aCredentialIsUsedUntilShortlyBeforeItExpires() async throws {
        let plugin = plugin()
        answer("one", lives: 3600)
        _ = try await plugin.credential()
        advance(3539)
        #expect(try await plugin.credential().credential.token == "one")
        answer("two", lives: 10)
        advance(1)
        #expect(try await plugin.credential().credential.token == "two")
        // What is short-lived is not asked for with every request.
        advance(8)
        #expect(try await plugin.credential().credential.token == "two")
        #expect(programs.runs == 2)
        answer("three")
        advance(1)
        #expect(try await plugin.credential().credential.token == "three")
        advance(1_000_000)
        #expect(try await plugin.credential().credential.token == "three")
        #expect(programs.runs == 3)
    }

    // A39. Fails when a plug-in that fails early takes away a credential that is still good.
    @Test func aFailureAheadOfTheExpiryKeepsTheCredential() async throws {
        let plugin = plugin()
        answer("one", lives: 1000)
        _ = try await plugin.credential()
        programs.answer(.exited(status: 1, output: []))
        advance(950)
        #expect(try await plugin.credential().credential.token == "one")
        #expect(try await plugin.credential().credential.token == "one")
        #expect(programs.runs == 2)
        advance(50)
        await #expect(throws: ConfigurationError.self) { try await plugin.credential() }
        // Failures are not kept.
        answer("two")
        #expect(try await plugin.credential().credential.token == "two")
    }

    // A39. Fails when a refusal is not tied to what was refused: each of the hundred makes a run of its own.
    @Test func aHundredRefusalsMakeOneRun() async throws {
        let authorization = Authorization(.plugin(plugin()))
        answer("one")
        let refused = try await authorization.header()
        #expect(refused.value == "Bearer one")
        answer("two")
        for _ in 0..<100 {
            authorization.invalidate(refused)
            #expect(try await authorization.header().value == "Bearer two")
        }
        #expect(programs.runs == 2)
    }

    // A39. Fails when a 401 does not reach the plug-in.
    @Test func aRefusedRequestIsSentAgainWithANewCredential() async throws {
        let transport = TokenCheckingTransport(accepting: "Bearer two")
        let client = KubeClient(
            ClientConfiguration(
                endpoint: CurlEndpoint(base: "https://h", host: "h"), credential: .plugin(plugin()), namespace: "n",
                origin: "test"), transport: transport)
        answer("one")
        let refused = await #expect(throws: KubeError.self) { try await client.serverVersion() }
        #expect(refused?.code == .unauthorized)
        // The second attempt of the first request ran the plug-in again; so does the first of the next.
        #expect(programs.runs == 2)
        answer("two")
        #expect(try await client.serverVersion() == "v1")
        #expect(transport.seen == ["Bearer one", "Bearer one", "Bearer one", "Bearer two"])
    }

    // Fails when the run belongs to the request that began it: its cancellation takes the others with it.
    @Test func aCancelledRequestDoesNotDisturbTheOthers() async throws {
        let plugin = plugin()
        programs.hold()
        try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                let outcome = try await withThrowingTaskGroup(of: String?.self) { first in
                    first.addTask {
                        do { return try await plugin.credential().credential.token } catch is CancellationError {
                            return "cancelled"
                        }
                    }
                    await programs.waitForRuns(1)
                    first.cancelAll()
                    return try await first.next() ?? nil
                }
                return outcome
            }
            let first = try await group.next() ?? nil
            #expect(first == "cancelled")
            group.addTask { try await plugin.credential().credential.token }
            answer("one")
            programs.release()
            let second = try await group.next() ?? nil
            #expect(second == "one")
        }
        #expect(programs.runs == 1)
    }

    // A39. Fails when the certificate stays out of the endpoint, or its identity does not change with it: pooled
    // connections would go on proving the old one.
    @Test func aCertificateChangesTheEndpointsIdentity() async throws {
        let plugin = plugin()
        let configuration = ClientConfiguration(
            endpoint: CurlEndpoint(base: "https://h", host: "h"), credential: .plugin(plugin), namespace: "n",
            origin: "test")
        let source = configuration.endpointSource
        let authorization = Authorization(configuration.credential)
        let before = try source.current()
        #expect(before.clientCertificate == nil)

        answer(nil, lives: 600, pair: .first)
        #expect(try await authorization.header().value == nil)
        let first = try source.current()
        #expect(first.clientCertificate == Array(TestPair.first.certificate.utf8))
        #expect(first.clientKey == Array(TestPair.first.key.utf8))
        #expect(first.identity != before.identity)

        // Renewed, but the same: no connection has to go.
        advance(600)
        answer("t", lives: 600, pair: .first)
        #expect(try await authorization.header().value == "Bearer t")
        #expect(try source.current().identity == first.identity)

        // Refused, but not yet renewed: nothing better is there.
        authorization.invalidate(try await authorization.header())
        #expect(try source.current().identity == first.identity)
        answer("t", lives: 600, pair: .second)
        _ = try await authorization.header()
        let second = try source.current()
        #expect(second.clientCertificate == Array(TestPair.second.certificate.utf8))
        #expect(second.identity != first.identity)

        advance(600)
        answer("t")
        _ = try await authorization.header()
        #expect(try source.current().clientCertificate == nil)
    }
}

/// Stands in for programs: counts runs, answers what it is told, and holds answers back where asked to.
private final class ScriptedPrograms: Sendable {
    private struct State {
        var runs = 0
        var answer = ChildProcess.Outcome.notStarted(1)
        var isHolding = false
        var held: [@Sendable (ChildProcess.Outcome) -> Void] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Locked(State())

    var runs: Int { state.withLock { $0.runs } }
    func answer(_ outcome: ChildProcess.Outcome) { state.withLock { $0.answer = outcome } }
    func hold() { state.withLock { $0.isHolding = true } }

    func release() {
        let (held, answer) = state.withLock { state in
            defer { (state.held, state.isHolding) = ([], false) }
            return (state.held, state.answer)
        }
        for done in held { done(answer) }
    }

    func waitForRuns(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state -> Bool in
                if state.runs >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    var run: ExecPlugin.Run {
        { _, done in
            let (answer, watchers) = self.state.withLock {
                state -> (ChildProcess.Outcome?, [CheckedContinuation<Void, Never>]) in
                state.runs += 1
                let reached = state.watchers.filter { $0.count <= state.runs }.map(\.continuation)
                state.watchers.removeAll { $0.count <= state.runs }
                if state.isHolding { state.held.append(done) }
                return (state.isHolding ? nil : state.answer, reached)
            }
            for watcher in watchers { watcher.resume() }
            if let answer { done(answer) }
        }
    }
}
