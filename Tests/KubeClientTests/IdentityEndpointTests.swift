import Glibc
import TestSupport
import Testing

@testable import KubeClient

/// CA bundle, client certificate and key follow their files (A36, A37).
@Suite struct IdentityEndpointTests {
    private let clock = ManualClock()
    private let first = TestPair.first
    private let second = TestPair.second

    private func source(_ directory: TemporaryDirectory, authority: Bool = true, pair: Bool = false) -> EndpointSource {
        func path(_ name: String, _ isUsed: Bool) -> String? { isUsed ? "\(directory.path)/\(name)" : nil }
        func bytes(_ name: String, _ isUsed: Bool) -> [UInt8]? { isUsed ? Array(directory.read(name).utf8) : nil }
        var endpoint = CurlEndpoint(base: "https://h", host: "h")
        endpoint.certificateAuthority = bytes("ca.crt", authority)
        endpoint.clientCertificate = bytes("tls.crt", pair)
        endpoint.clientKey = bytes("tls.key", pair)
        let files = EndpointFiles(
            certificateAuthority: path("ca.crt", authority), clientCertificate: path("tls.crt", pair),
            clientKey: path("tls.key", pair))
        let clock = clock
        return EndpointSource(endpoint, files: files) { clock.now }
    }

    // A36. Fails when the file is read once only, and when it is looked at for every exchange.
    @Test func aNewBundleIsTakenWithinAMinute() throws {
        let directory = try TemporaryDirectory(["ca.crt": first.certificate])
        let source = source(directory)
        let before = try source.current()
        #expect(before.certificateAuthority == Array(first.certificate.utf8))
        try directory.write("ca.crt", first.certificate + second.certificate)
        clock.advance(.seconds(59))
        #expect(try source.current().identity == before.identity)
        clock.advance(.seconds(1))
        let after = try source.current()
        #expect(after.certificateAuthority == Array((first.certificate + second.certificate).utf8))
        #expect(after.identity != before.identity)
        clock.advance(.seconds(60))
        #expect(try source.current().identity == after.identity)
    }

    // A36. Fails when new content is taken unseen: each of these would cut us off from the API server.
    @Test(arguments: ["", "\n", "junk", "cut", "missing"])
    func whatIsNoBundleKeepsTheOldOne(content: String) throws {
        let directory = try TemporaryDirectory(["ca.crt": first.certificate])
        let source = source(directory)
        let before = try source.current()
        switch content {
        case "missing": directory.remove("ca.crt")
        case "cut": try directory.write("ca.crt", first.certificate + second.certificate.dropLast(40))
        default: try directory.write("ca.crt", content)
        }
        clock.advance(.seconds(60))
        let during = try source.current()
        #expect(during.certificateAuthority == Array(first.certificate.utf8))
        #expect(during.identity == before.identity)
        try directory.write("ca.crt", second.certificate)
        clock.advance(.seconds(60))
        #expect(try source.current().certificateAuthority == Array(second.certificate.utf8))
    }

    // A36, A37. Fails when a file that stays wrong is silent, or is told of at each look.
    @Test func whatIsNotTakenIsSaidOnce() throws {
        let directory = try TemporaryDirectory([
            "ca.crt": first.certificate, "tls.crt": first.certificate, "tls.key": first.key,
        ])
        let told = Locked<[String]>([])
        var endpoint = CurlEndpoint(base: "https://h", host: "h")
        endpoint.certificateAuthority = Array(first.certificate.utf8)
        endpoint.clientCertificate = Array(first.certificate.utf8)
        endpoint.clientKey = Array(first.key.utf8)
        let clock = clock
        let source = EndpointSource(
            endpoint,
            files: EndpointFiles(
                certificateAuthority: "\(directory.path)/ca.crt", clientCertificate: "\(directory.path)/tls.crt",
                clientKey: "\(directory.path)/tls.key"),
            now: { clock.now },
            onRefusal: { file, why in told.withLock { $0.append("\(file.split(separator: "/").last ?? ""): \(why)") } })
        _ = try source.current()
        #expect(told.withLock { $0 } == [])
        try directory.write("ca.crt", "junk")
        try directory.write("tls.crt", second.certificate)
        for _ in 0..<3 {
            clock.advance(.seconds(60))
            _ = try source.current()
        }
        let texts = told.withLock { $0 }
        #expect(texts.count == 2 && texts[0].hasPrefix("ca.crt: ") && texts[1].hasPrefix("tls.crt: "), "\(texts)")
        try directory.write("tls.key", second.key)
        clock.advance(.seconds(60))
        #expect(try source.current().clientKey == Array(second.key.utf8))
        #expect(told.withLock { $0.count } == 2)
    }

