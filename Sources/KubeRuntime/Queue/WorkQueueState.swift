import KubeModel

/// Keys that wait to be worked on. Promises: a key is never handed out twice at once; a key added while it is worked on
/// runs once more; of several times for one key the earliest counts; among keys that are due the longest waiting
/// comes first.
package struct WorkQueueState: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private var due: [ObjectKey: Instant] = [:]
    private var active: Set<ObjectKey> = []

    package init() {}

    package var count: Int { due.count }
    package var isIdle: Bool { due.isEmpty && active.isEmpty }

    package mutating func add(_ key: ObjectKey, at time: Instant) {
        due[key] = min(due[key] ?? time, time)
    }

    package enum Next: Equatable, Sendable {
        case key(ObjectKey)
        case wait(until: Instant)
        case empty
    }

    /// Takes the next key that is due and not being worked on.
    package mutating func next(now: Instant) -> Next {
        let free = due.filter { !active.contains($0.key) }
        guard let first = free.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return .empty }
        guard first.value <= now else { return .wait(until: first.value) }
        due[first.key] = nil
        active.insert(first.key)
        return .key(first.key)
    }

    /// True where `next` would hand out a key.
    package func isDue(_ now: Instant) -> Bool { due.contains { $0.value <= now && !active.contains($0.key) } }

    package mutating func done(_ key: ObjectKey) { active.remove(key) }
}
