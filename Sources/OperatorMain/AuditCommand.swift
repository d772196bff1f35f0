import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Hardening
import KubeClient
import KubeModel
import Preflight
import Reconciliation
import Rendering

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Caracal's production hardening checklist, ticked, with every rule behind it.",
        discussion: """
            With -f the objects are those that would be rendered; with a name they are those on the cluster, so that what \
            somebody weakened shows. What is known of Secrets comes from the operator's status: this command reads none. The exit \
            code is 1 where a rule fails.
            """)

    @Argument(help: "Name of the CaracalDeployment on the cluster.") var name: String?
    @OptionGroup var cluster: ClusterOptions
    @Option(name: [.short, .long], help: "Namespace. Default: that of the context.") var namespace: String?
    @Option(name: [.short, .customLong("filename")], help: "File with CaracalDeployments, instead of a cluster.")
    var filename: String?

    func run() async throws {
        var hasFailed = false
        for subject in try await subjects() {
            let report = try subject.report(today: Timestamp.now().date)
            try Files.write(AuditText.text(report, of: subject.instance.key.description, notJudged: subject.notJudged))
            hasFailed = hasFailed || !report.verdict.failed.isEmpty
        }
        if hasFailed { throw ExitCode(1) }
    }

    private func subjects() async throws -> [AuditSubject] {
        if let filename {
            return try InstanceFile.load(filename).filter { name == nil || $0.instance.key.name == name }.map {
                try AuditSubject(offline: $0.instance)
            }
        }
        let live = try await LiveInstance.load(name, cluster, namespace)
        let key = live.instance.key
        let selector = Selector(labels: "\(Label.deployment)=\(key.name)")
        var objects: [JSONValue] = []
        var kinds: Set<String> = []
        for type in ResourceCatalog.kinds {
            do {
                objects += try await live.client.list(type, namespace: key.namespace, selector: selector).items
                kinds.insert(type.gvk.kind)
            } catch let error as KubeError
                where error.code == .unknownType && ResourceCatalog.optionalKinds.contains(type)
            {
                continue
            } catch let error as KubeError { throw Failure("cannot list \(type.plural): \(error.message)") }
        }
        let policies = try await live.listing { try await $0.list(.networkPolicies, namespace: key.namespace).items }
        return [try AuditSubject(live: live.instance, objects: objects, policies: policies, kinds: kinds)]
    }
}

/// What an audit looks at.
struct AuditSubject {
    let instance: CaracalInstance
    let objects: [JSONValue]
    let foreign: [JSONValue]
    let notJudged: [String]
    private let context: RenderContext
    private let isOffline: Bool
    /// Kinds the cluster has.
    private let present: Set<String>

    init(offline instance: CaracalInstance) throws {
        context = try Self.context(instance)
        self.instance = instance
        objects = try ResourceCatalog.render(context).map(\.document)
        foreign = []
        isOffline = true
        present = []
        // Without the cluster nothing is known of others, and without Secrets nothing of keys.
        notJudged = [ForeignAdditions.id, ForeignPolicies.id, Drift.id] + Self.secretRules
    }

    init(
        live instance: CaracalInstance, objects: [JSONValue], policies: [JSONValue],
        kinds: Set<String> = Set(ResourceCatalog.kinds.map(\.gvk.kind))
    ) throws {
        present = kinds
        context = try Self.context(instance)
        self.instance = instance
        self.objects = objects.filter { $0.controllerOwner?.uid == instance.uid }
        foreign = policies.filter { $0.controllerOwner?.kind != CaracalDeployment.resource.gvk.kind }
        isOffline = false
        notJudged = instance.status["hardening"] == nil ? Self.secretRules : []
    }

    private static func context(_ instance: CaracalInstance) throws -> RenderContext {
        do {
            let readers = Catalog.caracal.components.map(\.name) + Catalog.caracal.jobs.map(\.name)
            // Optional keys are mounted where the operator saw them.
            let seen = Set((instance.status["secrets"]?.array ?? []).compactMap { $0["key"]?.string })
            return try RenderContext(
                key: instance.key, spec: instance.spec, catalog: .caracal,
                inputs: RenderInputs(
                    ownerUID: instance.uid, optionalKinds: Set(ResourceCatalog.optionalKinds.map(\.optionalID)),
                    optionalKeys: seen,
                    fingerprints: Dictionary(uniqueKeysWithValues: readers.map { ($0, "offline") })))
        } catch { throw Failure("\(error)") }
    }

