import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import KubeRuntime
import Preflight
import Rendering

/// What keeps a plan's pods from rolling now, although nothing is wrong with the plan.
extension CaracalReconciler {
    /// Pods that roll although nobody changed the spec (a new operator, a Secret many instances share) do so for some
    /// instances at a time, so that a mistake is seen before it is everywhere.
    func holdUnaskedRollout(_ plan: inout Plan, _ instance: CaracalInstance) {
        let isAsked = instance.identity.status["observedGeneration"]?.integer != instance.generation
        let rolls = plan.writes.contains { $0.object.role == .workload && !$0.isNew }
        if !rolls, !plan.isRolling { return guards.with { $0.rollouts.end(instance.key) } }
        if isAsked { return guards.with { $0.rollouts.beginAsked(instance.key) } }
        guard rolls, !guards.with({ $0.rollouts.begin(instance.key) }) else { return }
        plan.writes.removeAll { $0.object.role == .workload && !$0.isNew }
        plan.obstacles.insert(
            Obstacle(
                reason: .rolloutQueued, message: "pods have to roll; other instances roll already",
                lookAgain: .seconds(10)), at: 0)
        plan.isConverged = false
    }

    /// Changed content restarts its readers once a batch of changes is through, and not for ever.
    func holdSecretRollout(_ plan: inout Plan, _ instance: CaracalInstance, _ context: RenderContext) {
        let rolls = plan.writes.filter { !$0.isNew && $0.paths.contains(Stamp.fingerprintPath) }
        guard !rolls.isEmpty else { return }
        func hold(_ held: [Write], _ obstacle: Obstacle) {
            let names = Set(held.map(\.object.name))
            plan.writes.removeAll { names.contains($0.object.name) && $0.object.role == .workload }
            // Behind what somebody has to decide.
            plan.obstacles.append(obstacle)
            plan.isConverged = false
        }
        let names = Set(context.secretRequirements().map(\.secretName))
        if let rest = secrets.settling(names, in: instance.key.namespace, pause: Self.batch) {
            let message = "a Secret changed a moment ago; its readers restart once, when it is quiet"
            return hold(rolls, Obstacle(reason: .rollingOut, message: message, lookAgain: rest))
        }
        let now = ContinuousClock.now
        let acknowledged = Acknowledgements(instance.identity)
        for write in rolls {
            guard let component = write.object.component,
                let until = guards.with({ $0.churn.mayRoll(instance.key, component, now: now) })
            else { continue }
            let new = context.inputs.fingerprints[component] ?? "?"
            let token = String(new.drop { $0 != "." }.dropFirst().prefix(8))
            if acknowledged.contains("secret-churn", of: token) { continue }
            let path = ["spec", "template", "metadata", "annotations", Annotation.fingerprint]
            let old = stores.store(write.object.resource)?.get(write.object.key)?.at(path)?.string ?? "?"
            let minutes = (until - now).components.seconds / 60 + 1
            // All of the batch: readers of one key change together or not at all.
            return hold(
                rolls,
                Obstacle(
                    reason: .secretChurn,
                    message:
                        "\(component) was restarted \(SecretChurn.limit) times within an hour because its keys changed; it runs with \(old), today's content is \(new). It is restarted again in \(minutes) min at the earliest: find what writes the Secret. Or at once: \(acknowledged.command("secret-churn", of: token))",
                    isStalled: true, lookAgain: .seconds(minutes * 60)))
        }
    }

    /// Notes what was really rolled for changed content, once it is written.
    func noteSecretRollout(_ writes: [Write], _ instance: CaracalInstance) {
        for write in writes where !write.isNew && write.paths.contains(Stamp.fingerprintPath) {
            if let component = write.object.component {
                guards.with { $0.churn.rolled(instance.key, component, now: .now) }
            }
        }
    }

    private static let batch = Duration.seconds(2)

    /// Templates the server would refuse pods of are not put to work; at an install none is, and nothing is half started.
    func holdWhatWouldBeRefused(
        _ plan: inout Plan, _ objects: [RenderedObject], _ instance: CaracalInstance, _ rotation: RotationGate
    )
        async throws
    {
        let isInstall = plan.kind == "Install" && plan.ledger.entries.isEmpty
        let templates = objects.filter { $0.role == .workload || $0.role == .job }
        let writes = isInstall ? templates.map { Write(object: $0, paths: [], isNew: true) } : plan.writes
        let acknowledged = Acknowledgements(instance.identity)
        var refused = try await rehearsal.refusals(writes, acknowledged)
        let hasJobs = stores.store(.jobs)?.hasAny(of: instance.key) == true
        if isInstall, refused.isEmpty, !hasJobs, !acknowledged.contains("quota") {
            refused = try await exceededQuotas(templates, instance)
        }
        guard !refused.isEmpty else { return }
        let names = Set(plan.writes.filter { refused[$0.object.name] != nil }.compactMap(\.object.component))
        let together = rotation.pendingReaders.filter { !$0.isDisjoint(with: names) }.reduce(into: names) {
            $0.formUnion($1)
        }
        plan.writes.removeAll { write in
            (write.object.role == .workload || write.object.role == .job)
                && (isInstall || write.object.component.map(together.contains) ?? false)
        }
        plan.obstacles.insert(contentsOf: refused.sorted { $0.key < $1.key }.map(\.value), at: 0)
        plan.isConverged = false
    }

    private func exceededQuotas(_ templates: [RenderedObject], _ instance: CaracalInstance) async throws -> [String:
        Obstacle]
    {
        guard let quotas = try? await rehearsal.client.list(.resourceQuotas, namespace: instance.key.namespace).items
        else {
            return [:]
        }
        // One wave rolls at a time.
        let surges =
            catalog.waves.map { $0.filter { $0.replayPath == nil }.map(\.name) }.max { $0.count < $1.count } ?? []
        let exceeded = QuotaSum.exceeded(quotas, by: templates) { object in
            guard let name = object.component else { return 0 }
            return Int(instance.spec.replicas(name.rawValue)) + (surges.contains(name) ? 1 : 0)
        }
        guard !exceeded.isEmpty else { return [:] }
        let message = exceeded.prefix(3).joined(separator: "; ")
        return [
            "quota": Obstacle(
                reason: .quotaExceeded,
                message:
                    "\(message). Nothing is started: raise the quota, or lower components.<name>.replicas or resources; or all the same: \(Acknowledgements(instance.identity).command("quota"))",
                isStalled: true, lookAgain: .seconds(15))
        ]
    }
}
