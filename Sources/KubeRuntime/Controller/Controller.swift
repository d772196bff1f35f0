import KubeClient
import KubeModel
import Logging

/// What one run for a key came to.
package enum ReconcileResult: Sendable, Equatable {
    /// Nothing to do until something changes.
    case done
    /// A known wait: look again then, whatever happens before.
    case after(Duration)
    /// Trying again may help; the controller backs off, at least as long as the server asked for.
    case failed(String, retryAfter: Duration? = nil)
    /// The server refuses what is asked for. Trying again helps only once somebody has changed something we do not
    /// watch (a quota, a policy, a role), so it is done rarely.
    case refused
}

/// Brings the world for one key to where it should be. Told a name, never an event: it looks at the whole state each
/// time. Throws only `CancellationError`; every other failure is a result.
package protocol Reconciler: Sendable {
    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult
}

/// Counts what a controller does, for metrics.
package protocol ControllerObserver: Sendable {
    func reconciled(result: String, duration: Duration)
    func workers(active: Int)
    /// A key was taken up after it had waited for a worker.
    func taken(waited: Duration)
}

/// A queue, some workers and a reconciler.
package struct Controller: Sendable {
    package let queue: WorkQueue
    private let reconciler: any Reconciler
    private let observer: any ControllerObserver
    private let workers: Int
    private let deadline: Duration
    private let active = Locked(0)
    private let logger: Logger
    private static let refusals = Backoff(base: .seconds(15), limit: .seconds(120))

    /// A run that takes longer than `deadline` is cancelled and counts as failed.
    package init(
        queue: WorkQueue, reconciler: any Reconciler, observer: any ControllerObserver, workers: Int = 4,
        deadline: Duration = .seconds(120), logger: Logger
    ) {
        self.queue = queue
        self.reconciler = reconciler
        self.observer = observer
        self.workers = workers
        self.deadline = deadline
        self.logger = logger
    }

    /// Returns only when cancelled, after the workers have come to a write boundary.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<workers { group.addTask { try await work() } }
        }
    }

    private func work() async throws {
        while true {
            let (key, waited) = try await queue.next()
            defer { queue.done(key) }
            observer.taken(waited: waited)
            observer.workers(active: count(1))
            let started = ContinuousClock.now
            defer { observer.workers(active: count(-1)) }
            let result = try await bounded(key)
            observer.reconciled(result: settle(key, result), duration: ContinuousClock.now - started)
        }
    }

    /// Queues the key again as the result wants it. Returns the result's name in metrics.
    private func settle(_ key: ObjectKey, _ result: ReconcileResult?) -> String {
        switch result {
        case .done:
            queue.forget(key)
            return "success"
        case .after(let delay):
            queue.forget(key)
            queue.add(key, after: delay, priority: .low)
            return "requeue_after"
        case .refused:
            queue.retry(key, after: .refusal, backoff: Self.refusals)
            return "requeue_after"
        case .failed(let message, let wished):
            complain(key, queue.retry(key, atLeast: wished), message)
            return "error"
        case nil:
            complain(key, queue.retry(key), "not done after \(deadline)")
            return "timeout"
        }
    }

    private func complain(_ key: ObjectKey, _ attempt: Int, _ message: String) {
        logger.warning(
            "reconcile failed",
            metadata: ["object.key": "\(key)", "reconcile.attempt": "\(attempt)", "error": "\(message)"])
    }

    /// nil where the deadline ended the run.
    private func bounded(_ key: ObjectKey) async throws -> ReconcileResult? {
        try await withThrowingTaskGroup(of: ReconcileResult?.self) { group in
            group.addTask { try await reconciler.reconcile(key) }
            group.addTask {
                try await Task.sleep(for: deadline)
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            do { while try await group.next() != nil {} } catch is CancellationError {}
            try Task.checkCancellation()
            return first
        }
    }

    private func count(_ change: Int) -> Int {
        active.withLock { active in
            active += change
            return active
        }
    }
}
