import KubeClient
import KubeModel
import Logging

/// What one run for a key came to.
package enum ReconcileResult: Sendable, Equatable {
    /// Nothing to do until something changes.
    case done
    /// A known wait: look again then, whatever happens before.
    case after(Duration)
    /// Trying again may help; the controller backs off.
    case failed(String)
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
}

/// A queue, some workers and a reconciler.
package struct Controller: Sendable {
    package let queue: WorkQueue
    private let reconciler: any Reconciler
    private let observer: any ControllerObserver
    private let workers: Int
    private let backoff = Backoff()
    private let failures = Locked<[ObjectKey: Int]>([:])
    private let active = Locked(0)
    private let logger: Logger

    package init(
        queue: WorkQueue, reconciler: any Reconciler, observer: any ControllerObserver, workers: Int = 4, logger: Logger
    ) {
        self.queue = queue
        self.reconciler = reconciler
        self.observer = observer
        self.workers = workers
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
            let key = try await queue.next()
            defer { queue.done(key) }
            observer.workers(active: count(1))
            let started = ContinuousClock.now
            defer { observer.workers(active: count(-1)) }
            let result = try await reconciler.reconcile(key)
            let duration = ContinuousClock.now - started
            switch result {
            case .done:
                failures.withLock { $0[key] = nil }
                observer.reconciled(result: "success", duration: duration)
            case .after(let delay):
                failures.withLock { $0[key] = nil }
                queue.add(key, after: delay)
                observer.reconciled(result: "requeue_after", duration: duration)
            case .failed(let message):
                let count = failures.withLock { failures in
                    failures[key, default: 0] += 1
                    return failures[key, default: 1]
                }
                queue.add(key, after: backoff.pause(failures: count - 1, random: .random(in: 0..<1)))
                observer.reconciled(result: "error", duration: duration)
                logger.warning(
                    "reconcile failed",
                    metadata: ["object.key": "\(key)", "reconcile.attempt": "\(count)", "error": "\(message)"])
            }
        }
    }

    private func count(_ change: Int) -> Int {
        active.withLock { active in
            active += change
            return active
        }
    }
}
