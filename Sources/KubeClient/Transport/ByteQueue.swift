/// Chunks between the transport's thread and one reader, bounded: a slow reader pauses the transfer instead of
/// filling memory.
final class ByteQueue: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var count = 0
        var isPaused = false
        var end: Result<Void, TransportError>?
        var waiter: CheckedContinuation<[UInt8]?, any Error>?
        var isCancelled = false
    }

    private static let highWater = 64 * 1024
    private let state = Locked(State())
    private let resume: @Sendable () -> Void
    private let cancelTransfer: @Sendable () -> Void

    init(resume: @escaping @Sendable () -> Void, cancel: @escaping @Sendable () -> Void) {
        self.resume = resume
        cancelTransfer = cancel
    }

    /// False when the queue is full: the transfer must offer the same bytes again after `resume`.
    func push(_ bytes: [UInt8]) -> Bool {
        let outcome = state.withLock { state -> (accepted: Bool, waiter: CheckedContinuation<[UInt8]?, any Error>?) in
            if let waiter = state.waiter {
                state.waiter = nil
                return (true, waiter)
            }
            guard state.count < Self.highWater else {
                state.isPaused = true
                return (false, nil)
            }
            state.chunks.append(bytes)
            state.count += bytes.count
            return (true, nil)
        }
        outcome.waiter?.resume(returning: bytes)
        return outcome.accepted
    }

    func finish(_ result: Result<Void, TransportError>) {
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = result
            defer { state.waiter = nil }
            return state.waiter
        }
        switch result {
        case .success: waiter?.resume(returning: nil)
        case .failure(let error): waiter?.resume(throwing: error)
        }
    }

    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let step = state.withLock { state -> (result: Result<[UInt8]?, any Error>?, resumes: Bool) in
                    if state.isCancelled { return (.failure(CancellationError()), false) }
                    if !state.chunks.isEmpty {
                        let chunk = state.chunks.removeFirst()
                        state.count -= chunk.count
                        let resumes = state.isPaused && state.count < Self.highWater / 2
                        if resumes { state.isPaused = false }
                        return (.success(chunk), resumes)
                    }
                    switch state.end {
                    case .success: return (.success(nil), false)
                    case .failure(let error): return (.failure(error), false)
                    case nil:
                        state.waiter = continuation
                        let resumes = state.isPaused
                        state.isPaused = false
                        return (nil, resumes)
                    }
                }
                if step.resumes { resume() }
                if let result = step.result { continuation.resume(with: result) }
            }
        } onCancel: {
            cancel()
        }
    }

    func cancel() {
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            state.isCancelled = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(throwing: CancellationError())
        cancelTransfer()
    }
}
