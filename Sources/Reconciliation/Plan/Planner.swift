import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight
import Rendering

/// Decides, in this order: release graph, migrations, waves, network, pruning. Only pod templates and Jobs are held;
/// policies, budgets, autoscalers and Services are kept right whatever is waited for.
struct Planner {
    let context: RenderContext
    let instance: CaracalInstance
    let objects: [RenderedObject]
    let live: LiveView
    let findings: [SecretFinding]
    let now: Timestamp

    private var blocked: Set<ComponentName> { Set(findings.flatMap(\.requirement.readers)) }

    func plan() -> Plan {
        let workloads = live.owned.filter { $0.gvk.kind == "Deployment" || $0.gvk.kind == "StatefulSet" }
        var plan = Plan(ledger: MigrationLedger(status: instance.status, workloads: workloads))
        plan.secretFindings = findings
        plan.kind = workloads.isEmpty ? "Install" : "Configure"
        let gate = ReleaseGate(context: context, live: live, ledger: plan.ledger)
        if !gate.previous.isEmpty { plan.kind = "Upgrade" }
        for object in objects
        where [.identity, .configuration, .service, .disruption, .edge, .monitoring].contains(object.role) {
            write(object, &plan)
        }
        observe(&plan)
        plan.obstacles += SecretObstacles.describe(findings, namespace: context.key.namespace)
        if gate.isOpen {
            if migrate(&plan) { roll(&plan) }
        } else {
            plan.obstacles.insert(unknownPath(gate), at: 0)
            plan.kind = "Upgrade"
        }
        scale(&plan)
        plan.isConverged = plan.obstacles.isEmpty && plan.waitingFor == nil
        network(&plan)
        if plan.isConverged { prune(&plan) }
        return plan
    }

    private func unknownPath(_ gate: ReleaseGate) -> Obstacle {
        let known = gate.previous.map { version in
            let next = context.catalog.release(version)?.upgradesTo ?? []
            return "\(version) → \(next.isEmpty ? "nothing" : next.joined(separator: ", "))"
        }
        return Obstacle(
            reason: .unknownUpgradePath,
            message:
                "\(gate.previous.joined(separator: ", ")) cannot become \(gate.target.version); known: \(known.joined(separator: "; ")). Set spec.version back, or install \(gate.target.version) beside it on a new database",
            isStalled: true)
    }

    // MARK: Writing

    private func write(_ object: RenderedObject, _ plan: inout Plan) {
        guard let current = live.object(object) else {
            if !isTaken(object, &plan) { plan.writes.append(Write(object: object, paths: ["(new)"], isNew: true)) }
            return
        }
        guard !current.isTerminating else { return }
        let paths = ResourceDiff.differences(rendered: object.document, live: current)
        if !paths.isEmpty { plan.writes.append(Write(object: object, paths: paths)) }
    }

    /// Somebody else's object of that name is never taken over.
    private func isTaken(_ object: RenderedObject, _ plan: inout Plan) -> Bool {
        guard live.isForeign(object) else { return false }
        plan.obstacles.append(.nameTaken(object))
        return true
    }

    // MARK: Migrations

    /// True when the schema is what this release needs.
    private func migrate(_ plan: inout Plan) -> Bool {
        for job in context.catalog.jobs where context.runsMigrations {
            let image = context.image(job.image)
            let inputs = context.inputs.fingerprints[job.name]
            if plan.ledger.covers(job.name, image: image, inputs: inputs) { continue }
            guard let object = objects.first(where: { $0.role == .job && $0.component == job.name }) else { continue }
            if let obstacle = step(object, job, image, inputs, &plan) {
                plan.migration = obstacle
                plan.obstacles.append(obstacle)
                return false
            }
        }
        return true
    }

