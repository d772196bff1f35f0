import KubeClient
import KubeModel

/// The queue around the state: wakes a worker when a key is added, and sleeps until the next one is due.
package final class WorkQueue: Sendable {
    private struct Shared {
        var state = WorkQueueState()
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextID: UInt64 = 0
    }

    private let shared = Locked(Shared())

    package init() {}

    package var depth: Int { shared.withLock { $0.state.count } }
    package var isIdle: Bool { shared.withLock { $0.state.isIdle } }

    package func add(_ key: ObjectKey, after delay: Duration = .zero) {
        change { $0.add(key, at: .now + delay) }
    }

    package func done(_ key: ObjectKey) { change { $0.done(key) } }

    /// The next key that is due. Throws only when cancelled.
    package func next() async throws -> ObjectKey {
        while true {
            try Task.checkCancellation()
            let (next, id) = shared.withLock { shared in
                shared.nextID += 1
                return (shared.state.next(now: .now), shared.nextID)
            }
            switch next {
            case .key(let key): return key
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

    private func change(_ body: (inout WorkQueueState) -> Void) {
        let waiters = shared.withLock { shared in
            body(&shared.state)
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
