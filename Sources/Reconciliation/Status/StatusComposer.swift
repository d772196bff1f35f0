import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering

/// What a condition says now.
struct Judgement {
    var type: String
    var status: String
    var reason: Reason
    var message: String
}

/// Writes the status document from a plan and the live view. Pure; times that mean "since" are kept from the old status
/// while nothing changed.
struct StatusComposer {
    let instance: InstanceIdentity
    let now: Timestamp

    /// How long a wait may last before `Stalled` says so.
    static let deadline = Duration.seconds(300)
    static let jobDeadline = Duration.seconds(900)

    /// What was found out about an instance besides its plan.
    struct Evidence {
        var skipped: [String] = []
        var readiness: [ComponentName: String] = [:]
        var report: HardeningReport
        var preflight: [PreflightFinding] = []
        var secrets: SecretLedger
    }

    func compose(_ plan: Plan, _ context: RenderContext, _ live: LiveView, _ evidence: Evidence) -> JSONValue {
        let components = componentEntries(plan, context, live, evidence.readiness)
        let ready = components.filter { ($0["ready"]?.integer ?? 0) >= ($0["desired"]?.integer ?? 1) }.count
        let operation = operation(plan)
        var status: JSONObject = [
            "observedGeneration": .integer(instance.generation),
            "targetVersion": .string(context.release.version),
            "mode": .string(context.spec.mode.rawValue),
            "readyComponents": .string("\(ready)/\(components.count)"),
            "components": .array(components),
        ]
        let versions = Set(components.compactMap { $0["version"]?.string })
        if versions.count == 1, let version = versions.first, components.allSatisfy({ $0["version"] != nil }) {
            status["version"] = .string(version)
        } else if let old = instance.status["version"] {
            status["version"] = old
        }
        if let operation { status["operation"] = operation }
        if !plan.ledger.entries.isEmpty { status["migrations"] = plan.ledger.json }
        if !evidence.skipped.isEmpty { status["skippedKinds"] = .array(evidence.skipped.map(JSONValue.string)) }
        if !evidence.secrets.entries.isEmpty { status["secrets"] = evidence.secrets.json }
        status["hardening"] = evidence.report.json
        status["conditions"] = .array(
            judgements(plan, context, components, evidence, isOverdue: isOverdue(operation, plan)).map(condition))
        return .object(status)
    }

    /// For a spec that cannot be rendered, or an instance that is paused.
    func compose(_ reason: Reason, message: String, isPaused: Bool) -> JSONValue {
        var status = instance.status.object ?? [:]
        status["observedGeneration"] = .integer(instance.generation)
        status["operation"] = nil
        var judgements = [
            Judgement(type: "Ready", status: "False", reason: reason, message: message),
            Judgement(type: "Reconciling", status: "False", reason: .idle, message: "nothing is under way"),
            Judgement(
                type: "Stalled", status: isPaused ? "False" : "True", reason: isPaused ? .idle : reason,
                message: isPaused ? "not stalled" : message),
            Judgement(
                type: "Paused", status: isPaused ? "True" : "False", reason: isPaused ? .pausedBySpec : .off,
                message: isPaused ? "spec.paused is true" : "not paused"),
        ]
        if instance.status["conditions"]?.array?.contains(where: { $0["type"] == "Available" }) != true {
            judgements.append(Judgement(type: "Available", status: "Unknown", reason: reason, message: message))
        }
        let own = Set(judgements.map(\.type))
        let kept = (instance.status["conditions"]?.array ?? []).filter { !own.contains($0["type"]?.string ?? "") }
        status["conditions"] = .array(judgements.map(condition) + kept)
        return .object(status)
    }

    // MARK: Parts

    private func componentEntries(
        _ plan: Plan, _ context: RenderContext, _ live: LiveView, _ readiness: [ComponentName: String]
    ) -> [JSONValue] {
        context.catalog.components.map { component in
            var entry: JSONObject = ["name": .string(component.name.rawValue)]
            let progress = plan.progress[component.name]
            // Pods of a surge come and go: more than wanted is not news.
            entry["ready"] = .integer(min(progress?.ready ?? 0, progress?.wanted ?? 0))
            entry["desired"] = .integer(progress?.wanted ?? Int64(context.spec.replicas(component.name.rawValue)))
            entry["updated"] = .integer(max(0, min(progress?.updated ?? 0, progress?.wanted ?? 0)))
            if let workload = live.workload(component, context) {
                entry["image"] = workload.at("spec", "template", "spec", "containers")?[0]?["image"]
                entry["version"] = workload.at("spec", "template", "metadata", "labels", Label.version)
            }
            if let reason = readiness[component.name] { entry["notReady"] = .string(reason) }
            if let failure = PodFailure.latest(live.pods(of: component.name)) { entry["lastFailure"] = failure.json }
            return .object(entry)
        }
    }