    /// nil when the job is done.
    private func step(
        _ object: RenderedObject, _ job: MigrationJob, _ image: String, _ inputs: String?, _ plan: inout Plan
    ) -> Obstacle? {
        if blocked.contains(job.name) {
            return Obstacle(
                reason: .migrationRunning, message: "\(job.name) waits for the Secret keys named in SecretsReady")
        }
        guard let current = live.object(object) else {
            if context.spec.migrationPolicy == .manual,
                instance.annotations[Annotation.acknowledge] != "migrations@\(instance.generation)"
            {
                return Obstacle(
                    reason: .migrationAwaitsApproval,
                    message:
                        "\(job.name) for \(context.release.version) waits: kubectl annotate cdep \(context.key.name) -n \(context.key.namespace) \(Annotation.acknowledge)=migrations@\(instance.generation) --overwrite",
                    isStalled: true)
            }
            plan.writes.append(Write(object: object, paths: ["(new)"], isNew: true))
            plan.waitingFor = "Job \(object.name)"
            return Obstacle(reason: .migrationRunning, message: "Job \(object.name) is being started")
        }
        switch JobOutcome(current) {
        case .succeeded:
            plan.ledger.entries[job.name] = .init(
                release: context.release.version, image: image, inputs: inputs ?? "",
                completedAt: current.at("status", "completionTime")?.string ?? now.description)
            return nil
        case .failed(let why):
            return Obstacle(
                reason: .migrationFailed,
                message:
                    "Job \(object.name) failed (\(why)). Look: kubectl logs -n \(context.key.namespace) -l \(Label.component)=\(job.name). Try again: kubectl delete job \(object.name) -n \(context.key.namespace)",
                isStalled: true)
        case .running:
            plan.waitingFor = "Job \(object.name)"
            return Obstacle(reason: .migrationRunning, message: "Job \(object.name) is running")
        }
    }

    // MARK: Waves

    private func observe(_ plan: inout Plan) {
        for component in context.catalog.components {
            guard let workload = live.workload(component, context) else { continue }
            plan.progress[component.name] = WorkloadProgress(workload, minimum: minimum(component))
        }
    }

    private func minimum(_ component: Component) -> Int32? {
        guard context.hasAutoscaler(component) else { return nil }
        return context.spec.settings(component.name.rawValue).autoscaling?.minReplicas ?? 2
    }

    private func roll(_ plan: inout Plan) {
        for wave in context.catalog.waves {
            var waiting: [String] = []
            for component in wave {
                guard let object = objects.first(where: { $0.role == .workload && $0.component == component.name })
                else { continue }
                if blocked.contains(component.name) || context.spec.isPaused(component.name.rawValue) { continue }
                if let wait = roll(component, stamped(object, plan.ledger), &plan) {
                    waiting.append(wait)
                    plan.wave.append(component.name)
                }
            }
            if !waiting.isEmpty {
                plan.waitingFor = waiting.joined(separator: ", ")
                plan.obstacles.append(
                    Obstacle(reason: .rollingOut, message: "waiting for \(waiting.joined(separator: ", "))"))
                return
            }
        }
    }

    /// What the wave waits for, nil when the component is current and ready.
    private func roll(_ component: Component, _ object: RenderedObject, _ plan: inout Plan) -> String? {
        guard let current = live.object(object) else {
            guard !isTaken(object, &plan) else { return "\(component.name): its name is taken" }
            plan.isRolling = true
            plan.writes.append(Write(object: object, paths: ["(new)"], isNew: true))
            return "\(component.name) to start"
        }
        if current.isTerminating { return "\(object.resource.gvk.kind) \(object.name) to be gone" }
        let paths = ResourceDiff.differences(rendered: object.document, live: current)
        if let immutable = paths.first(where: Immutable.isImmutable(object.resource.gvk.kind)) {
            plan.obstacles.append(Immutable.obstacle(object, immutable, context.key.namespace))
            return "\(component.name): \(immutable) cannot change"
        }
        if !paths.isEmpty {
            plan.isRolling = true
            plan.writes.append(Write(object: object, handsOverReplicas: handOver(object, current), paths: paths))
            return "\(component.name) to roll"
        }
        return progress(of: component, current, &plan)
    }