    // A36. Fails when links are not followed (lstat): nothing about the path itself changes.
    @Test func kubeletsLinkSwapIsSeen() throws {
        let directory = try TemporaryDirectory(["..1/ca.crt": first.certificate, "..2/ca.crt": second.certificate])
        directory.link("..data", to: "..1")
        directory.link("ca.crt", to: "..data/ca.crt")
        let source = source(directory)
        #expect(try source.current().certificateAuthority == Array(first.certificate.utf8))
        directory.link("..data", to: "..2")
        clock.advance(.seconds(60))
        #expect(try source.current().certificateAuthority == Array(second.certificate.utf8))
    }

    // Fails when the modification time alone is compared: `cp -p` keeps it, and these two have one size.
    @Test func aFileIsKnownByMoreThanItsTime() throws {
        let directory = try TemporaryDirectory(["a": "one", "b": "two"])
        let times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        for name in ["a", "b"] { utimensat(AT_FDCWD, "\(directory.path)/\(name)", times, 0) }
        let before = FileStamp("\(directory.path)/a")
        #expect(before == FileStamp("\(directory.path)/a"))
        rename("\(directory.path)/b", "\(directory.path)/a")
        #expect(FileStamp("\(directory.path)/a") != before)
        #expect(FileStamp("\(directory.path)/b") == nil)
    }

    // A37. Fails when the two are taken one by one: a certificate with another's key.
    @Test(arguments: [["tls.crt", "tls.key"], ["tls.key", "tls.crt"]])
    func aPairIsRenewedTogetherOrNotAtAll(order: [String]) throws {
        let directory = try TemporaryDirectory(["tls.crt": first.certificate, "tls.key": first.key])
        let source = source(directory, authority: false, pair: true)
        let before = try source.current()
        let renewed = ["tls.crt": second.certificate, "tls.key": second.key]
        try directory.write(order[0], renewed[order[0]] ?? "")
        clock.advance(.seconds(60))
        let during = try source.current()
        #expect(during.clientCertificate == Array(first.certificate.utf8))
        #expect(during.clientKey == Array(first.key.utf8))
        #expect(during.identity == before.identity)
        try directory.write(order[1], renewed[order[1]] ?? "")
        clock.advance(.seconds(60))
        let after = try source.current()
        #expect(after.clientCertificate == Array(second.certificate.utf8))
        #expect(after.clientKey == Array(second.key.utf8))
        #expect(after.identity != before.identity)
    }

    // A37. Fails when content that cannot be read is taken, or forgotten to be looked at again.
    @Test(arguments: ["tls.crt", "tls.key"])
    func halfAPairKeepsTheOldOne(name: String) throws {
        let directory = try TemporaryDirectory(["tls.crt": first.certificate, "tls.key": first.key])
        let source = source(directory, authority: false, pair: true)
        let before = try source.current()
        for content in ["", "junk", nil] {
            if let content { try directory.write(name, content) } else { directory.remove(name) }
            clock.advance(.seconds(60))
            #expect(try source.current().identity == before.identity)
        }
    }

    // Fails when identities are counted per source: a pool shared by two would mix them up.
    @Test func everySourceHasAnIdentityOfItsOwn() throws {
        let directory = try TemporaryDirectory(["ca.crt": first.certificate])
        #expect(try source(directory).current().identity != source(directory).current().identity)
    }
}
