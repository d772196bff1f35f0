import KubeClient
import KubeModel

/// The queue around the state: wakes a worker when a key is added, and sleeps until the next one is due.
package final class WorkQueue: Sendable {
    package typealias Priority = WorkQueueState.Priority

    private struct Shared {
        var state = WorkQueueState()
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
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

    /// Queues a key that failed, after a pause that grows with each failure in a row and is at least what the server
    /// asked for. A change queues it at once all the same. Returns how often it failed.
    @discardableResult
    package func retry(_ key: ObjectKey, atLeast wished: Duration? = nil, backoff: Backoff? = nil) -> Int {
        let random = Double.random(in: 0..<1)
        let failures = shared.withLock { shared in
            shared.figures.retries += 1
            return shared.state.failed(key)
        }
        let pause = (backoff ?? self.backoff).pause(failures: failures - 1, random: random)
        let asked = (wished ?? .zero) + (wished ?? .zero) * random / 4
        add(key, after: budget.spend(max(pause, asked)), priority: .low)
        return failures
    }

    package func done(_ key: ObjectKey) { change { $0.state.done(key) } }

    /// The next key that is due, and how long it waited for a worker. Throws only when cancelled.
    package func next() async throws -> (key: ObjectKey, waited: Duration) {
        while true {
            try Task.checkCancellation()
            let (next, id) = shared.withLock { shared in
                shared.nextID += 1
                return (shared.state.next(now: .now), shared.nextID)
            }
            switch next {
            case .key(let key, let waited): return (key, waited)
            case .empty: await changed(id)
            case .wait(let until):
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.changed(id) }
                    group.addTask { try? await Task.sleep(until: until, clock: .continuous) }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    private func change(_ body: (inout Shared) -> Void) {
        let waiters = shared.withLock { shared in
            body(&shared)
            defer { shared.waiters = [:] }
            return shared.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns at the next change, or when cancelled. A change between the look and the wait is not missed: the state is
    /// looked at again under the lock.
    private func changed(_ id: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isReady = shared.withLock { shared in
                    if Task.isCancelled || shared.state.isDue(.now) { return true }
                    shared.waiters[id] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            shared.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
