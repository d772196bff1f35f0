import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel

/// Which findings hold which change. What already held for the pods that run holds nothing: it is told, and an image
/// roll goes on. Pure.
struct PreflightGate {
    let findings: [PreflightFinding]
    let waivers: [CaracalSpec.Waiver]
    let acknowledged: Acknowledgements
    let today: String
    /// rc and stable hold what is merely unsafe, too.
    let isPublished: Bool
    /// `rule subject` of what the last status told of the running version.
    let told: Set<String>

    init(_ findings: [PreflightFinding], instance: CaracalInstance, today: String) {
        self.findings = findings
        self.today = today
        waivers = instance.spec.hardening?.waivers ?? []
        acknowledged = Acknowledgements(instance.identity)
        isPublished = instance.spec.mode != .dev
        let failed = instance.status.at("hardening", "failed")?.array ?? []
        told = Set(
            failed.filter { $0["holds"]?.bool != true }.map {
                "\($0["rule"]?.string ?? "") \($0["object"]?.string ?? "")"
            })
    }

    /// Content is acknowledged by its fingerprint: a generation does not move with it.
    private func isAcknowledged(_ finding: PreflightFinding) -> Bool {
        finding.token.map { acknowledged.contains(finding.rule, of: $0) } ?? acknowledged.contains(finding.rule)
    }

    /// What keeps a reader's pods or Job from being changed. `isNew`: nothing of it runs; `changesContent`: its keys are
    /// not those it runs with.
    func holding(_ reader: ComponentName, isNew: Bool, changesContent: Bool) -> [PreflightFinding] {
        findings.filter { finding in
            guard finding.readers.contains(reader), finding.weight >= (isPublished ? .unsafe : .refusesToStart),
                !isAcknowledged(finding),
                !waivers.contains(where: { $0.covers(rule: finding.rule, reader.rawValue, today: today) })
            else { return false }
            if isNew { return true }
            return switch finding.origin {
            case .secret: changesContent
            case .spec: !told.contains("\(finding.rule) \(finding.subject)")
            }
        }
    }
}

/// The break-glass annotation: `<what>@<generation>`, or `<what>@<fingerprint>` for content of Secrets, which has no
/// generation; several with commas between.
struct Acknowledgements {
    private let items: Set<String>
    private let identity: InstanceIdentity

    init(_ identity: InstanceIdentity) {
        self.identity = identity
        items = Set(
            (identity.annotations[Annotation.acknowledge] ?? "").split(separator: ",").map { item in
                String(item.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
            })
    }

    func contains(_ rule: String) -> Bool { items.contains("\(rule)@\(identity.generation)") }
    func contains(_ rule: String, of fingerprint: String) -> Bool { items.contains("\(rule)@\(fingerprint)") }

    /// What a person types to go on all the same.
    func command(_ rule: String, of fingerprint: String? = nil) -> String {
        let item = "\(rule)@\(fingerprint ?? String(identity.generation))"
        // What was said already stays said.
        let all = (items.subtracting([item]).sorted() + [item]).joined(separator: ",")
        return
            "kubectl annotate cdep \(identity.key.name) -n \(identity.key.namespace) \(Annotation.acknowledge)=\(all) --overwrite"
    }
}

enum PreflightObstacles {
    /// One obstacle a finding, with the pods that run on with what was there before.
    static func describe(
        _ held: [PreflightFinding: Set<ComponentName>], _ live: LiveView, _ acknowledged: Acknowledgements
    )
        -> [Obstacle]
    {
        held.sorted { ($1.key.weight, $0.key.rule, $0.key.subject) < ($0.key.weight, $1.key.rule, $1.key.subject) }.map
        {
            finding, components in
            let names = components.sorted().map(\.rawValue).joined(separator: ", ")
            let pods =
                finding.origin == .secret
                ? components.flatMap { live.pods(of: $0) }.filter { $0.at("status", "phase") == "Running" }.map(\.name)
                    .sorted() : []
            let running =
                pods.isEmpty
                ? ""
                : "; running with what was there before, and gone for good if restarted: \(pods.prefix(4).joined(separator: ", "))\(pods.count > 4 ? " and \(pods.count - 4) more" : "")"
            let consequence = finding.weight == .refusesToStart ? "would not start and wait" : "wait"
            return Obstacle(
                reason: reason(finding),
                message:
                    "\(finding.subject): \(finding.message). \(names) \(consequence)\(running) (\(finding.rule); to go on all the same: \(acknowledged.command(finding.rule, of: finding.token)))",
                isStalled: true)
        }
    }

    static func reason(_ finding: PreflightFinding) -> Reason {
        switch finding.aspect {
        case .certificateInvalid, .certificateExpired: .certificateInvalid
        case .certificateMissing: .certificateMissing
        case .endpointMismatch: .endpointMismatch
        default: finding.origin == .secret ? .secretMalformed : .preflightFailed
        }
    }
}
