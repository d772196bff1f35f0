import Crypto
import Testing

@Suite struct CertificateTests {
    private func make(_ hosts: [String], from: Int64 = 1_700_000_000, to: Int64 = 1_800_000_000) throws
        -> MadeCertificate
    {
        try #require(MadeCertificate.make(hosts: hosts, notBefore: from, notAfter: to))
    }

    @Test func namesAndDatesAreRead() throws {
        let made = try make(["a.example.com", "*.b.example.com"])
        let leaf = try #require(CertificateBundle.certificates(made.certificate)?.first)
        #expect(leaf.names == ["a.example.com", "*.b.example.com"])
        #expect(leaf.notBefore == 1_700_000_000)
        #expect(leaf.notAfter == 1_800_000_000)
        #expect(leaf.covers("a.example.com"))
        #expect(leaf.covers("A.EXAMPLE.com"))
        #expect(leaf.covers("x.b.example.com"))
        #expect(!leaf.covers("b.example.com"))
        #expect(!leaf.covers("x.y.b.example.com"))
        #expect(!leaf.covers("c.example.com"))
    }

    /// Browsers no longer look at it.
    @Test func theCommonNameCoversNothing() throws {
        let made = try #require(
            MadeCertificate.make(hosts: [], notBefore: 0, notAfter: 1_800_000_000, name: "a.example.com"))
        #expect(CertificateBundle.certificates(made.certificate)?.first?.covers("a.example.com") == false)
    }

    @Test func issuersAreTold() throws {
        let root = try make(["root"])
        let other = try make(["other"])
        let leaf = try #require(
            MadeCertificate.make(hosts: ["a"], notBefore: 0, notAfter: 1, name: "leaf", issuer: root))
        let parsed = try [leaf, root, other].map { try #require(CertificateBundle.certificates($0.certificate)?.first) }
        #expect(parsed[0].isIssued(by: parsed[1]))
        #expect(!parsed[1].isIssued(by: parsed[0]))
        #expect(CertificateBundle.certificates(leaf.certificate + root.certificate)?.count == 2)
    }

    @Test func whatIsNoCertificateIsNone() {
        #expect(
            CertificateBundle.certificates(Array("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n".utf8))
                == nil)
        #expect(CertificateBundle.certificates([]) == nil)
    }
}
