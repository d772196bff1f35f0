import KubeClient
import KubeModel
import TestSupport
import Testing

@Suite struct WireTests {
    /// Cut at every byte, a stream gives the same lines.
    @Test func linesSurviveEveryChunking() throws {
        let stream = Array("{\"a\":\"é😀\"}\n\n{\"b\":1}\r\n{\"c\":2}".utf8)
        let expected = ["{\"a\":\"é😀\"}", "{\"b\":1}", "{\"c\":2}"]
        for cut in 0...stream.count {
            var decoder = LineDecoder()
            var lines = try decoder.feed(Array(stream[..<cut])) + decoder.feed(Array(stream[cut...]))
            if let last = try decoder.finish() { lines.append(last) }
            #expect(lines.map { String(decoding: $0, as: UTF8.self) } == expected)
        }
    }

    @Test func anEndlessLineIsRefused() {
        var decoder = LineDecoder(limit: 10)
        #expect(throws: KubeError.self) { try decoder.feed(Array(repeating: UInt8(ascii: "x"), count: 11)) }
    }

    @Test func anErrorInsideAWatchIsAStatus() throws {
        let line =
            #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}}"#
        guard case .failed(let error) = try WatchEvent(line: Array(line.utf8)) else {
            return #expect(Bool(false), "no failure")
        }
        #expect(error.code == .expired)
        #expect(throws: KubeError.self) { try WatchEvent(line: Array("{\"type\":\"NEW\"}".utf8)) }
        #expect(throws: KubeError.self) { try WatchEvent(line: Array("junk".utf8)) }
    }

    @Test(arguments: ["", ".", "..", "a/b", "a%2fb"])
    func namesThatWouldChangeThePathAreRefused(name: String) {
        #expect(throws: KubeError.self) { try ResourcePath.object(.pods, ObjectKey(namespace: "n", name: name)) }
        #expect(throws: KubeError.self) { try ResourcePath.object(.pods, ObjectKey(namespace: name, name: "a")) }
    }

    @Test func pathsAndQueries() throws {
        #expect(
            try ResourcePath.object(.deployments, ObjectKey(namespace: "n", name: "a"), subresource: "scale")
                == "/apis/apps/v1/namespaces/n/deployments/a/scale")
        #expect(try ResourcePath.collection(.pods, namespace: nil) == "/api/v1/pods")
        #expect(
            ResourcePath.query([("labelSelector", "a in (b,c)"), ("x", "é")])
                == "?labelSelector=a%20in%20%28b%2Cc%29&x=%C3%A9")
    }

    static let answers: [(status: Int, body: String, code: KubeError.Code)] = [
        (
            404, #"{"kind":"Status","message":"pods \"x\" not found","reason":"NotFound","details":{"name":"x"}}"#,
            .notFound
        ),
        (404, "404 page not found", .unknownType),
        (409, #"{"kind":"Status","reason":"AlreadyExists","message":"m"}"#, .alreadyExists),
        (409, #"{"kind":"Status","reason":"Conflict","message":"m"}"#, .conflict),
        (410, #"{"kind":"Status","reason":"Expired","message":"m"}"#, .expired),
        (401, "", .unauthorized), (403, #"{"kind":"Status","message":"m"}"#, .forbidden), (422, "", .invalid),
        (429, "", .tooManyRequests),
        (
            500,
            #"{"kind":"Status","message":"failed to create typed patch object (x): .spec.foo: field not declared in schema"}"#,
            .invalid
        ),
        (503, "<html>upstream connect error</html>", .unavailable),
    ]

    @Test(arguments: answers.indices)
    func answersBecomeCodes(index: Int) {
        let answer = Self.answers[index]
        let error = KubeError(response: HTTPResponse(status: answer.status, body: Array(answer.body.utf8)))
        #expect(error.code == answer.code)
        #expect(!error.message.isEmpty)
    }

    @Test func retryAfterIsHonouredAndCapped() {
        let error = KubeError(response: HTTPResponse(status: 429, headers: ["retry-after": "3600"]))
        #expect(error.retryAfter == .seconds(60))
    }

    /// A request that reaches nobody and one whose host does not exist are told apart from answers.
    @Test func unreachableServersAreSaidSo() async throws {
        let transport = try CurlTransport { CurlEndpoint(base: "http://127.0.0.1:1", host: "127.0.0.1:1") }
        do {
            _ = try await transport.send(HTTPRequest("GET", "/"))
            Issue.record("nobody listens there")
        } catch let error as TransportError { #expect(error.kind == .unreachable) }
    }

    @Test func cancellationEndsARequest() async throws {
        let transport = try CurlTransport { CurlEndpoint(base: "http://127.0.0.1:1", host: "127.0.0.1:1") }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await transport.stream(HTTPRequest("GET", "/"))) == nil }
            group.cancelAll()
            for await ended in group { #expect(ended) }
        }
    }
}
