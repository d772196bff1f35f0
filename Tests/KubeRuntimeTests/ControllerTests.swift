import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Testing

@Suite(.timeLimit(.minutes(1))) struct ControllerTests {
    private struct Reconciling: Reconciler {
        let body: @Sendable (ObjectKey) async throws -> ReconcileResult
        func reconcile(_ key: ObjectKey) async throws -> ReconcileResult { try await body(key) }
    }

    private final class Counts: ControllerObserver {
        let results = Locked<[String: Int]>([:])
        func reconciled(result: String, duration: Duration) { results.withLock { $0[result, default: 0] += 1 } }
        func workers(active: Int) {}
        func taken(waited: Duration) {}
        subscript(_ result: String) -> Int { results.withLock { $0[result] ?? 0 } }
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "n", name: name) }

    private func run(
        workers: Int = 2, deadline: Duration = .seconds(60),
        reconcile:
            @escaping @Sendable (ObjectKey) async throws ->
            ReconcileResult,
        _ body: @escaping @Sendable (WorkQueue, Counts) async throws -> Void
    ) async throws {
        let queue = WorkQueue(backoff: Backoff(base: .milliseconds(1), limit: .milliseconds(5)))
        let counts = Counts()
        let controller = Controller(
            queue: queue, reconciler: Reconciling(body: reconcile), observer: counts, workers: workers,
            deadline: deadline, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await controller.run() }
            group.addTask { try await body(queue, counts) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func forever() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        try Task.checkCancellation()
    }

    /// B04, B13. Fails when a run without an end keeps its worker for ever, or ends the others.
    @Test func aStuckKeyBlocksOneWorkerUntilItsDeadline() async throws {
        try await run(
            deadline: .milliseconds(200),
            reconcile: { key in
                if key.name == "stuck" { try await Self.forever() }
                return .done
            }
        ) { queue, counts in
            queue.add(key("stuck"))
            for index in 0..<50 { queue.add(key("k\(index)")) }
            while counts["success"] < 50 || counts["timeout"] < 1 { await Task.yield() }
            #expect(queue.figures.retries >= 1, "and it is tried again")
        }
    }

    /// B12. Fails when a failure ends a worker.
    @Test func failuresOfOneKeyAreItsOwn() async throws {
        try await run(
            workers: 1,
            reconcile: { $0.name == "bad" ? .failed("no") : .done }
        ) { queue, counts in
            queue.add(key("bad"))
            for index in 0..<20 { queue.add(key("k\(index)")) }
            while counts["success"] < 20 || counts["error"] < 5 { await Task.yield() }
        }
    }

    /// B03. Fails when a key that is added again is handed out before it is done.
    @Test func aKeyIsWorkedOnOnceAtATime() async throws {
        let working = Locked<Set<ObjectKey>>([])
        let overlaps = Locked(0)
        try await run(
            workers: 8,
            reconcile: { key in
                let isAlone = working.withLock { $0.insert(key).inserted }
                if !isAlone { overlaps.withLock { $0 += 1 } }
                await Task.yield()
                working.withLock { _ = $0.remove(key) }
                return .done
            }
        ) { queue, counts in
            for index in 0..<2000 { queue.add(key("k\(index % 3)")) }
            while !queue.isIdle { await Task.yield() }
            #expect(overlaps.withLock { $0 } == 0)
            #expect(counts["success"] >= 3)
        }
    }

    /// B08. Fails when a refusal is tried again like a failure.
    @Test func aRefusalIsNotTriedAgainSoon() async throws {
        try await run(reconcile: { _ in .refused }) { queue, counts in
            queue.add(key("a"))
            while counts["requeue_after"] < 1 { await Task.yield() }
            for index in 0..<50 { queue.add(key("other\(index)")) }
            while counts["requeue_after"] < 51 { await Task.yield() }
            #expect(!queue.isIdle, "it waits")
            // Not before the time limit where a refusal is tried again at once.
            await queue.quieted()
            // A change cuts the pause.
            queue.forget(key("a"))
            queue.add(key("a"))
            while counts["requeue_after"] < 52 { await Task.yield() }
        }
    }
}