    private func operation(_ plan: Plan) -> JSONValue? {
        guard !plan.isConverged else { return nil }
        let old = instance.status["operation"]
        let wave = plan.wave.map(\.rawValue).joined(separator: ", ")
        let waiting = plan.waitingFor ?? plan.obstacles.first?.message ?? ""
        let isSame =
            old?["kind"]?.string == plan.kind && old?["wave"]?.string ?? "" == wave
            && instance.status["observedGeneration"]?.integer == instance.generation
        var operation: JSONObject = ["kind": .string(plan.kind)]
        if !wave.isEmpty { operation["wave"] = .string(wave) }
        operation["waitingFor"] = .string(String(waiting.prefix(500)))
        operation["since"] = isSame ? old?["since"] ?? .string(now.description) : .string(now.description)
        return .object(operation)
    }

    private func isOverdue(_ operation: JSONValue?, _ plan: Plan) -> Bool {
        guard let since = operation?["since"]?.string.flatMap({ Timestamp($0) }) else { return false }
        let limit = plan.migration == nil ? Self.deadline : Self.jobDeadline
        return now.seconds - since.seconds >= Double(limit.components.seconds)
    }

    private func judgements(
        _ plan: Plan, _ context: RenderContext, _ components: [JSONValue], _ evidence: Evidence, isOverdue: Bool
    ) -> [Judgement] {
        let first = plan.obstacles.first
        let down = components.filter { $0["desired"]?.integer != 0 && $0["ready"]?.integer == 0 }.compactMap {
            $0["name"]?.string
        }
        let stalled = plan.obstacles.first(where: \.isStalled)
        let isStalled = stalled != nil || isOverdue
        let overdue = Judgement(
            type: "Stalled", status: "True", reason: .deadlineExceeded,
            message: "too long: \(plan.waitingFor ?? first?.message ?? "")")
        let tls = TLSJudgement.make(evidence.preflight, context)
        let secrets = secrets(plan)
        let preflight = preflight(plan)
        return [
            Judgement(
                type: "Ready", status: plan.isConverged ? "True" : "False", reason: first?.reason ?? .converged,
                message: first?.message ?? "every component runs \(context.release.version) as specified"),
            Judgement(
                type: "Reconciling", status: !plan.isConverged && !isStalled ? "True" : "False",
                reason: plan.isConverged || isStalled ? .idle : .rollingOut,
                message: plan.isConverged || isStalled
                    ? "nothing is under way" : "\(plan.kind): \(plan.waitingFor ?? first?.message ?? "")"),
            stalled.map { Judgement(type: "Stalled", status: "True", reason: $0.reason, message: $0.message) }
                ?? (isOverdue
                    ? overdue : Judgement(type: "Stalled", status: "False", reason: .idle, message: "not stalled")),
            Judgement(
                type: "Available", status: down.isEmpty ? "True" : "False",
                reason: down.isEmpty ? .allServing : .notServing,
                message: down.isEmpty
                    ? "every component has a ready pod" : "no ready pod: \(down.joined(separator: ", "))"),
            secrets,
            preflight,
            tls,
            migrated(plan, context),
            hardened(evidence.report, [secrets, tls]),
            Judgement(
                type: "NetworkIsolated", status: "Unknown", reason: .enforcementUnknown,
                message:
                    "policies for both directions are in place; whether the network plug-in enforces them is not shown by anything"
            ),
            autoscaling(context),
            Judgement(type: "Paused", status: "False", reason: .off, message: "not paused"),
        ]
    }

