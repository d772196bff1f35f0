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
    let reporter: StatusReporter
    let leadership: Leadership
    let guards: ReconcileGuards
    let logger: Logger

    /// A namespace that is going, or gone, is looked at again this often.
    private static let goingNamespace = Duration.seconds(30)

    package init(
        client: KubeClient, stores: ClusterStores, secrets: SecretWatch, digestKey: DigestKey, catalog: Catalog,
        kinds: KindRegistry, events: EventRecorder, leadership: Leadership = Leadership(),
        concurrentRollouts: Int = 4, logger: Logger
    ) {
        self.stores = stores
        self.secrets = secrets
        self.digestKey = digestKey
        self.catalog = catalog
        self.kinds = kinds
        self.leadership = leadership
        self.logger = logger
        guards = ReconcileGuards(rolloutLimit: concurrentRollouts)
        applier = Applier(client: client, stores: stores, guards: guards, logger: logger)
        reporter = StatusReporter(client: client, stores: stores, events: events, logger: logger)
    }

    /// Objects that somebody else keeps changing back.
    package var contestedObjects: Int { guards.with { $0.rivalry.contested } }

    package func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard stores.unsynced.isEmpty else { return .after(.milliseconds(200)) }
        guard let object = stores.instances.get(key), !object.isTerminating else {
            secrets.forget(key)
            guards.with { $0.rollouts.end(key) }
            return .done
        }
        do { return try await reconcile(object) } catch let error as KubeError {
            switch error.code {
            case .notFound where stores.instances.get(key) == nil: return .done
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
        let now = Timestamp.now()
        let instance: CaracalInstance
        do { instance = try CaracalInstance(object) } catch let error as DecodingError {
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
            guard let (context, findings) = try inputs(instance) else { return .after(.milliseconds(500)) }
            let objects = try ResourceCatalog.render(context)
            let live = stores.view(of: instance.key, uid: instance.uid)
            var plan = Planner(
                context: context, instance: instance, objects: objects, live: live, findings: findings, now: now
            ).plan()
            holdUnaskedRollout(&plan, instance)
            let refused = try await applier.apply(plan.writes)
            if !refused.isEmpty {
                plan.obstacles.insert(contentsOf: refused, at: 0)
                plan.isConverged = false
            }
            try await applier.prune(plan.isConverged ? plan.prunes : [], of: instance.identity)
            let after = stores.view(of: instance.key, uid: instance.uid)
            let verdict = HardeningVerdict(
                RuleCatalog.check(after.owned)
                    + ForeignAdditions.findings(rendered: current(objects, after), live: after.owned),
                waivers: instance.spec.hardening?.waivers ?? [], today: now.date)
            let status = composer.compose(
                plan, context, after, skipped: try ResourceCatalog.skipped(context), verdict: verdict)
            return try await reporter.report(
                instance.identity, status, isWaiting: !plan.isConverged,
                wasRefused: refused.contains { $0.lookAgain == nil },
                lookAgain: plan.obstacles.compactMap(\.lookAgain).min())
        } catch let error as RenderError {
            return try await reporter.report(
                instance.identity, composer.compose(.invalidSpec, message: error.description, isPaused: false))
        }
    }

    /// Pods that roll although nobody changed the spec (a new operator, a Secret many instances share) do so for some
    /// instances at a time, so that a mistake is seen before it is everywhere.
    private func holdUnaskedRollout(_ plan: inout Plan, _ instance: CaracalInstance) {
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

    /// Documents that are in effect. An object that is held or on its way still has what an earlier document gave it,
    /// which nobody added.
    private func current(_ objects: [RenderedObject], _ live: LiveView) -> [JSONValue] {
        objects.filter { object in
            guard let shown = live.object(object) else { return false }
            return ResourceDiff.differences(rendered: object.document, live: shown).allSatisfy {
                $0.hasPrefix("metadata.annotations") || $0.hasPrefix("spec.template.metadata.annotations")
            }
        }.map(\.document)
    }

    /// Secrets as facts, what is wrong with them, and everything rendering depends on; nil until every Secret was looked
    /// at, so that a restart of the operator says nothing it has to take back.
    private func inputs(_ instance: CaracalInstance) throws -> (RenderContext, [SecretFinding])? {
        func context(_ inputs: RenderInputs) throws -> RenderContext {
            try RenderContext(key: instance.key, spec: instance.spec, catalog: catalog, inputs: inputs)
        }
        var inputs = RenderInputs(ownerUID: instance.uid, optionalKinds: kinds.available.subtracting(stores.unreadable))
        let requirements = try context(inputs).secretRequirements()
        let states = secrets.states(Set(requirements.map(\.secretName)), for: instance.key)
        if states.values.contains(.unknown) { return nil }
        inputs.optionalKeys = Fingerprints.presentOptionalKeys(requirements, states: states)
        inputs.fingerprints = Fingerprints.make(requirements, states: states, key: digestKey)
        return (try context(inputs), SecretPreflight.findings(requirements, states: states))
    }
}
