import CaracalAPI
import CaracalCatalog
import Crypto
import KubeModel
import Preflight

/// The gateway reads its pair at start and refuses to start with one it cannot use.
struct GatewayCertificate: PreflightRule {
    static let id = "gateway-certificate"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        if let tls = input.spec.gateway?.tls, input.secrets[tls.secretName] == .missing {
            let message =
                "does not exist: the gateway waits for its certificate. kubectl create secret tls \(tls.secretName) -n \(input.instance.namespace) --cert=… --key=…"
            return [
                PreflightFinding(
                    rule: Self.id, origin: .secret, subject: "Secret/\(tls.secretName)", readers: [.gateway],
                    weight: .advice, message: message, aspect: .certificateMissing)
            ]
        }
        guard let known = input.known("tls.crt"), let certificate = known.facts.certificate else { return [] }
        if let problem = certificate.problem {
            return [finding(known, .refusesToStart, problem).about(.certificateInvalid)]
        }
        let service = "\(input.instance.name)-\(ComponentName.gateway)"
        // A good pair that runs is not rolled over by one that clients refuse; what runs already holds nothing.
        let own = CertificateCheck(certificate: certificate, hosts: [service], now: input.now).problems.map {
            finding(known, $0.kind == .expiring ? .advice : .unsafe, $0.message).about($0.kind.aspect)
        }
        // The edge in front may have a certificate of its own.
        guard let host = input.spec.exposure?.gateway?.host, certificate.leaf?.covers(host) == false else { return own }
        return own + [
            finding(known, .advice, "does not name \(host): an edge that passes TLS through would show it to clients")
                .about(.notice)
        ]
    }
}
