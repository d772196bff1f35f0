import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight

/// The gateway reads its pair at start and refuses to start with one it cannot use.
struct GatewayCertificate: PreflightRule {
    static let id = "gateway-certificate"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        guard let known = input.known("tls.crt"), let certificate = known.facts.certificate else { return [] }
        if let problem = certificate.problem {
            return [finding(known, .refusesToStart, problem).about(.certificateInvalid)]
        }
        let service = "\(input.instance.name)-\(ComponentName.gateway)"
        let names = [service] + (input.spec.exposure?.gateway.map { [$0.host] } ?? [])
        return CertificateCheck(certificate: certificate, hosts: names, now: input.now).problems.map {
            finding(known, .advice, $0.message).about($0.kind.aspect)
        }
    }
}
