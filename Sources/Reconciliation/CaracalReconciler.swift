import CaracalAPI
import CaracalCatalog
import Hardening
import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Preflight
import Rendering

/// Brings one instance to where its spec says: look, render, check, plan, write, tell. This file holds the order and
/// nothing else.
package struct CaracalReconciler: Reconciler {
    let stores: ClusterStores
    let secrets: SecretWatch
    let digestKey: DigestKey
    let catalog: Catalog
    let kinds: KindRegistry
    let applier: Applier
    let rehearsal: PodRehearsal
    let reporter: StatusReporter
    let leadership: Leadership
    let readiness: ReadinessReader
    let operatorNamespace: String
    let guards: ReconcileGuards
    let logger: Logger
    private let memories = Locked<[ObjectKey: InstanceMemory]>([:])

    /// A namespace that is going, or gone, is looked at again this often.
    private static let goingNamespace = Duration.seconds(30)

    package init(
        client: KubeClient, stores: ClusterStores, secrets: SecretWatch, digestKey: DigestKey, catalog: Catalog,
        kinds: KindRegistry, events: EventRecorder, leadership: Leadership = Leadership(),
        concurrentRollouts: Int = 4, readiness: ReadinessReader = ReadinessReader(),
        operatorNamespace: String = OperatorName.namespace, logger: Logger
    ) {
        self.readiness = readiness
        self.operatorNamespace = operatorNamespace
        self.stores = stores
        self.secrets = secrets
        self.digestKey = digestKey
        self.catalog = catalog
        self.kinds = kinds
        self.leadership = leadership
        self.logger = logger
        guards = ReconcileGuards(rolloutLimit: concurrentRollouts)
        applier = Applier(client: client, stores: stores, guards: guards, logger: logger)
        rehearsal = PodRehearsal(client: client, logger: logger)
        reporter = StatusReporter(client: client, stores: stores, events: events, logger: logger)
    }

    /// Objects that somebody else keeps changing back.
    package var contestedObjects: Int { guards.with { $0.rivalry.contested } }

    package func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard stores.unsynced.isEmpty else { return .after(.milliseconds(200)) }
        guard let object = stores.instances.get(key), !object.isTerminating else {
            secrets.forget(key)
            memories.withLock { $0[key] = nil }
            stores.rest(key)
            guards.with {
                $0.rollouts.end(key)
                $0.churn.forget(key)
            }
            return .done
        }
        do { return try await reconcile(object) } catch let error as KubeError {
            switch error.code {
            case .notFound where !stores.instances.has(key): return .done
            case .namespaceMissing, .namespaceTerminating: return .after(Self.goingNamespace)
            // Another leads now; this process is about to end.
            case .transport(.withheld): return .done
            default: return .failed(error.message, retryAfter: error.retryAfter)
            }
        } catch let error as CancellationError { throw error } catch {
            // One instance that cannot be handled must not end the others' operator.
            return .failed("\(type(of: error))")
        }
    }

    private func reconcile(_ object: JSONValue) async throws -> ReconcileResult {
        let memory = memory(of: object.key)
        memory.look()
        let now = Timestamp.now()
        let instance: CaracalInstance
        do { instance = try memory.instance(object) } catch let error as DecodingError {
            let identity = InstanceIdentity(object)
            let status = StatusComposer(instance: identity, now: now)
                .compose(.invalidSpec, message: "spec.\(error.fieldMessage)", isPaused: false)
            return try await reporter.report(identity, status)
        }
        guard leadership.mayWrite() else {
            // A standby knows the Secrets too, so that taking over begins with writing.
            _ = try? inputs(instance)
            return .done
        }
        let composer = StatusComposer(instance: instance.identity, now: now)
        if instance.spec.isPaused {
            return try await reporter.report(
                instance.identity,
                composer.compose(.pausedBySpec, message: "spec.paused is true: nothing is written", isPaused: true))
        }
        do {
            guard let inputs = try inputs(instance) else { return .after(.milliseconds(500)) }
            return try await bring(instance, inputs, composer, now)
        } catch let error as RenderError {
            return try await reporter.report(
                instance.identity, composer.compose(.invalidSpec, message: error.description, isPaused: false))
        }
    }

    private func bring(
        _ instance: CaracalInstance, _ inputs: ReconcileInputs, _ composer: StatusComposer, _ now: Timestamp
    ) async throws -> ReconcileResult {
        let (context, memory) = (inputs.context, memory(of: instance.key))
        let (objects, skipped) = try memory.rendered(
            .init(generation: instance.generation, inputs: context.inputs), context)
        let preflight = memory.preflight(inputs, neighbours: stores.neighbours(of: instance.key), now: now)
        let ledger = SecretLedger(status: instance.status).observing(
            inputs.requirements, states: inputs.states, keyID: digestKey.id, now: now)
        let rotation = RotationGate(
            ledger: ledger, catalog: catalog, requirements: inputs.requirements, states: inputs.states,
            acknowledged: Acknowledgements(instance.identity))
        let live = stores.view(of: instance.key, uid: instance.uid)
        let reasons = await readiness.reasons(live, context, now: now)
        var plan = Planner(
            context: context, instance: instance, objects: objects, live: live, findings: inputs.findings, now: now,
            memory: memory,
            preflight: preflight, rotation: rotation, readiness: reasons
        ).plan()
        holdUnaskedRollout(&plan, instance)
        holdSecretRollout(&plan, instance, context)
        try await holdWhatWouldBeRefused(&plan, objects, instance, rotation)
        if !plan.isRolling || !plan.writes.contains(where: { $0.object.role == .workload && !$0.isNew }),
            plan.obstacles.contains(where: { [.secretChurn, .podRejected, .quotaExceeded].contains($0.reason) })
        {
            // What is held takes no place among those that roll.
            guards.with { $0.rollouts.end(instance.key) }
        }
        // Asking took a moment: an instance that went meanwhile gets nothing more.
        guard stores.instances.version(of: instance.key)?.uid == instance.uid else { return .done }
        let refused = try await applier.apply(plan.writes)
        if refused.isEmpty { noteSecretRollout(plan.writes, instance) }
        if !refused.isEmpty {
            plan.obstacles.insert(contentsOf: refused, at: 0)
            plan.isConverged = false
        }
        let prunes = plan.isConverged ? plan.prunes : []
        try await applier.prune(prunes, of: instance.identity)
        // Where nothing was written, what was looked at is what there is.
        let after =
            plan.writes.isEmpty && prunes.isEmpty ? live : stores.view(of: instance.key, uid: instance.uid)
        let evidence = StatusComposer.Evidence(
            skipped: skipped, readiness: reasons,
            report: report(instance, context, objects, after, preflight, plan, now),
            preflight: preflight, secrets: ledger.counting(after, context, now: now))
        let result = try await reporter.report(
            instance.identity, composer.compose(plan, context, after, evidence), isWaiting: !plan.isConverged,
            wasRefused: refused.contains { $0.lookAgain == nil },
            lookAgain: (plan.obstacles.compactMap(\.lookAgain) + [Self.calendar]).min())
        // It was at rest and still is: after a start every instance is looked at like this, one after the other.
        if memory.weigh(isAtRest: plan.isConverged && plan.writes.isEmpty) { rest(instance.key) }
        return result
    }

    /// Certificates run out and waivers end without anybody writing anything.
    private static let calendar = Duration.seconds(3600)

    private func report(
        _ instance: CaracalInstance, _ context: RenderContext, _ objects: [RenderedObject], _ live: LiveView,
        _ preflight: [PreflightFinding], _ plan: Plan, _ now: Timestamp
    ) -> HardeningReport {
        let memory = memory(of: instance.key)
        let workloads = objects.compactMap { object in
            object.podLabels.map { (component: object.component?.rawValue ?? "", labels: $0) }
        }
        let findings =
            memory.findings(JudgedObjects.of(live.owned))
            + additions(objects, live, memory)
            + ForeignPolicies.findings(stores.foreignPolicies(in: instance.key.namespace), pods: workloads)
            + preflight.map { item in
                var finding = item.finding
                // What is not there yet is not made; what runs stays as it was.
                finding.isHolding =
                    plan.held[item]?.contains { name in
                        context.catalog.component(name).map { live.workload($0, context) != nil } ?? true
                    } ?? false
                return finding
            }
        return HardeningReport(
            HardeningVerdict(findings, waivers: instance.spec.hardening?.waivers ?? [], today: now.date))
    }

    /// What others added to documents that are in effect. An object that is held or on its way still has what an earlier
    /// document gave it, which nobody added.
    private func additions(_ objects: [RenderedObject], _ live: LiveView, _ memory: InstanceMemory) -> [Finding] {
        objects.flatMap { object -> [Finding] in
            guard object.makesPods, let shown = live.object(object),
                memory.differences(object, shown).allSatisfy({
                    $0.hasPrefix("metadata.annotations") || $0.hasPrefix("spec.template.metadata.annotations")
                })
            else { return [] }
            return memory.additions(object, shown)
        }
    }

    package var watchedSecrets: Set<ObjectKey> { secrets.names }
    /// Instances something was worked out for that is still at hand.
    package var remembered: Set<ObjectKey> { Set(memories.withLock { $0.keys }) }

    /// Lets go of what was worked out for instances nobody looked at for so long, and packs their objects: together they
    /// are most of the memory the operator takes, and one that has converged is looked at once an hour. True where there
    /// was something to let go of.
    package func letIdleRest(after limit: Duration) -> Bool {
        let idle = memories.withLock { $0.filter { $0.value.idle >= limit }.map(\.key) }
        for key in idle { rest(key) }
        guards.with { $0.forgetWhatIsOver(now: .now) }
        reporter.forgetWhatIsOver(now: .now)
        return !idle.isEmpty
    }

    private func rest(_ key: ObjectKey) {
        memories.withLock { $0[key] = nil }
        stores.rest(key)
    }

    private func memory(of key: ObjectKey) -> InstanceMemory {
        memories.withLock { memories in
            if let known = memories[key] { return known }
            let new = InstanceMemory()
            memories[key] = new
            return new
        }
    }

    /// Secrets as facts, what is missing from them, and everything rendering depends on; nil until every Secret was
    /// looked at, so that a restart of the operator says nothing it has to take back.
    private func inputs(_ instance: CaracalInstance) throws -> ReconcileInputs? {
        let memory = memory(of: instance.key)
        let basis = RenderInputs(
            ownerUID: instance.uid, optionalKinds: kinds.available.subtracting(stores.unreadable),
            operatorNamespace: operatorNamespace)
        let needs = try memory.needs(generation: instance.generation, basis) {
            SecretNeeds(
                try RenderContext(key: instance.key, spec: instance.spec, catalog: catalog, inputs: basis))
        }
        let states = secrets.states(needs.names, for: instance.key)
        if states.values.contains(.unknown) { return nil }
        return try memory.inputs(generation: instance.generation, basis, states) {
            try ReconcileInputs(needs, states, digestKey)
        }
    }
}
