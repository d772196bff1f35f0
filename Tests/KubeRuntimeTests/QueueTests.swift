import KubeClient
import KubeModel
import KubeRuntime
import Testing

@Suite struct QueueTests {
    private let a = ObjectKey(namespace: "n", name: "a")
    private let b = ObjectKey(namespace: "n", name: "b")
    private let start = ContinuousClock.now

    @Test func aKeyIsNeverOutTwice() {
        var queue = WorkQueueState()
        queue.add(a, at: start, now: start)
        #expect(queue.next(now: start) == .key(a, waited: .zero))
        queue.add(a, at: start, now: start)
        #expect(queue.next(now: start) == .empty)
        queue.done(a)
        #expect(queue.next(now: start) == .key(a, waited: .zero))
    }

    @Test func theEarliestTimeCounts() {
        var queue = WorkQueueState()
        queue.add(a, at: start + .seconds(60), now: start)
        queue.add(a, at: start + .seconds(5), now: start)
        queue.add(a, at: start + .seconds(30), now: start)
        #expect(queue.next(now: start) == .wait(until: start + .seconds(5)))
        #expect(queue.next(now: start + .seconds(5)) == .key(a, waited: .zero))
    }

    @Test func theLongestWaitingComesFirst() {
        var queue = WorkQueueState()
        queue.add(b, at: start, now: start)
        queue.add(a, at: start + .seconds(1), now: start)
        #expect(queue.next(now: start + .seconds(2)) == .key(b, waited: .seconds(2)))
        #expect(queue.next(now: start + .seconds(2)) == .key(a, waited: .seconds(1)))
    }

    @Test func waitersWakeForAKeyAddedLater() async throws {
        let queue = WorkQueue()
        async let next = queue.next()
        queue.add(a)
        #expect(try await next.key == a)
    }

    /// Workers are woken one at a time, so whoever leaves with a key sees to the next. Hangs when it does not.
    @Test func keysThatAreDueTogetherFindAWorkerEach() async throws {
        let queue = WorkQueue()
        for key in [a, b] { queue.add(key, after: .milliseconds(100)) }
        let taken = try await withThrowingTaskGroup(of: ObjectKey.self) { group in
            // None is given back: nothing else happens to the queue.
            group.addTask { try await queue.next().key }
            // The second finds the watch kept by the first.
            while queue.idleWorkers < 1, queue.figures.running.isEmpty { await Task.yield() }
            group.addTask { try await queue.next().key }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(taken == [a, b])
    }

    /// Hangs when a sooner key does not wake the one that sleeps until a later.
    @Test func aSoonerKeyIsNotSleptOver() async throws {
        let queue = WorkQueue()
        queue.add(a, after: .seconds(3600))
        async let next = queue.next()
        while queue.idleWorkers < 1 { await Task.yield() }
        queue.add(b, after: .milliseconds(10))
        #expect(try await next.key == b)
    }

    /// Hangs when the one that sleeps until the next key is due goes, and nobody takes its place.
    @Test func whoGoesLeavesTheWatchToAnother() async throws {
        let queue = WorkQueue()
        queue.add(a, after: .seconds(3600))
        await withTaskGroup(of: Void.self) { group in
            await withTaskGroup(of: Void.self) { first in
                first.addTask { _ = try? await queue.next() }
                while !queue.isWatched { await Task.yield() }
                group.addTask { _ = try? await queue.next() }
                while queue.idleWorkers < 2 { await Task.yield() }
                first.cancelAll()
            }
            while !queue.isWatched { await Task.yield() }
            group.cancelAll()
        }
    }

    @Test func cancellationEndsTheWait() async {
        let queue = WorkQueue()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await queue.next()) == nil }
            group.cancelAll()
            for await ended in group { #expect(ended) }
        }
    }

    @Test func pausesDoubleUpToTheLimit() {
        let backoff = Backoff(base: .milliseconds(100), limit: .seconds(1))
        #expect(backoff.pause(failures: 0, random: 1) == .milliseconds(100))
        #expect(backoff.pause(failures: 2, random: 1) == .milliseconds(400))
        #expect(backoff.pause(failures: 60, random: 1) == .seconds(1))
        #expect(backoff.pause(failures: 60, random: 0) == .milliseconds(500))
    }

    /// Fails when a key that waits for its time counts as waiting for a worker: an instance that is looked at each hour
    /// would look like a backlog for ever.
    @Test func whatWaitsForItsTimeIsNoBacklog() {
        let queue = WorkQueue()
        let key = ObjectKey(namespace: "a", name: "b")
        queue.add(key, after: .seconds(3600))
        #expect(queue.figures.depth.values.allSatisfy { $0 == 0 })
        #expect((queue.figures.nextDue ?? .zero) > .seconds(3000))
        queue.add(key)
        #expect(queue.figures.depth[.normal] == 1)
        #expect(queue.figures.nextDue == .zero)
    }
}
