import KubeClient

/// Wakes one waiter: when it is rung, or when a time comes. A ring nobody waits for is kept for the next wait; several
/// are one. (An `AsyncStream` cannot do this: cancelling one wait for it ends it for good.)
final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    func ring() { wake(isRung: true) }

    /// Returns when the bell was or is rung, at `until`, or when cancelled.
    func wait(until: ContinuousClock.Instant?) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.rung() }
            if let until { group.addTask { try? await Task.sleep(until: until, clock: .continuous) } }
            await group.next()
            group.cancelAll()
        }
    }

    private func rung() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isRung || Task.isCancelled {
                        state.isRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake(isRung: false)
        }
    }

    private func wake(isRung: Bool) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if isRung, state.waiter == nil { state.isRung = true }
            return state.waiter
        }
        waiter?.resume()
    }
}
