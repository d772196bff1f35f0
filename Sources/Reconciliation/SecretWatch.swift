import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Preflight

/// Watches exactly the Secrets that specs name, by name, and keeps facts of them: no value outlives the call it came in
/// with.
package final class SecretWatch: Sendable {
    private struct Watched: Sendable {
        var state = SecretState.unknown
        var users: Set<ObjectKey>
        var watch: ReflectorGroup.Handle?
        /// When content that was known changed.
        var changed: ContinuousClock.Instant?
    }

    private let watched = Locked<[ObjectKey: Watched]>([:])
    private let client: KubeClient
    private let inspector: SecretInspector
    private let reflectors: ReflectorGroup
    private let queue: WorkQueue
    private let budget: RetryBudget
    private let logger: Logger

    package init(
        client: KubeClient, inspector: SecretInspector, reflectors: ReflectorGroup, queue: WorkQueue,
        budget: RetryBudget = RetryBudget(), logger: Logger
    ) {
        self.client = client
        self.inspector = inspector
        self.reflectors = reflectors
        self.queue = queue
        self.budget = budget
        self.logger = logger
    }

    /// What is known of Secrets an instance names. The first call for a name starts its watch; the instance is queued
    /// again when something is known. The watch of a name that nobody names any more ends.
    package func states(_ names: Set<String>, for instance: ObjectKey) -> [String: SecretState] {
        let keys = Set(names.map { ObjectKey(namespace: instance.namespace, name: $0) })
        let (new, dropped) = watched.withLock { watched -> (new: [ObjectKey], dropped: [ReflectorGroup.Handle]) in
            let new = keys.filter { watched[$0] == nil }
            for key in keys { watched[key, default: Watched(users: [])].users.insert(instance) }
            return (Array(new), Self.leave(instance, except: keys, &watched))
        }
        for handle in dropped { handle.stop() }
        for key in new {
            let sink = SecretSink(key: key, inspector: inspector) { [weak self] in self?.update(key, $0) }
            let handle = reflectors.add(
                Reflector(client, .secrets, .named(key), into: sink, budget: budget, logger: logger))
            let isWanted = watched.withLock { watched in
                watched[key]?.watch = handle
                return watched[key] != nil
            }
            if !isWanted { handle.stop() }
        }
        return watched.withLock { watched in
            Dictionary(uniqueKeysWithValues: keys.map { ($0.name, watched[$0]?.state ?? .unknown) })
        }
    }

    /// The instance is gone: what it alone named is watched no longer.
    package func forget(_ instance: ObjectKey) {
        for handle in watched.withLock({ Self.leave(instance, except: [], &$0) }) { handle.stop() }
    }

    /// How long until every one of the Secrets has been quiet for `pause`; nil where they are. Several keys are often
    /// changed one after the other, and their readers should restart once.
    package func settling(_ names: Set<String>, in namespace: String, pause: Duration) -> Duration? {
        let now = ContinuousClock.now
        let changes = watched.withLock { watched in
            names.compactMap { watched[ObjectKey(namespace: namespace, name: $0)]?.changed }
        }
        guard let last = changes.max(), now - last < pause else { return nil }
        return last + pause - now
    }

    package var names: Set<ObjectKey> { Set(watched.withLock { $0.keys }) }

    private static func leave(
        _ instance: ObjectKey, except keys: Set<ObjectKey>, _ watched: inout [ObjectKey: Watched]
    ) -> [ReflectorGroup.Handle] {
        var handles: [ReflectorGroup.Handle] = []
        for (key, entry) in watched where !keys.contains(key) && entry.users.contains(instance) {
            watched[key]?.users.remove(instance)
            guard watched[key]?.users.isEmpty == true else { continue }
            if let handle = watched.removeValue(forKey: key)?.watch { handles.append(handle) }
        }
        return handles
    }

    private func update(_ key: ObjectKey, _ state: SecretState) {
        let users = watched.withLock { watched -> Set<ObjectKey> in
            guard let known = watched[key], known.state != state else { return [] }
            if case .present = known.state { watched[key]?.changed = .now }
            watched[key]?.state = state
            return known.users
        }
        for user in users { queue.add(user) }
    }
}

private final class SecretSink: ObjectSink {
    private let key: ObjectKey
    private let inspector: SecretInspector
    private let update: @Sendable (SecretState) -> Void

    init(key: ObjectKey, inspector: SecretInspector, update: @escaping @Sendable (SecretState) -> Void) {
        self.key = key
        self.inspector = inspector
        self.update = update
    }

    func replace(_ objects: [ObjectKey: KeptObject], at resourceVersion: String?) {
        if let secret = objects.values.first?.value { update(inspector.inspect(secret)) } else { update(.missing) }
    }
    func upsert(_ object: JSONValue) { if object.key == key { update(inspector.inspect(object)) } }
    func remove(_ object: JSONValue) { if object.key == key { update(.missing) } }
    func interrupted(_ error: KubeError?) { if error?.code == .forbidden { update(.forbidden) } }
}
