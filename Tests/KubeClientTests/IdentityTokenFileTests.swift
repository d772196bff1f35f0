import KubeModel
import TestSupport
import Testing

@testable import KubeClient

/// Token files, as kubelet mounts and renews them (A34).
@Suite struct IdentityTokenFileTests {
    private let clock = ManualClock()

    private func authorization(_ directory: TemporaryDirectory, fallback: String? = nil) -> Authorization {
        let clock = clock
        return Authorization(.tokenFile("\(directory.path)/token", fallback: fallback)) { clock.now }
    }

    // A34. Fails when the age is not looked at, and when the token is not trimmed.
    @Test func isReadAgainAfterAMinuteAndTrimmed() async throws {
        let directory = try TemporaryDirectory(["token": " \t one\r\n\n"])
        let authorization = authorization(directory)
        #expect(try await authorization.header().value == "Bearer one")
        try directory.write("token", "two\n")
        clock.advance(.seconds(59))
        #expect(try await authorization.header().value == "Bearer one")
        clock.advance(.seconds(1))
        #expect(try await authorization.header().value == "Bearer two")
    }

    // A34. Fails when the file is kept open, or its path resolved once.
    @Test func followsTheLinkThatKubeletSwaps() async throws {
        let directory = try TemporaryDirectory(["..1/token": "one", "..2/token": "two"])
        directory.link("..data", to: "..1")
        directory.link("token", to: "..data/token")
        let authorization = authorization(directory)
        #expect(try await authorization.header().value == "Bearer one")
        directory.link("..data", to: "..2")
        directory.remove("..1")
        clock.advance(.seconds(60))
        #expect(try await authorization.header().value == "Bearer two")
    }

    // A34. Fails when a failed read drops the token, and when it counts as a read: the recovery would take a minute.
    @Test(arguments: ["", "\n", nil, "two\nX-Header: 1", "caf\u{E9}"])
    func keepsTheTokenWhereTheNewOneCannotBeRead(content: String?) async throws {
        let directory = try TemporaryDirectory(["token": "one"])
        let authorization = authorization(directory)
        #expect(try await authorization.header().value == "Bearer one")
        if let content { try directory.write("token", content) } else { directory.remove("token") }
        clock.advance(.seconds(61))
        #expect(try await authorization.header().value == "Bearer one")
        authorization.invalidate(try await authorization.header())
        #expect(try await authorization.header().value == "Bearer one")
        try directory.write("token", "three")
        #expect(try await authorization.header().value == "Bearer three")
    }

    // A34. Fails when the first read gives an empty header instead of an error.
    @Test func theFirstReadNamesTheFile() async throws {
        let directory = try TemporaryDirectory()
        let authorization = authorization(directory)
        let error = await #expect(throws: ConfigurationError.self) { try await authorization.header() }
        #expect(error?.description.contains("\(directory.path)/token: the token file does not exist") == true)
        try directory.write("token", "")
        let empty = await #expect(throws: ConfigurationError.self) { try await authorization.header() }
        #expect(empty?.description.contains("is empty") == true)
        // A42: a token that stands beside the file serves until the file can be read.
        let helped = self.authorization(directory, fallback: "inline")
        #expect(try await helped.header().value == "Bearer inline")
        try directory.write("token", "file")
        #expect(try await helped.header().value == "Bearer file")
    }

    // A34. Fails when a 401 leaves the cached token in place.
    @Test func isReadAgainAfterARefusal() async throws {
        let directory = try TemporaryDirectory(["token": "one"])
        let authorization = authorization(directory)
        let first = try await authorization.header()
        try directory.write("token", "two")
        authorization.invalidate(first)
        #expect(try await authorization.header().value == "Bearer two")
        // The same request's twin, refused late: what was renewed meanwhile stays.
        try directory.write("token", "three")
        authorization.invalidate(first)
        #expect(try await authorization.header().value == "Bearer two")
    }

    // A34. Fails when the retry after a 401 sends the header of the first attempt.
    @Test func aRequestThatIsRefusedIsSentAgainWithTheNewToken() async throws {
        let directory = try TemporaryDirectory(["token": "old"])
        let transport = TokenCheckingTransport(accepting: "Bearer new")
        let client = KubeClient(
            ClientConfiguration(
                endpoint: CurlEndpoint(base: "https://h", host: "h"),
                credential: .tokenFile("\(directory.path)/token"), namespace: "n", origin: "test"),
            transport: transport)
        let refused = await #expect(throws: KubeError.self) { try await client.serverVersion() }
        #expect(refused?.code == .unauthorized)
        try directory.write("token", "new")
        #expect(try await client.serverVersion() == "v1")
        #expect(transport.seen == ["Bearer old", "Bearer old", "Bearer old", "Bearer new"])
    }
}

/// A clock that moves when it is told to.
final class ManualClock: Sendable {
    private let instant = Locked(ContinuousClock.now)
    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}

/// Answers 401 to every other `Authorization` than one.
final class TokenCheckingTransport: Transport {
    private let accepted: Locked<String?>
    private let headers = Locked<[String?]>([])
    init(accepting accepted: String?) { self.accepted = Locked(accepted) }
    var seen: [String?] { headers.withLock { $0 } }
    func accept(_ value: String?) { accepted.withLock { $0 = value } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let value = request.headers.first { $0.name == "Authorization" }?.value
        headers.withLock { $0.append(value) }
        guard value == accepted.withLock({ $0 }) else { return HTTPResponse(status: 401) }
        return HTTPResponse(status: 200, body: Array(#"{"gitVersion": "v1"}"#.utf8))
    }

    func stream(_ request: HTTPRequest) async throws -> HTTPStream {
        throw TransportError(.invalid, "no streams here")
    }
}
