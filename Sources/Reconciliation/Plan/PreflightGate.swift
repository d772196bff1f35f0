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
    /// What the last status told of the running version, and what it told of changes that are held.
    private let told: Set<String>
    private let toldAsHolding: Set<String>
    /// The last status speaks of this generation of an instance that ran: what is found now and was not held then came with
    /// a new operator, or after a lost status, and holds for what runs already.
    private let isSettled: Bool

    init(_ findings: [PreflightFinding], instance: CaracalInstance, today: String) {
        self.findings = findings
        self.today = today
        waivers = instance.spec.hardening?.waivers ?? []
        acknowledged = Acknowledgements(instance.identity)
        isPublished = instance.spec.mode != .dev
        let failed = instance.status.at("hardening", "failed")?.array ?? []
        func keys(holding: Bool) -> Set<String> {
            Set(
                failed.filter { ($0["holds"]?.bool ?? false) == holding }.map { item in
                    Self.key(
                        item["rule"]?.string ?? "", item["object"]?.string ?? "", item["message"]?.string ?? "")
                })
        }
        told = keys(holding: false)
        toldAsHolding = keys(holding: true)
        isSettled =
            instance.status["observedGeneration"]?.integer == instance.generation && instance.status["version"] != nil
    }

    private func isTold(_ finding: PreflightFinding) -> Bool {
        let key = Self.key(finding.rule, finding.subject, finding.message)
        return told.contains(key) || (isSettled && !toldAsHolding.contains(key))
    }

    /// Another value of the same field is another finding; as much of the message as status keeps.
    private static func key(_ rule: String, _ subject: String, _ message: String) -> String {
        "\(rule) \(subject) \(message.prefix(500))"
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
            case .spec: !isTold(finding)
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
        held.sorted {
            ($1.key.weight, $0.key.rule, $0.key.subject, $0.key.message)
                < ($0.key.weight, $1.key.rule, $1.key.subject, $1.key.message)
        }.map {
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
