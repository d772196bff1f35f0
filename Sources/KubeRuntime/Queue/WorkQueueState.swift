import KubeModel

/// Keys that wait to be worked on. Promises: a key is never handed out twice at once; a key added while it is worked on
/// runs once more; of several times for one key the earliest counts, and of several priorities the higher; among keys
/// that are due the longest waiting comes first, and a low one counts as if it had come `ageing` later, so that what
/// just changed goes before a backlog, yet the backlog is never starved.
package struct WorkQueueState: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Priority: Int, Sendable, Comparable, CaseIterable {
        /// The first list, periodic looks.
        case low
        /// Something changed.
        case normal
        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    private struct Entry: Sendable, Comparable {
        var rank: Instant
        var key: ObjectKey
        static func < (a: Entry, b: Entry) -> Bool { (a.rank, a.key) < (b.rank, b.key) }
    }

    private struct Waiting: Sendable {
        var due: Instant
        var priority: Priority
        var added: Instant
        /// Place in the order: when it is due, later for a low one.
        var rank: Instant { priority == .low ? due + WorkQueueState.ageing : due }
    }

    /// How long a low key may be overtaken.
    package static let ageing = Duration.seconds(5)

    private var waiting: [ObjectKey: Waiting] = [:]
    /// The keys of `waiting` that are not being worked on, by rank.
    private var order: [Entry] = []
    private var active: [ObjectKey: Instant] = [:]
    private var setbacks: [ObjectKey: (kind: Setback, count: Int, since: Instant)] = [:]

    package init() {}

    package var count: Int { waiting.count }
    package var isIdle: Bool { waiting.isEmpty && active.isEmpty }
    /// Keys that are due: one that is to be looked at in an hour waits for its time, not for a worker.
    package func count(_ priority: Priority, dueBy now: Instant) -> Int {
        waiting.values.count { $0.priority == priority && $0.due <= now }
    }
    /// When the next key is due; nil where none waits.
    package var soonest: Instant? { waiting.values.map(\.due).min() }

    /// When the keys that are being worked on were handed out.
    package var startedAt: [Instant] { Array(active.values) }

    /// True where the key was not waiting already.
    @discardableResult
    package mutating func add(_ key: ObjectKey, at time: Instant, priority: Priority = .normal, now: Instant) -> Bool {
        let old = waiting[key]
        let new = Waiting(
            due: min(old?.due ?? time, time), priority: max(old?.priority ?? priority, priority),
            added: old?.added ?? now)
        waiting[key] = new
        guard active[key] == nil else { return old == nil }
        if let old { remove(Entry(rank: old.rank, key: key)) }
        insert(Entry(rank: new.rank, key: key))
        return old == nil
    }

    package enum Next: Equatable, Sendable {
        /// `waited` since it was added, beyond the time it was to wait anyway.
        case key(ObjectKey, waited: Duration)
        case wait(until: Instant)
        case empty
    }

    /// Takes the next key that is due and not being worked on.
    package mutating func next(now: Instant) -> Next {
        switch look(now) {
        case .due(let index):
            let key = order.remove(at: index).key
            let item = waiting.removeValue(forKey: key)
            active[key] = now
            return .key(key, waited: now - max(item?.due ?? now, item?.added ?? now))
        case .later(let soonest): return .wait(until: soonest)
        case .nothing: return .empty
        }
    }

    /// When `next` would hand out a key: `now` where it would at once, nil where nothing waits for a worker.
    package func nextDue(_ now: Instant) -> Instant? {
        switch look(now) {
        case .due: now
        case .later(let soonest): soonest
        case .nothing: nil
        }
    }

    /// True where `next` would hand out a key.
    package func isDue(_ now: Instant) -> Bool { nextDue(now).map { $0 <= now } ?? false }

    private enum Look {
        case due(index: Int)
        case later(Instant)
        case nothing
    }

    private func look(_ now: Instant) -> Look {
        // The first in rank may be a normal one that is not due yet, while a low one behind it is.
        var soonest: Instant?
        for (index, entry) in order.enumerated() {
            guard let item = waiting[entry.key] else { continue }
            if item.due <= now { return .due(index: index) }
            let earliest = min(soonest ?? item.due, item.due)
            soonest = earliest
            // Everything behind is due later still.
            if entry.rank > earliest + Self.ageing { break }
        }
        return soonest.map(Look.later) ?? .nothing
    }

    package mutating func done(_ key: ObjectKey) {
        active[key] = nil
        if let item = waiting[key] { insert(Entry(rank: item.rank, key: key)) }
    }

    // MARK: Failures

    /// Why a key is tried again.
    package enum Setback: Sendable { case failure, refusal }

    /// How often in a row the key met with this kind of setback, this time included, and for how long it has: a server
    /// that said for ten seconds that it cannot, and then that it will not, has refused once.
    package mutating func failed(
        _ key: ObjectKey, _ kind: Setback = .failure, now: Instant
    ) -> (count: Int, lasted: Duration) {
        let known = setbacks[key].flatMap { $0.kind == kind ? $0 : nil }
        let (count, since) = ((known?.count ?? 0) + 1, known?.since ?? now)
        setbacks[key] = (kind, count, since)
        return (count, now - since)
    }

    /// It worked, or what failed is no longer what is asked for.
    package mutating func forget(_ key: ObjectKey) { setbacks[key] = nil }

    // MARK: The order

    private func place(of entry: Entry) -> Int {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func insert(_ entry: Entry) { order.insert(entry, at: place(of: entry)) }

    private mutating func remove(_ entry: Entry) {
        let place = place(of: entry)
        if place < order.count, order[place] == entry { order.remove(at: place) }
    }
}
