import Crypto
import Glibc
import KubeClient
import KubeModel
import TestSupport
import Testing

/// TLS against a server that plays its part. The rest of A10 is in the tests of configurations.
@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    private func made(_ hosts: [String], name: String = "caracal") throws -> MadeCertificate {
        let now = Int64(Timestamp.now().seconds)
        return try #require(
            MadeCertificate.make(hosts: hosts, notBefore: now - 3600, notAfter: now + 3600, name: name))
    }

    private func endpoint(_ server: ScriptedServer, trusting certificate: MadeCertificate) -> CurlEndpoint {
        var endpoint = server.endpoint(scheme: "https")
        endpoint.certificateAuthority = certificate.certificate
        return endpoint
    }

    /// A09. Fails when the name is asked for and the address verified, or when the Host header follows the name.
    @Test func theNameInTheConfigurationIsAskedForAndVerified() async throws {
        let own = try made(["kubernetes.example"])
        let asked = Locked<[String]>([])
        let identity = try #require(TLSServerIdentity(certificate: own.certificate, key: own.key))
        let server = try ScriptedServer(tls: identity) { connection in
            asked.withLock { $0.append(connection.peer.askedName) }
            while connection.request() != nil { connection.answer("200 OK") }
        }
        var named = endpoint(server, trusting: own)
        named.tlsServerName = "kubernetes.example"
        let right = named
        let answer = try await CurlTransport { right }.send(HTTPRequest("GET", "/version"))
        #expect(answer.status == 200)
        #expect(asked.withLock { $0 } == ["kubernetes.example"])
        let request = try #require(server.requests.first).lowercased()
        #expect(request.contains("\r\nhost: 127.0.0.1:\(server.port)\r\n"))
        #expect(!request.contains("kubernetes.example"), "it is TLS's business alone")
        named.tlsServerName = "other.example"
        for wrong in [named, endpoint(server, trusting: own), endpoint(server, trusting: try made(["x"]))] {
            await #expect(throws: TransportError.self) {
                try await CurlTransport { wrong }.send(HTTPRequest("GET", "/version"))
            }
        }
        #expect(server.requests.count == 1, "nothing is said to who cannot prove the name")
    }

    /// A17. libcurl keeps connections apart by what they were made with. Fails when one made with a certificate, or with
    /// none, serves requests that are made with the next, when its session is gone on with, and when the endpoint is asked
    /// once per transport instead of once per exchange.
    @Test func aNewCertificateBringsANewConnection() async throws {
        let own = try made(["localhost"])
        let peers = Locked<[String]>([])
        let identity = try #require(
            TLSServerIdentity(certificate: own.certificate, key: own.key, asksForCertificate: true))
        let server = try ScriptedServer(tls: identity) { connection in
            let (subject, _, isResumed) = connection.peer
            while connection.request() != nil {
                peers.withLock { $0.append(subject + (isResumed ? " resumed" : "")) }
                connection.answer("200 OK")
            }
        }
        var base = endpoint(server, trusting: own)
        base.tlsServerName = "localhost"
        let current = Locked(base)
        let transport = try CurlTransport { current.withLock { $0 } }
        _ = try await transport.send(HTTPRequest("GET", "/"))
        for name in ["one", "two"] {
            let client = try made([name], name: name)
            current.withLock { ($0.clientCertificate, $0.clientKey) = (client.certificate, client.key) }
            for _ in 0..<3 { _ = try await transport.send(HTTPRequest("GET", "/")) }
        }
        let names = peers.withLock { $0 }.map { $0.split(separator: "=").last.map(String.init) ?? "" }
        #expect(names == ["", "one", "one", "one", "two", "two", "two"])
        // An authority that does not vouch for the server: the open connections do not help.
        let stranger = try made(["localhost"])
        current.withLock { $0.certificateAuthority = stranger.certificate }
        await #expect(throws: TransportError.self) { try await transport.send(HTTPRequest("GET", "/")) }
        #expect(peers.withLock { $0.count } == 7)
    }

    /// C24. A connection that ends at any byte of the TLS stream, the handshake included: always an error, never half an
    /// answer, never a wait. (An API server frames its bodies in these two ways; one that ends with its connection would be
    /// taken as it comes, and is no JSON if it is cut.) Fails when a broken connection
    /// counts as an answer's end.
    @Test(arguments: ["content-length: 300", "transfer-encoding: chunked"])
    func aConnectionCutAnywhereIsAnError(framing: String) async throws {
        let own = try made(["localhost"])
        let identity = try #require(TLSServerIdentity(certificate: own.certificate, key: own.key))
        let limit = Locked(Int.max)
        let text = String(repeating: "x", count: 300)
        let body = framing.hasSuffix("chunked") ? "12c\r\n\(text)\r\n0\r\n\r\n" : text
        let server = try ScriptedServer(tls: identity, cut: { limit.withLock { $0 } }) { connection in
            guard connection.request() != nil else { return }
            // In records of their own: what is cut within one is never seen.
            connection.write("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            for part in 0..<4 { connection.write(String(body.dropFirst(part * 80).prefix(part < 3 ? 80 : 1000))) }
            connection.untilClosed()
        }
        var endpoint = endpoint(server, trusting: own)
        endpoint.tlsServerName = "localhost"
        let fixed = endpoint
        // Handshake, tickets and answer are somewhat over two thousand bytes; a whole answer ends the walk.
        var errors = 0
        for cut in stride(from: 1, to: 6000, by: 53) {
            limit.withLock { $0 = cut }
            do {
                let answer = try await CurlTransport { fixed }.send(
                    HTTPRequest("GET", "/", timeout: .seconds(20)))
                #expect(answer.body.count == 300)
                break
            } catch let error as TransportError {
                #expect(error.kind != .timeout, "cut at \(cut): \(error)")
                errors += 1
            }
        }
        #expect(errors > 20)
    }
}
