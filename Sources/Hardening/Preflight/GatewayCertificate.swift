import CaracalAPI
import CaracalCatalog
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
        let names = [service] + (input.spec.exposure?.gateway.map { [$0.host] } ?? [])
        return CertificateCheck(certificate: certificate, hosts: names, now: input.now).problems.map {
            // A good pair that runs is not rolled over by one that clients refuse; what runs already holds nothing.
            finding(known, $0.kind == .expiring ? .advice : .unsafe, $0.message).about($0.kind.aspect)
        }
    }
}
