import CaracalAPI
import CaracalCatalog
import Crypto
import KubeModel
import Preflight

/// What clients see at the edge. Never holds a pod: a certificate that has run out is no reason to keep an old image.
struct EdgeCertificate: PreflightRule {
    static let id = "edge-certificate"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.catalog.components.flatMap { component -> [PreflightFinding] in
            let name = component.name
            guard let site = input.spec.exposure?.host(name.rawValue), let secret = site.tls?.secretName else {
                return []
            }
            let field = "Secret/\(secret)"
            func found(_ message: String, _ aspect: PreflightFinding.Aspect) -> PreflightFinding {
                PreflightFinding(
                    rule: Self.id, origin: .secret, subject: field, readers: [name], weight: .advice, message: message,
                    aspect: aspect)
            }
            switch input.secrets[secret] ?? .unknown {
            case .unknown: return []
            case .missing:
                return [
                    found(
                        "does not exist: \(site.host) is served with the controller's own certificate. kubectl create secret tls \(secret) -n \(input.instance.namespace) --cert=… --key=…",
                        .certificateMissing)
                ]
            case .forbidden:
                return [
                    found(
                        "may not be read by the operator, so nothing is known of \(site.host)'s certificate. caracal-operator rbac -f <file> | kubectl apply -f -",
                        .certificateUnreadable)
                ]
            case .present(let keys):
                guard let certificate = keys["tls.crt"]?.certificate else {
                    return [found("has no tls.crt", .certificateMissing)]
                }
                if let problem = certificate.problem { return [found("\(site.host): \(problem)", .certificateInvalid)] }
                return CertificateCheck(certificate: certificate, hosts: [site.host], now: input.now).problems.map {
                    found("\(site.host): \($0.message)", $0.kind.aspect)
                }
            }
        }
    }
}

/// A readable certificate, held against hosts and time.
package struct CertificateCheck {
    package enum Kind: Sendable {
        case expired, notYetValid, expiring, wrongHost, chain

        var aspect: PreflightFinding.Aspect {
            switch self {
            case .expired: .certificateExpired
            case .expiring: .certificateExpiring
            case .notYetValid, .wrongHost, .chain: .certificateInvalid
            }
        }
    }
    package struct Problem: Sendable {
        package var kind: Kind
        package var message: String
    }

    var certificate: CertificateFacts
    var hosts: [String]
    var now: Int64

    /// cert-manager renews at two thirds of ninety days: what is nearer than this was not renewed.
    package static let warning: Int64 = 21 * 86_400

    package init(certificate: CertificateFacts, hosts: [String], now: Int64) {
        (self.certificate, self.hosts, self.now) = (certificate, hosts, now)
    }

    package var problems: [Problem] {
        guard let leaf = certificate.leaf, let expires = certificate.expires else { return [] }
        var found: [Problem] = []
        let until = Timestamp(seconds: Double(expires)).date
        if now >= expires {
            found.append(Problem(kind: .expired, message: "the certificate ran out on \(until): renew it"))
        } else if now < leaf.notBefore {
            let from = Timestamp(seconds: Double(leaf.notBefore)).date
            found.append(Problem(kind: .notYetValid, message: "the certificate is not valid before \(from)"))
        } else if expires - now < Self.warning {
            found.append(
                Problem(
                    kind: .expiring,
                    message: "the certificate runs out on \(until), in \((expires - now) / 86_400) days: renew it"))
        }
        for host in hosts where !leaf.covers(host) {
            let names = leaf.names.isEmpty ? "no name at all" : leaf.names.prefix(5).joined(separator: ", ")
            found.append(
                Problem(kind: .wrongHost, message: "the certificate does not cover \(host): it names \(names)"))
        }
        if let place = certificate.firstOutOfOrder {
            found.append(
                Problem(
                    kind: .chain,
                    message:
                        "certificate \(place + 1) of tls.crt is not issued by the one behind it: put the leaf first and each issuer behind what it issued"
                ))
        }
        return found
    }
}
