import Crypto
import KubeModel

/// What may be known of a `kubernetes.io/tls` Secret: the public half, and whether the private half belongs to it.
package struct CertificateFacts: Sendable, Equatable {
    /// Leaf first, as the file has them; empty where they cannot be read.
    package var chain: [Certificate]
    /// Why certificate and key cannot be used together; nil where they can.
    package var problem: String?

    init(certificate: [UInt8], key: [UInt8]?) {
        chain = CertificateBundle.certificates(certificate) ?? []
        if chain.isEmpty {
            problem = "tls.crt is not a PEM certificate that can be read"
        } else if let key {
            problem = KeyPair.problem(certificate: certificate, key: key)
        } else {
            problem = "has no tls.key"
        }
    }

    package var leaf: Certificate? { chain.first }

    /// The first certificate that is not issued by the one behind it: such a chain is refused by strict clients.
    package var firstOutOfOrder: Int? {
        zip(chain, chain.dropFirst()).enumerated().first { !$0.element.0.isIssued(by: $0.element.1) }?.offset
    }

    /// The moment from which some certificate of the chain is no longer valid, in seconds since 1970.
    package var expires: Int64? { chain.map(\.notAfter).min() }
}