    /// A roll-out holds what comes after it. A pod lost later does not: it is reported, and everything else goes on.
    private func progress(of component: Component, _ current: JSONValue, _ plan: inout Plan) -> String? {
        let minimum = minimum(component)
        let progress = WorkloadProgress(current, minimum: minimum)
        if progress.isComplete { return nil }
        if !progress.isObserved || progress.updated < progress.wanted {
            plan.isRolling = true
            return "\(component.name) (\(max(0, progress.updated)) of \(progress.wanted) pods updated)"
        }
        let waited =
            instance.status.at("operation", "wave")?.string?.split(separator: ",").map { $0.drop { $0 == " " } } ?? []
        if waited.contains(where: { $0 == component.name.rawValue }) {
            plan.isRolling = true
            return "\(component.name) (\(progress.ready) of \(progress.wanted) pods ready)"
        }
        if progress.ready < minimum.map(Int64.init) ?? progress.wanted {
            let selector = "\(Label.instance)=\(context.key.name),\(Label.component)=\(component.name)"
            plan.obstacles.append(
                Obstacle(
                    reason: .componentUnavailable,
                    message:
                        "\(component.name) has \(progress.ready) of \(progress.wanted) pods ready. kubectl describe pods -n \(context.key.namespace) -l \(selector)"
                ))
        }
        return nil
    }

    /// The live count, where we own it and are about to let go.
    private func handOver(_ object: RenderedObject, _ current: JSONValue) -> Int64? {
        guard object.document.at("spec", "replicas") == nil, current.annotations[Stamp.ownsReplicas] == "true" else {
            return nil
        }
        return current.at("spec", "replicas")?.integer
    }

    private func stamped(_ object: RenderedObject, _ ledger: MigrationLedger) -> RenderedObject {
        var copy = object
        copy.document.set(["metadata", "annotations", Annotation.migrated], .string(ledger.json.text))
        if copy.document.at("spec", "replicas") != nil {
            copy.document.set(["metadata", "annotations", Stamp.ownsReplicas], "true")
        }
        rebase(&copy)
        return copy.stamped()
    }

    private func rebase(_ object: inout RenderedObject) {
        guard let component = object.component, let current = context.inputs.fingerprints[component],
            let live = live.object(object)
        else { return }
        let path = ["spec", "template", "metadata", "annotations", Annotation.fingerprint]
        let rebased = Fingerprints.rebased(
            current: current, template: live.at(path)?.string, baseline: live.annotations[Annotation.baseline])
        object.document.set(path, .string(rebased.template))
        if let baseline = rebased.baseline {
            object.document.set(["metadata", "annotations", Annotation.baseline], .string(baseline))
        }
    }

    /// Autoscalers follow the workload they scale.
    private func scale(_ plan: inout Plan) {
        let starting = Set(plan.writes.filter { $0.object.role == .workload }.map(\.object.name))
        for object in objects where object.role == .scaling {
            let kind = object.document.at("spec", "scaleTargetRef", "kind")?.string ?? ""
            let name = object.document.at("spec", "scaleTargetRef", "name")?.string ?? ""
            if live.object(kind: kind, name: name) != nil || starting.contains(name) { write(object, &plan) }
        }
    }

    // MARK: Network and pruning

    /// While pods roll, what is open stays open beside what will be; afterwards only the latter.
    private func network(_ plan: inout Plan) {
        for object in objects where object.role == .networkPolicy {
            if plan.isRolling, object.component != nil, let current = live.object(object) {
                write(PolicyUnion.widened(object, by: current), &plan)
            } else {
                write(object, &plan)
            }
        }
    }

    private func prune(_ plan: inout Plan) {
        let wanted = Set(objects.map { "\($0.resource.gvk.kind)/\($0.name)" })
        let kinds = Set(ResourceCatalog.kinds.map(\.gvk.kind))
        plan.prunes = live.owned.filter { object in
            guard kinds.contains(object.gvk.kind), !object.isTerminating,
                !wanted.contains("\(object.gvk.kind)/\(object.name)")
            else { return false }
            // A finished Job goes by its own time to live.
            return object.gvk.kind != "Job" || JobOutcome(object) == .running
        }
    }
}
