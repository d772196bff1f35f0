import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Preflight

/// Watches exactly the Secrets that specs name, by name, and keeps facts of them: no value outlives the call it came in
/// with.
package final class SecretWatch: Sendable {
    private let states = Locked<[ObjectKey: SecretState]>([:])
    private let users = Locked<[ObjectKey: Set<ObjectKey>]>([:])
    private let client: KubeClient
    private let inspector: SecretInspector
    private let reflectors: ReflectorGroup
    private let queue: WorkQueue
    private let logger: Logger

    package init(
        client: KubeClient, inspector: SecretInspector, reflectors: ReflectorGroup, queue: WorkQueue, logger: Logger
    ) {
        self.client = client
        self.inspector = inspector
        self.reflectors = reflectors
        self.queue = queue
        self.logger = logger
    }

    /// What is known of Secrets an instance names. The first call for a name starts its watch; the instance is queued
    /// again when something is known.
    package func states(_ names: Set<String>, for instance: ObjectKey) -> [String: SecretState] {
        var result: [String: SecretState] = [:]
        for name in names {
            let key = ObjectKey(namespace: instance.namespace, name: name)
            let isNew = users.withLock { users in
                defer { users[key, default: []].insert(instance) }
                return users[key] == nil
            }
            if isNew {
                let sink = SecretSink(key: key, inspector: inspector) { [weak self] in self?.update(key, $0) }
                reflectors.add(Reflector(client, .secrets, .named(key), into: sink, logger: logger))
            }
            result[name] = states.withLock { $0[key] } ?? .unknown
        }
        return result
    }

    private func update(_ key: ObjectKey, _ state: SecretState) {
        let isNews = states.withLock { states in
            defer { states[key] = state }
            return states[key] != state
        }
        guard isNews else { return }
        for user in users.withLock({ $0[key] ?? [] }) { queue.add(user) }
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

    func replace(_ objects: [JSONValue]) {
        if let secret = objects.first { update(inspector.inspect(secret)) } else { update(.missing) }
    }
    func upsert(_ object: JSONValue) { if object.key == key { update(inspector.inspect(object)) } }
    func remove(_ object: JSONValue) { if object.key == key { update(.missing) } }
    func interrupted(_ error: KubeError?) { if error?.code == .forbidden { update(.forbidden) } }
}
