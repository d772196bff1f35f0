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
        queue.add(a, at: start)
        #expect(queue.next(now: start) == .key(a))
        queue.add(a, at: start)
        #expect(queue.next(now: start) == .empty)
        queue.done(a)
        #expect(queue.next(now: start) == .key(a))
    }

    @Test func theEarliestTimeCounts() {
        var queue = WorkQueueState()
        queue.add(a, at: start + .seconds(60))
        queue.add(a, at: start + .seconds(5))
        queue.add(a, at: start + .seconds(30))
        #expect(queue.next(now: start) == .wait(until: start + .seconds(5)))
        #expect(queue.next(now: start + .seconds(5)) == .key(a))
    }

    @Test func theLongestWaitingComesFirst() {
        var queue = WorkQueueState()
        queue.add(b, at: start)
        queue.add(a, at: start + .seconds(1))
        #expect(queue.next(now: start + .seconds(2)) == .key(b))
        #expect(queue.next(now: start + .seconds(2)) == .key(a))
    }

    @Test func waitersWakeForAKeyAddedLater() async throws {
        let queue = WorkQueue()
        async let next = queue.next()
        queue.add(a)
        #expect(try await next == a)
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
}
