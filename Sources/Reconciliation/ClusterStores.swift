import CaracalAPI
import Hardening
import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Rendering

/// What the cache of pods adds to their own fields.
enum NarrowPod {
    /// Names of the Secrets a pod mounts.
    static let mountedSecrets = "mountedSecrets"
}

/// The caches: instances, every kind we render, and pods, all by label; Secrets only as facts.
package final class ClusterStores: Sendable {
    package let instances: ObjectStore
    package let pods: ObjectStore
    private let addresses: PostgresAddresses
    private let children: Locked<[ResourceType: ObjectStore]>
    private let reflectors: ReflectorGroup
    private let client: KubeClient
    private let namespace: String?
    private let queue: WorkQueue
    private let budget: RetryBudget
    private let times: ReflectorTimes
    private let logger: Logger

    package static let managed = Selector(labels: "\(Label.managedBy)=\(OperatorName.managedBy)")

    /// `namespace` nil watches the whole cluster.
    package init(
        client: KubeClient, namespace: String?, queue: WorkQueue, reflectors: ReflectorGroup,
        budget: RetryBudget = RetryBudget(), times: ReflectorTimes = ReflectorTimes(), logger: Logger
    ) {
        self.client = client
        self.namespace = namespace
        self.queue = queue
        self.reflectors = reflectors
        self.budget = budget
        self.times = times
        self.logger = logger
        let addresses = PostgresAddresses()
        self.addresses = addresses
        let all = Locked<ObjectStore?>(nil)
        instances = ObjectStore(CaracalDeployment.resource, owners: addresses.owners) { change in
            let (old, new, object) = (change.old, change.new, change.object)
            // Whose Postgres it is concerns those who are on it too.
            if change.formerOwners != change.owners, let store = all.withLock({ $0 }) {
                for other in (change.formerOwners + change.owners).flatMap(store.keys(of:)) where other != object.key {
                    queue.add(other, after: Self.gathering, priority: .low)
                }
            }
            if new == nil { addresses.forget(object.key, uid: object.uid) }
            // What failed before is not what is asked for now.
            if old?.generation != new?.generation || old?.uid != new?.uid { queue.forget(object.key) }
            // A backlog at start waits behind what changes meanwhile.
            if old == nil, object.at("status", "observedGeneration")?.integer == object.generation {
                return queue.add(object.key, priority: .low)
            }
            if let old, let new, old.generation == new.generation, old.annotations == new.annotations,
                old.uid == new.uid,
                old.isTerminating == new.isTerminating
            {
                // What another made of the status is put right, and not as fast as it may be done again.
                if !change.isOwn, old["status"] != new["status"] {
                    queue.add(object.key, after: Self.statusPace, priority: .low)
                }
                return
            }
            queue.add(object.key)
        }
        let own = instances
        all.withLock { $0 = own }
        pods = ObjectStore(.pods, narrow: Self.narrowPod, owners: { Self.owner($0).map { [$0] } ?? [] }) {
            _ = Self.enqueueOwner($0, queue)
        }
        children = Locked([:])
        add(instances, .collection(namespace: namespace, .everything))
        add(pods, .collection(namespace: namespace, Self.managed))
    }

    /// Watches a kind; a kind that is watched already stays so.
    package func watch(_ type: ResourceType) {
        let store = children.withLock { children -> ObjectStore? in
            guard children[type] == nil else { return nil }
            let queue = queue
            let store = ObjectStore(type, owners: Self.owners) { change in
                if Self.enqueueOwner(change, queue) { return }
                self.enqueueAll(in: change.concerned.first?.namespace ?? change.object.namespace)
            }
            children[type] = store
            return store
        }
        // Policies are additive: those of others count as much as ours.
        let isEverybodys = type == .networkPolicies
        if let store { add(store, .collection(namespace: namespace, isEverybodys ? .everything : Self.managed)) }
    }

    private func add(_ store: ObjectStore, _ source: Reflector.Source) {
        reflectors.add(
            Reflector(client, store.type, source, into: store, budget: budget, times: times, logger: logger))
    }

    package func store(_ type: ResourceType) -> ObjectStore? { children.withLock { $0[type] } }
    package func type(kind: String) -> ResourceType? { children.withLock { $0.keys.first { $0.gvk.kind == kind } } }

    package var watchedKinds: [ResourceType] { children.withLock { Array($0.keys) } }

    /// Stores that have not been filled yet, by resource: nothing is decided before they are. Optional kinds do not
    /// count: one that cannot be read is treated as not there.
    package var unsynced: [String] { required.filter { !$0.isSynced }.map(\.type.qualifiedName).sorted() }

    /// Why a store cannot be read, if one cannot.
    package var failures: [(resource: String, error: KubeError)] {
        required.compactMap { store in store.failure.map { (store.type.qualifiedName, $0) } }
    }

    /// Kinds about which the server has said nothing for longer than any watch may be silent, although nothing failed: their
    /// reflectors no longer work.
    package func silent(for limit: Duration) -> [String] {
        let now = ContinuousClock.now
        return required.filter { store in
            store.failure == nil && store.lastHeard.map { now - $0 > limit } ?? false
        }.map(\.type.qualifiedName)
    }

    /// When each kind was last read from the server, for metrics.
    package var lastHeard: [(resource: String, age: Duration?, isFailing: Bool)] {
        let now = ContinuousClock.now
        return required.map { store in
            (store.type.qualifiedName, store.lastHeard.map { now - $0 }, store.failure != nil)
        }.sorted { $0.0 < $1.0 }
    }

    private var required: [ObjectStore] {
        children.withLock { Array($0.values) }.filter { !ResourceCatalog.optionalKinds.contains($0.type) } + [
            instances, pods,
        ]
    }

    /// Optional kinds that are watched but cannot be read: forbidden, or gone again.
    package var unreadable: Set<String> {
        let stores = children.withLock { Array($0.values) }.filter { ResourceCatalog.optionalKinds.contains($0.type) }
        return Set(stores.filter { !$0.isSynced || $0.failure != nil }.map(\.type.optionalID))
    }

    /// Everything that carries the instance's label in its namespace.
    package func view(of key: ObjectKey, uid: String) -> LiveView {
        let stores = children.withLock { Array($0.values) }
        return LiveView(owner: uid, objects: stores.flatMap { $0.all(of: key) }, pods: pods.all(of: key))
    }

    /// Nobody works with the instance: what it has is kept in less memory until it is looked at again.
    func rest(_ key: ObjectKey) {
        instances.rest(key)
        pods.rest(of: key)
        for store in children.withLock({ Array($0.values) }) { store.rest(of: key) }
        store(.networkPolicies)?.rest(of: Self.nobody(in: key.namespace))
    }

    /// The other instances whose migrations go to the same server.
    func neighbours(of key: ObjectKey) -> [PreflightInput.Neighbour] {
        addresses.neighbours(of: key, in: instances)
    }

    private func enqueueAll(in namespace: String) {
        for key in instances.keys where key.namespace == namespace {
            queue.add(key, after: Self.gathering, priority: .low)
        }
    }

    /// NetworkPolicies of the namespace that are nobody's instance's.
    package func foreignPolicies(in namespace: String) -> [JSONValue] {
        store(.networkPolicies)?.all(of: Self.nobody(in: namespace)) ?? []
    }

    /// The instance an object says it is of.
    private static func owner(_ object: JSONValue) -> ObjectKey? {
        object.label(Label.deployment).map { ObjectKey(namespace: object.namespace, name: $0) }
    }

    /// The instance an object says it is of; and where no instance controls it, nobody.
    @Sendable private static func owners(_ object: JSONValue) -> [ObjectKey] {
        let isForeign = object.controllerOwner?.kind != CaracalDeployment.resource.gvk.kind
        return [owner(object), isForeign ? nobody(in: object.namespace) : nil].compactMap(\.self)
    }

    /// Stands for whoever is no instance. No object is called nothing.
    private static func nobody(in namespace: String) -> ObjectKey { ObjectKey(namespace: namespace, name: "") }

    /// False where the object is no instance's.
    private static func enqueueOwner(_ change: ObjectChange, _ queue: WorkQueue) -> Bool {
        guard let owner = change.concerned.first(where: { !$0.name.isEmpty }) else { return false }
        queue.add(owner, after: gathering, priority: change.isNew ? .low : .normal)
        return true
    }

    /// Children change in bursts (a roll-out moves pods, ReplicaSet and Deployment within moments): one look serves them
    /// all. A change of the instance itself does not wait.
    private static let gathering = Duration.milliseconds(100)
    private static let statusPace = Duration.seconds(5)

    /// Of pods only what status needs is kept.
    @Sendable private static func narrowPod(_ pod: JSONValue) -> JSONValue {
        var narrow: JSONObject = ["apiVersion": "v1", "kind": "Pod"]
        var metadata: JSONObject = [:]
        for field in [
            "name", "namespace", "uid", "resourceVersion", "labels", "creationTimestamp", "deletionTimestamp",
            "ownerReferences",
        ] {
            metadata[field] = pod.metadata[field]
        }
        if let fingerprint = pod.annotation(Annotation.fingerprint) {
            metadata["annotations"] = [Annotation.fingerprint: .string(fingerprint)]
        }
        narrow["metadata"] = .object(metadata)
        let sources = (pod.at("spec", "volumes")?.array ?? []).flatMap { $0.at("projected", "sources")?.array ?? [] }
        narrow[NarrowPod.mountedSecrets] = .array(sources.compactMap { $0.at("secret", "name") })
        var status: JSONObject = [:]
        for field in ["phase", "conditions", "podIP"] { status[field] = pod.at("status", field) }
        let containers = pod.at("status", "containerStatuses")?.array ?? []
        status["containerStatuses"] = .array(containers.map(PodFailure.withoutRawText))
        narrow["status"] = .object(status)
        return .object(narrow)
    }
}
