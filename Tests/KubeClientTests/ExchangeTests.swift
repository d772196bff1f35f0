import KubeClient
import KubeModel
import TestSupport
import Testing

/// One exchange with the API, above the transport.
@Suite(.timeLimit(.minutes(1))) struct ExchangeTests {
    private func client(_ server: ScriptedServer, token: String = "t") throws -> KubeClient {
        try KubeClient(
            ClientConfiguration(
                endpoint: server.endpoint(), credential: .token(token), namespace: "n", origin: "test"))
    }

    private let map: JSONValue = [
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a", "namespace": "n"], "data": ["k": "v"],
    ]

    /// A27, A29. Fails when the retry goes without its body, or when a 401 is final.
    @Test func aRefusedIdentityIsTriedOnceMoreWithTheWholeBody() async throws {
        let server = try ScriptedServer { connection in
            guard connection.request() != nil else { return }
            connection.answer("401 Unauthorized", #"{"kind":"Status","code":401}"#)
            guard connection.request() != nil else { return }
            connection.answer("200 OK", #"{"metadata":{"name":"a"}}"#)
        }
        try await client(server).apply(.configMaps, map, fieldManager: "m")
        let bodies = server.requests.map { $0.split(separator: "\r\n\r\n").last.map(String.init) }
        #expect(bodies == [map.text, map.text])
    }

    /// A27. Fails when the second 401 is tried again too.
    @Test func aSecondRefusalIsFinal() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil { connection.answer("401 Unauthorized", "no") }
        }
        await #expect(throws: KubeError.self) {
            try await client(server).get(.pods, ObjectKey(namespace: "n", name: "a"))
        }
        #expect(server.requests.count == 2)
    }

    /// A12, A10: who we are, and that our agent gets compact answers. Fails with an agent that begins with "curl".
    @Test func requestsSayWhoWeAre() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.answer("200 OK", #"{"gitVersion":"v1"}"#)
        }
        _ = try await client(server).serverVersion()
        let head = server.requests.first ?? ""
        #expect(head.contains("User-Agent: caracal-operator/"))
        #expect(head.contains("Authorization: Bearer t"))
        #expect(head.contains("Accept: application/json"))
        #expect(!head.contains("Expect:"))
    }

    /// A31. Fails when one header of several wins.
    @Test func warningsAreToldOneByOne() async throws {
        let server = try ScriptedServer { connection in
            _ = connection.request()
            connection.answer(
                "200 OK", headers: [#"Warning: 299 - "unknown field \"spec.x\"""#, #"Warning: 299 - "old, going""#],
                #"{"gitVersion":"v1"}"#)
        }
        let texts = Locked<[String]>([])
        _ = try await client(server).warning { text in texts.withLock { $0.append(text) } }.serverVersion()
        #expect(texts.withLock { $0 } == [#"unknown field "spec.x""#, "old, going"])
    }

    @Test(arguments: [
        (#"299 - "a""#, ["a"]), (#"299 - "a" "Wed, 21 Oct 2015 07:28:00 GMT", 299 - "b""#, ["a", "b"]),
        (#"199 - "x", 299 - "y""#, ["y"]), ("", []), (#"299 - "never closed"#, []), ("299", []),
    ])
    func warningHeadersAreRead(value: String, texts: [String]) { #expect(WarningHeader.texts(value) == texts) }

    /// A23. Fails when a date or a negative number becomes a pause.
    @Test(
        arguments: [
            ("1", Duration.seconds(1)), ("32", .seconds(32)), ("1000000000", .seconds(60)), ("0", nil), ("-1", nil),
            ("abc", nil), ("Wed, 21 Oct 2015 07:28:00 GMT", nil), ("9999999999999999999999", nil), ("1.5", nil),
            ("", nil),
        ] as [(String, Duration?)])
    func serversPausesAreReadAsTheApiGivesThem(value: String, pause: Duration?) {
        #expect(KubeError(response: HTTPResponse(status: 429, headers: ["retry-after": value])).retryAfter == pause)
    }

    private static func status(_ code: Int, _ reason: String, _ message: String, _ details: String) -> HTTPResponse {
        HTTPResponse(
            status: code,
            body: Array(
                #"{"kind":"Status","code":\#(code),"reason":"\#(reason)","message":"\#(message)","details":\#(details)}"#
                    .utf8))
    }

    /// A21, A22, A24, A25, A82: alike to HTTP, different in what to do. Fails when any two share a code.
    static let answers: [(HTTPResponse, KubeError.Code)] = [
        (status(404, "NotFound", "pods x", #"{"name":"x","kind":"pods"}"#), .notFound),
        (status(404, "NotFound", "namespaces n", #"{"name":"n","kind":"namespaces"}"#), .namespaceMissing),
        (HTTPResponse(status: 404, body: Array("404 page not found\n".utf8)), .unknownType),
        (status(409, "AlreadyExists", "x", "{}"), .alreadyExists), (status(409, "Conflict", "x", "{}"), .conflict),
        (
            status(
                409, "Conflict", "x",
                #"{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"kubectl\" using v1"}]}"#),
            .ownershipConflict
        ),
        (status(403, "Forbidden", "x", "{}"), .forbidden),
        (status(403, "Forbidden", "x", #"{"causes":[{"reason":"NamespaceTerminating"}]}"#), .namespaceTerminating),
        (status(504, "Timeout", "x", #"{"causes":[{"reason":"ResourceVersionTooLarge"}]}"#), .versionTooLarge),
        (status(504, "Timeout", "Too large resource version: 9, current: 1", "{}"), .versionTooLarge),
        (status(504, "Timeout", "x", "{}"), .unavailable),
        (status(500, "", "etcdserver: request is too large", "{}"), .invalid),
        (status(500, "InternalError", "failed calling webhook", "{}"), .unavailable),
        (HTTPResponse(status: 429, body: Array("Too many requests".utf8)), .tooManyRequests),
        (HTTPResponse(status: 502, body: Array("<html>".utf8)), .unavailable),
        (HTTPResponse(status: 413, body: []), .invalid),
    ]

    @Test(arguments: answers.indices) func answersAreToldApart(index: Int) {
        let error = KubeError(response: Self.answers[index].0)
        #expect(error.code == Self.answers[index].1)
        #expect(error.managers == (error.code == .ownershipConflict ? ["kubectl"] : []))
    }

    /// A33. Fails when an error or a configuration's description quotes what it was given.
    @Test func nothingSaysTheToken() async throws {
        let server = try ScriptedServer { connection in
            while connection.request() != nil {
                connection.answer("403 Forbidden", #"{"kind":"Status","message":"m"}"#)
            }
        }
        do {
            _ = try await client(server, token: "canary-4711").get(.pods, ObjectKey(namespace: "n", name: "a"))
            Issue.record("refused")
        } catch { #expect(!"\(error)".contains("canary")) }
    }
}