    private func secrets(_ plan: Plan) -> Judgement {
        let presence = plan.obstacles.first {
            [.secretMissing, .secretKeyMissing, .secretForbidden].contains($0.reason)
        }
        guard let presence else {
            return Judgement(type: "SecretsReady", status: "True", reason: .passed, message: "every key is there")
        }
        return Judgement(
            type: "SecretsReady", status: "False",
            reason: presence.reason, message: presence.message)
    }

    private func preflight(_ plan: Plan) -> Judgement {
        let reasons: Set<Reason> = [
            .secretMalformed, .preflightFailed, .certificateInvalid, .certificateMissing, .endpointMismatch,
            .unknownUpgradePath, .podRejected, .quotaExceeded,
        ]
        let first = plan.obstacles.first { reasons.contains($0.reason) }
        guard let first else {
            return Judgement(
                type: "PreflightPassed", status: "True", reason: .passed,
                message: "what can be judged from spec and Secrets is right")
        }
        let others = plan.obstacles.count { reasons.contains($0.reason) } - 1
        return Judgement(
            type: "PreflightPassed", status: "False", reason: first.reason,
            message: others > 0 ? "\(first.message) (and \(others) more)" : first.message)
    }

    private func migrated(_ plan: Plan, _ context: RenderContext) -> Judgement {
        if !context.runsMigrations {
            return Judgement(
                type: "Migrated", status: "Unknown", reason: .external, message: "migrations are run by somebody else")
        }
        if let migration = plan.migration {
            return Judgement(type: "Migrated", status: "False", reason: migration.reason, message: migration.message)
        }
        if plan.obstacles.contains(where: { $0.reason == .unknownUpgradePath }) {
            return Judgement(
                type: "Migrated", status: "False", reason: .unknownUpgradePath, message: "held before any Job")
        }
        return Judgement(
            type: "Migrated", status: "True", reason: .upToDate, message: "schema of \(context.release.version)")
    }

    /// Rests on every rule, and on the conditions whose failure no rule sees. A change that is held leaves what runs as it
    /// was: that is for PreflightPassed to say.
    private func hardened(_ report: HardeningReport, _ others: [Judgement]) -> Judgement {
        let rests = "rests on \(others.map(\.type).joined(separator: ", ")) and the rules of status.hardening"
        let breaches = report.verdict.failed.filter { !$0.isHolding }
        if let first = breaches.first {
            let more = breaches.count > 1 ? " (and \(breaches.count - 1) more)" : ""
            return Judgement(
                type: "Hardened", status: "False", reason: .findings,
                message: "\(first.object): \(first.message)\(more); \(report.summary)")
        }
        if let broken = others.first(where: { $0.status == "False" }) {
            return Judgement(
                type: "Hardened", status: "False", reason: .findings,
                message: "\(broken.type) is False (\(broken.reason.rawValue)); \(report.summary); \(rests)")
        }
        if let open = others.first(where: { $0.status == "Unknown" }) {
            return Judgement(
                type: "Hardened", status: "Unknown", reason: open.reason,
                message: "\(open.type) is Unknown; \(report.summary); \(rests)")
        }
        return Judgement(
            type: "Hardened", status: "True", reason: .noFindings,
            message:
                "\(report.summary)\(report.verdict.failed.isEmpty ? "" : " (they hold a change; what runs is as it was)"); \(rests); NetworkIsolated is a condition of its own"
        )
    }

    private func autoscaling(_ context: RenderContext) -> Judgement {
        let on = context.catalog.components.filter(context.hasAutoscaler).map(\.name.rawValue)
        if on.isEmpty {
            return Judgement(type: "Autoscaling", status: "False", reason: .off, message: "no component is autoscaled")
        }
        return Judgement(type: "Autoscaling", status: "True", reason: .active, message: on.joined(separator: ", "))
    }

    /// `lastTransitionTime` moves only when the status does.
    private func condition(_ judgement: Judgement) -> JSONValue {
        let old = instance.status["conditions"]?.array?.first { $0["type"]?.string == judgement.type }
        let since = old?["status"]?.string == judgement.status ? old?["lastTransitionTime"]?.string : nil
        return [
            "type": .string(judgement.type), "status": .string(judgement.status),
            "observedGeneration": .integer(instance.generation),
            "lastTransitionTime": .string(since ?? now.description), "reason": .string(judgement.reason.rawValue),
            "message": .string(String(judgement.message.prefix(1000))),
        ]
    }
}