    /// Judged from what Secrets hold.
    private static let secretRules = [
        "hmac-key", "kek", "weak-key", "example-value", "distinct-keys", "role-password", "url-form",
        "url-matches-spec",
        "edge-certificate", "gateway-certificate",
    ]

    func report(today: String) throws -> HardeningReport {
        let rendered = try ResourceCatalog.render(context)
        var findings = RuleCatalog.check(isOffline ? objects : JudgedObjects.of(objects))
        if isOffline {
            let input = context.preflightInput([], states: [:], neighbours: [], now: .now())
            findings += PreflightCatalog.check(input).map(\.finding)
        } else {
            findings += ForeignAdditions.findings(rendered: rendered.map(\.document), live: objects)
            let pods = rendered.compactMap { object in
                object.podLabels.map { (component: object.component?.rawValue ?? "", labels: $0) }
            }
            findings += ForeignPolicies.findings(foreign, pods: pods)
            findings += told("failed") + told("waived") + told("notices")
            findings += Drift.findings(rendered, live: objects, kinds: present)
        }
        let asked = RuleCatalog.ids.filter { !notJudged.contains($0) }
        return HardeningReport(
            HardeningVerdict(findings, waivers: instance.spec.hardening?.waivers ?? [], today: today), asked: asked)
    }

    /// What the operator found before anything started: it alone looks into Secrets.
    private func told(_ list: String) -> [Finding] {
        (instance.status.at("hardening", list)?.array ?? []).compactMap { item in
            guard let rule = item["rule"]?.string, PreflightCatalog.ids.contains(rule) else { return nil }
            var finding = Finding(
                rule: rule, object: item["object"]?.string ?? "", message: item["message"]?.string ?? "")
            finding.isNotice = list == "notices"
            return finding
        }
    }
}

enum AuditText {
    static func text(_ report: HardeningReport, of name: String, notJudged: [String]) -> String {
        var lines = ["\(name): \(report.summary)", ""]
        let width = ChecklistRow.allCases.map(\.rawValue.count).max() ?? 0
        for (row, answer, because) in report.checklist {
            let padding = String(repeating: " ", count: width - row.rawValue.count)
            let tick = answer == .passed ? "x" : answer == .waived ? "w" : answer == .notJudged ? "?" : " "
            let why =
                answer == .notJudged
                ? "not judged from here"
                : because.isEmpty ? row.stance : "\(answer.rawValue.lowercased()): \(because.joined(separator: ", "))"
            lines.append("  [\(tick)] \(row.rawValue)\(padding)  \(why)")
        }
        section("failed", report.verdict.failed.map(Self.line), &lines)
        section(
            "waived",
            report.verdict.waived.map {
                "\(line($0.finding)) – \($0.waiver.reason)\($0.waiver.until.map { " (until \($0))" } ?? "")"
            },
            &lines)
        section("worth knowing", report.noticesByRule.map(Self.line), &lines)
        section(
            "waivers nothing needs",
            report.verdict.idle.map {
                "\($0.rule)\($0.component.map { " for \($0)" } ?? "")\($0.until.map { " until \($0)" } ?? ""): \($0.reason)"
            }, &lines)
        section("not judged from here", notJudged, &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ title: String, _ items: [String], _ lines: inout [String]) {
        guard !items.isEmpty else { return }
        lines += ["", title] + items.map { "  \($0)" }
    }

    private static func line(_ finding: Finding) -> String { "\(finding.rule)  \(finding.object): \(finding.message)" }
}

extension Drift {
    /// Jobs come and go; what the operator notes on its objects is not for others to compare.
    static func findings(_ rendered: [RenderedObject], live: [JSONValue], kinds: Set<String>) -> [Finding] {
        rendered.filter { $0.role != .job && kinds.contains($0.resource.gvk.kind) }.compactMap { object in
            let (kind, component) = (object.resource.gvk.kind, object.component?.rawValue)
            guard let shown = live.first(where: { $0.gvk.kind == kind && $0.name == object.name }) else {
                return missing(kind, object.name, component)
            }
            let paths = ResourceDiff.differences(rendered: object.document, live: shown).filter { path in
                !InstanceDifference.bookkeeping.contains { path.hasSuffix($0) }
            }
            return paths.isEmpty ? nil : changed(kind, object.name, paths, component)
        }
    }
}
