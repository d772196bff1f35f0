import KubeClient
import KubeModel

/// The queue around the state. Of the workers that wait one sleeps until the next key is due, and the others until they
/// are woken: a key costs one worker's waking, however many there are.
package final class WorkQueue: Sendable {
    package typealias Priority = WorkQueueState.Priority

    fileprivate struct Waiter {
        var continuation: CheckedContinuation<Void, Never>
        /// When it wakes by itself.
        var until: ContinuousClock.Instant?
    }

    fileprivate struct Shared {
        var state = WorkQueueState()
        var waiters: [UInt64: Waiter] = [:]
        var nextID: UInt64 = 0
        var figures = Figures()
    }

    /// What dashboards ask of a queue.
    package struct Figures: Sendable, Equatable {
        package var adds = 0
        package var retries = 0
        /// Keys that are due and wait for a worker.
        package var depth: [Priority: Int] = [:]
        /// Until the next key is due; nil where none waits.
        package var nextDue: Duration?
        /// How long each key that is being worked on has been.
        package var running: [Duration] = []
    }

    private let shared = Locked(Shared())
    private let backoff: Backoff
    private let budget: RetryBudget

    package init(backoff: Backoff = Backoff(), budget: RetryBudget = RetryBudget()) {
        self.backoff = backoff
        self.budget = budget
    }

    package var isIdle: Bool { shared.withLock { $0.state.isIdle } }
    /// Nothing is worked on and nothing is due within a moment; something may wait for its time.
    package var isQuiet: Bool { isQuiet(for: .milliseconds(150)) }

    package func isQuiet(for time: Duration) -> Bool {
        shared.withLock { $0.state.startedAt.isEmpty && !$0.state.isDue(.now + time) }
    }

    /// One of the workers that wait sleeps until the next key is due.
    package var isWatched: Bool { shared.withLock { $0.watched != nil } }
    /// Workers that wait for a key.
    package var idleWorkers: Int { shared.withLock { $0.waiters.count } }

    /// Returns once the queue is quiet, looking a hundred times a second.
    package func quieted(for time: Duration = .milliseconds(150)) async {
        while !isQuiet(for: time), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(10)) }
    }

    package var figures: Figures {
        shared.withLock { shared in
            var figures = shared.figures
            let now = ContinuousClock.now
            for priority in Priority.allCases { figures.depth[priority] = shared.state.count(priority, dueBy: now) }
            figures.nextDue = shared.state.soonest.map { max($0 - now, .zero) }
            figures.running = shared.state.startedAt.map { now - $0 }
            return figures
        }
    }

    package func add(_ key: ObjectKey, after delay: Duration = .zero, priority: Priority = .normal) {
        change { shared in
            let now = ContinuousClock.now
            if shared.state.add(key, at: now + delay, priority: priority, now: now) { shared.figures.adds += 1 }
        }
    }

    /// What the key failed at is no longer what is asked for: its pauses begin small again.
    package func forget(_ key: ObjectKey) { shared.withLock { $0.state.forget(key) } }

    /// Queues a key that failed, after a pause that grows with each such setback in a row and is at least what the server
    /// asked for. A change queues it at once all the same. Returns how often it failed.
    @discardableResult
    package func retry(
        _ key: ObjectKey, after setback: WorkQueueState.Setback = .failure, atLeast wished: Duration? = nil,
        backoff: Backoff? = nil
    ) -> Int {
        let random = Double.random(in: 0..<1)
        let (failures, lasted) = shared.withLock { shared in
            shared.figures.retries += 1
            return shared.state.failed(key, setback, now: .now)
        }
        let pause = (backoff ?? self.backoff).pause(failures: failures - 1, lasted: lasted, random: random)
        let asked = (wished ?? .zero) + (wished ?? .zero) * random / 4
        add(key, after: budget.spend(max(pause, asked)), priority: .low)
        return failures
    }

    package func done(_ key: ObjectKey) { change { $0.state.done(key) } }

    /// The next key that is due, and how long it waited for a worker. Throws only when cancelled.
    package func next() async throws -> (key: ObjectKey, waited: Duration) {
        while true {
            // Who is cancelled may have been woken for a key that another must take then.
            if Task.isCancelled { change { _ in } }
            try Task.checkCancellation()
            let (next, watched, id, woken) = shared.withLock { shared in
                shared.nextID += 1
                let next = shared.state.next(now: .now)
                // Who leaves with a key leaves the watch for the others' to somebody else.
                var woken: CheckedContinuation<Void, Never>?
                if case .key = next { woken = shared.wake(now: .now) }
                return (next, shared.watched, shared.nextID, woken)
            }
            woken?.resume()
            switch next {
            case .key(let key, let waited): return (key, waited)
            case .empty: await changed(id, until: nil)
            case .wait(let until):
                if let watched, watched <= until {
                    await changed(id, until: nil)
                } else {
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { await self.changed(id, until: until) }
                        group.addTask { try? await Task.sleep(until: until, clock: .continuous) }
                        await group.next()
                        group.cancelAll()
                    }
                }
            }
        }
    }

    private func change(_ body: (inout Shared) -> Void) {
        let woken = shared.withLock { shared in
            body(&shared)
            return shared.wake(now: .now)
        }
        woken?.resume()
    }

    /// Returns when woken, or when cancelled. What changed between the look and the wait is not missed: the state is
    /// looked at again under the lock.
    private func changed(_ id: UInt64, until: ContinuousClock.Instant?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isReady = shared.withLock { shared in
                    let now = ContinuousClock.now
                    if let due = shared.state.nextDue(now) {
                        let rings = [shared.watched, until].compactMap(\.self).min()
                        if due <= now || rings.map({ due < $0 }) ?? true { return true }
                    }
                    if Task.isCancelled { return true }
                    shared.waiters[id] = Waiter(continuation: continuation, until: until)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            shared.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}

extension WorkQueue.Shared {
    /// When the first waiter wakes by itself.
    fileprivate var watched: ContinuousClock.Instant? { waiters.values.compactMap(\.until).min() }

    /// Who has to be woken, if anybody: for a key that is due, or for one that is due before any waiter wakes by itself.
    /// Whoever is woken and leaves with a key asks again.
    fileprivate mutating func wake(now: ContinuousClock.Instant) -> CheckedContinuation<Void, Never>? {
        guard !waiters.isEmpty, let due = state.nextDue(now) else { return nil }
        let watched = watched
        if due > now, let watched, watched <= due { return nil }
        // The one on watch sleeps anew until an earlier time; a key that is due leaves it on watch.
        let choice = waiters.min { a, b in
            let spared = (due <= now && a.value.until != nil, due <= now && b.value.until != nil)
            return spared.0 == spared.1 ? a.key < b.key : spared.1
        }?.key
        return choice.flatMap { waiters.removeValue(forKey: $0) }?.continuation
    }
}
