import CaracalAPI
import CaracalCatalog
import Hardening
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
    var memory = InstanceMemory()
    var preflight: [PreflightFinding] = []
    var rotation: RotationGate?
    /// What services themselves say of why they are not ready.
    var readiness: [ComponentName: String] = [:]

    var gate: PreflightGate { PreflightGate(preflight, instance: instance, today: now.date) }

    /// Readers of keys that are not there.
    var blocked: Set<ComponentName> { Set(findings.flatMap(\.requirement.readers)) }

    func plan() -> Plan {
        let workloads = live.owned.filter { $0.kind == "Deployment" || $0.kind == "StatefulSet" }
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
        plan.rotationHolds = rotation?.obstacles(live, context) ?? []
        plan.obstacles += SecretObstacles.describe(findings, namespace: context.key.namespace)
        judge(&plan)
        if gate.isOpen {
            if migrate(&plan) { roll(&plan) }
        } else {
            plan.obstacles.insert(unknownPath(gate), at: 0)
            plan.kind = "Upgrade"
        }
        scale(&plan)
        // What is wrong with the content comes before what is waited for because of it.
        plan.obstacles.insert(
            contentsOf: PreflightObstacles.describe(plan.held, live, Acknowledgements(instance.identity)), at: 0)
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

    func write(_ object: RenderedObject, _ plan: inout Plan) {
        guard let current = live.object(object) else {
            if !isTaken(object, &plan) { plan.writes.append(Write(object: object, paths: ["(new)"], isNew: true)) }
            return
        }
        guard !current.isTerminating else { return }
        let paths = memory.differences(object, current)
        if !paths.isEmpty { plan.writes.append(Write(object: object, paths: paths)) }
    }

    /// Somebody else's object of that name is never taken over.
    func isTaken(_ object: RenderedObject, _ plan: inout Plan) -> Bool {
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
        let done = plan.ledger.entries[job.name]
        if live.object(object) == nil,
            hold(job.name, isNew: done == nil, changesContent: done?.inputs != inputs, &plan)
        {
            return Obstacle(
                reason: .migrationRunning, message: "\(job.name) waits for what PreflightPassed names")
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

    // MARK: Network and pruning

    /// While pods roll, what is open stays open beside what will be; afterwards only the latter.
    private func network(_ plan: inout Plan) {
        for object in objects where object.role == .networkPolicy {
            if let component = object.component, let current = live.object(object), keeps(component, plan) {
                let widened = memory.variant(of: object, live: current, reason: "widened") {
                    PolicyUnion.widened(object, by: current)
                }
                write(widened, &plan)
            } else {
                write(object, &plan)
            }
        }
    }

    /// Pods of the component are still, or may still be, those of the template before: what they use stays open.
    private func keeps(_ component: ComponentName, _ plan: Plan) -> Bool {
        plan.isRolling || plan.migration != nil || plan.heldComponents.contains(component)
            || plan.obstacles.contains { $0.reason == .unknownUpgradePath }
    }

    private func prune(_ plan: inout Plan) {
        let wanted = Set(objects.map { "\($0.resource.gvk.kind)/\($0.name)" })
        let kinds = Set(ResourceCatalog.kinds.map(\.gvk.kind))
        plan.prunes = live.owned.filter { object in
            guard kinds.contains(object.kind), !object.isTerminating,
                !wanted.contains("\(object.kind)/\(object.name)")
            else { return false }
            // A finished Job goes by its own time to live.
            return object.kind != "Job" || JobOutcome(object) == .running
        }
    }
}
