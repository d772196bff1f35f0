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
    let logger: Logger

    package init(
        client: KubeClient, stores: ClusterStores, secrets: SecretWatch, digestKey: DigestKey, catalog: Catalog,
        kinds: KindRegistry, events: EventRecorder, logger: Logger
    ) {
        self.stores = stores
        self.secrets = secrets
        self.digestKey = digestKey
        self.catalog = catalog
        self.kinds = kinds
        self.logger = logger
        applier = Applier(client: client, stores: stores, logger: logger)
        reporter = StatusReporter(client: client, stores: stores, events: events, logger: logger)
    }

    package func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        guard stores.unsynced.isEmpty else { return .after(.milliseconds(200)) }
        guard let object = stores.instances.get(key), !object.isTerminating else { return .done }
        do { return try await reconcile(object) } catch let error as KubeError {
            return error.code == .notFound && stores.instances.get(key) == nil ? .done : .failed(error.message)
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
            let refused = try await applier.apply(plan.writes)
            if !refused.isEmpty {
                plan.obstacles.insert(contentsOf: refused, at: 0)
                plan.isConverged = false
            }
            try await applier.prune(plan.isConverged ? plan.prunes : [])
            let after = stores.view(of: instance.key, uid: instance.uid)
            let verdict = HardeningVerdict(
                RuleCatalog.check(after.owned)
                    + ForeignAdditions.findings(rendered: current(objects, after), live: after.owned),
                waivers: instance.spec.hardening?.waivers ?? [], today: now.date)
            let status = composer.compose(
                plan, context, after, skipped: try ResourceCatalog.skipped(context), verdict: verdict)
            return try await reporter.report(
                instance.identity, status, isWaiting: !plan.isConverged, wasRefused: !refused.isEmpty)
        } catch let error as RenderError {
            return try await reporter.report(
                instance.identity, composer.compose(.invalidSpec, message: error.description, isPaused: false))
        }
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
