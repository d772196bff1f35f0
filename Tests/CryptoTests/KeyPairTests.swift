import Crypto
import TestSupport
import Testing

@Suite struct KeyPairTests {
    private let first = TestPair.first
    private let second = TestPair.second

    private func problem(_ certificate: String, _ key: String) -> String? {
        KeyPair.problem(certificate: Array(certificate.utf8), key: Array(key.utf8))
    }

    // Fails when X509_check_private_key is not asked: the foreign key is accepted.
    @Test func aKeyMustBelongToItsCertificate() {
        #expect(problem(first.certificate, first.key) == nil)
        #expect(problem(second.certificate, second.key) == nil)
        #expect(problem(first.certificate, second.key)?.contains("does not belong") == true)
        // Of a chain the first certificate is ours.
        #expect(problem(first.certificate + second.certificate, first.key) == nil)
        #expect(problem(second.certificate + first.certificate, first.key)?.contains("does not belong") == true)
    }

    @Test func whatCannotBeReadIsSaidWithoutQuotingIt() {
        #expect(problem("", first.key)?.contains("certificate is not") == true)
        #expect(problem(first.key, first.key)?.contains("certificate is not") == true)
        for junk in ["", "canary", first.certificate, String(first.key.dropLast(60))] {
            let message = problem(first.certificate, junk) ?? ""
            #expect(message.contains("key is not"))
            #expect(!message.contains("canary"))
        }
    }

    // Fails when the reason why reading ended is not looked at: the cut bundle counts as one certificate.
    @Test func aBundleIsReadWholeOrNotAtAll() {
        let both = first.certificate + "# a comment\n" + second.certificate
        #expect(CertificateBundle.count(Array(both.utf8)) == 2)
        #expect(CertificateBundle.count(Array(both.utf8.dropLast(40))) == nil)
        #expect(CertificateBundle.count(Array("nothing".utf8)) == 0)
        #expect(CertificateBundle.count([]) ?? 0 == 0)
        #expect(
            CertificateBundle.count(Array("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n".utf8)) == nil)
    }
}
