import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering

/// `TLSReady`: what clients meet at the edge and the gateway's own certificate, and whether the addresses agree.
enum TLSJudgement {
    static func make(_ findings: [PreflightFinding], _ context: RenderContext) -> Judgement {
        let order: [PreflightFinding.Aspect] = [
            .certificateMissing, .certificateExpired, .certificateInvalid, .endpointMismatch, .certificateUnreadable,
            .certificateExpiring,
        ]
        for aspect in order {
            let own = findings.filter { $0.aspect == aspect }
            guard let first = own.first else { continue }
            let more = own.count > 1 ? " (and \(own.count - 1) more)" : ""
            let message = "\(first.subject): \(first.message)\(more)"
            switch aspect {
            case .certificateMissing: return judgement("False", .certificateMissing, message)
            case .certificateExpired: return judgement("False", .certificateExpired, message)
            case .endpointMismatch: return judgement("False", .endpointMismatch, message)
            case .certificateUnreadable: return judgement("Unknown", .secretForbidden, message)
            case .certificateExpiring: return judgement("True", .certificateExpiring, message)
            default: return judgement("False", .certificateInvalid, message)
            }
        }
        let hosts = context.catalog.components.compactMap { context.spec.exposure?.host($0.name.rawValue) }
        if hosts.isEmpty, context.spec.gateway?.tls == nil { return judgement("True", .off, "nothing is exposed") }
        let elsewhere = hosts.compactMap { $0.tls?.external?.reason }
        if !hosts.isEmpty, elsewhere.count == hosts.count {
            return judgement(
                "True", .terminatedElsewhere, "TLS ends at: \(Set(elsewhere).sorted().joined(separator: ", "))")
        }
        let names = hosts.map(\.host).joined(separator: ", ")
        return judgement("True", .passed, "certificates cover \(names.isEmpty ? "the gateway" : names) and are in date")
    }

    private static func judgement(_ status: String, _ reason: Reason, _ message: String) -> Judgement {
        Judgement(type: "TLSReady", status: status, reason: reason, message: message)
    }
}
