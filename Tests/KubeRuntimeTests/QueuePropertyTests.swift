import KubeModel
import KubeRuntime
import TestSupport
import Testing

/// The queue against a model that keeps everything in plain lists. E10, B01–B03, B07, B09.
@Suite struct QueuePropertyTests {
    private struct Model {
        struct Item {
            var due: ContinuousClock.Instant
            var priority: WorkQueueState.Priority
        }
        var waiting: [ObjectKey: Item] = [:]
        var active: Set<ObjectKey> = []

        mutating func add(_ key: ObjectKey, _ due: ContinuousClock.Instant, _ priority: WorkQueueState.Priority) {
            let old = waiting[key]
            waiting[key] = Item(due: min(old?.due ?? due, due), priority: max(old?.priority ?? priority, priority))
        }

        func rank(_ item: Item) -> ContinuousClock.Instant {
            item.priority == .low ? item.due + WorkQueueState.ageing : item.due
        }

        mutating func next(_ now: ContinuousClock.Instant) -> ObjectKey? {
            let due = waiting.filter { !active.contains($0.key) && $0.value.due <= now }
            guard let first = due.min(by: { (rank($0.value), $0.key) < (rank($1.value), $1.key) }) else { return nil }
            waiting[first.key] = nil
            active.insert(first.key)
            return first.key
        }

        var soonest: ContinuousClock.Instant? {
            waiting.filter { !active.contains($0.key) }.map(\.value.due).min()
        }
    }

    /// Fails when `next` stops at the first of the order, when `done` forgets what was added meanwhile, or when the
    /// sooner of two times does not win.
    @Test func theQueueDoesWhatTheModelDoes() {
        Fuzz("queue", iterations: 300).values({ $0 }, shown: { _ in "" }) { seed in
            var random = seed
            var (queue, model) = (WorkQueueState(), Model())
            var now = ContinuousClock.now
            for step in 0..<300 {
                let key = ObjectKey(namespace: "n", name: "k\(random.below(12))")
                switch random.below(5) {
                case 0, 1:
                    let due = now + .milliseconds(random.pick([0, 0, 10, 3000, 6000, 20_000]))
                    let priority = random.pick(WorkQueueState.Priority.allCases)
                    queue.add(key, at: due, priority: priority, now: now)
                    model.add(key, due, priority)
                case 2:
                    if let done = model.active.sorted().first {
                        queue.done(done)
                        model.active.remove(done)
                    }
                case 3: now += .milliseconds(random.below(4000))
                default:
                    let isDue = queue.isDue(now)
                    let (next, soonest, wanted) = (queue.next(now: now), model.soonest, model.next(now))
                    try must(isDue == (wanted != nil), "step \(step): isDue is \(isDue)")
                    switch next {
                    case .key(let key, let waited):
                        try must(key == wanted, "step \(step): \(key), not \(wanted.map { "\($0)" } ?? "nothing")")
                        try must(waited >= .zero, "step \(step): waited \(waited)")
                    case .wait(let until): try must(wanted == nil && until == soonest, "step \(step): sleeps past")
                    case .empty: try must(wanted == nil && soonest == nil, "step \(step): nothing, yet something waits")
                    }
                }
                try must(queue.count == model.waiting.count, "step \(step): \(queue.count) waiting")
            }
        }
    }

    /// B09, B10. Fails when a low key always comes after normal ones.
    @Test func aBacklogIsOvertakenYetNotStarved() {
        var queue = WorkQueueState()
        var now = ContinuousClock.now
        let (old, hot) = (ObjectKey(namespace: "n", name: "old"), ObjectKey(namespace: "n", name: "hot"))
        queue.add(old, at: now, priority: .low, now: now)
        var turns = 0
        while true {
            queue.add(hot, at: now, now: now)
            guard case .key(let key, _) = queue.next(now: now) else { return #expect(Bool(false), "nothing is due") }
            queue.done(key)
            if key == old { break }
            turns += 1
            now += .milliseconds(100)
        }
        #expect(turns > 10, "what changes goes first")
        #expect(turns <= 51, "but for five seconds at most")
    }

    /// B11. Fails when the same key is kept twice.
    @Test func aQueueIsAsLargeAsItsKeys() {
        var queue = WorkQueueState()
        let now = ContinuousClock.now
        for index in 0..<100_000 {
            queue.add(ObjectKey(namespace: "n", name: "k\(index % 100)"), at: now + .seconds(index % 7), now: now)
        }
        #expect(queue.count == 100)
    }

    /// B05, B06. Fails when `forget` keeps the count.
    @Test func pausesGrowUntilSomethingElseIsAskedFor() {
        var queue = WorkQueueState()
        let key = ObjectKey(namespace: "n", name: "k")
        let now = ContinuousClock.now
        var counts: [Int] = []
        for _ in 0..<3 { counts.append(queue.failed(key, now: now).count) }
        queue.forget(key)
        counts.append(queue.failed(key, now: now).count)
        #expect(counts == [1, 2, 3, 1])
        queue.add(key, at: now + .seconds(120), priority: .low, now: now)
        queue.add(key, at: now, now: now)
        #expect(queue.next(now: now) == .key(key, waited: .zero))
    }

    /// Fails when failures count towards the pause after a refusal: a webhook that was away for twenty seconds would keep
    /// an instance waiting for another ninety.
    @Test func theFirstRefusalWaitsAsTheFirst() {
        var queue = WorkQueueState()
        let key = ObjectKey(namespace: "n", name: "k")
        let now = ContinuousClock.now
        for _ in 0..<7 { _ = queue.failed(key, now: now) }
        #expect(queue.failed(key, .refusal, now: now) == (1, .zero))
        #expect(queue.failed(key, .refusal, now: now + .seconds(9)) == (2, .seconds(9)))
        #expect(queue.failed(key, now: now + .seconds(10)) == (1, .zero))
    }

    /// Seen on a real server whose role was gone for three seconds: a dozen changes in that time each brought a try, and
    /// the next was due two minutes later. Fails when tries alone lengthen the pause.
    @Test func whatFailedForSecondsIsNotLeftAloneForMinutes() {
        var queue = WorkQueueState()
        let (key, backoff, start) = (ObjectKey(namespace: "n", name: "k"), Backoff(), ContinuousClock.now)
        var pause = Duration.zero
        for tenth in 0..<30 {
            let (count, lasted) = queue.failed(key, now: start + .milliseconds(100 * tenth))
            pause = backoff.pause(failures: count - 1, lasted: lasted, random: 1)
        }
        #expect(pause <= .seconds(6))
        // Without changes it still doubles: eleven tries are enough for the longest.
        queue.forget(key)
        var (now, tries) = (start, 0)
        repeat {
            let (count, lasted) = queue.failed(key, now: now)
            pause = backoff.pause(failures: count - 1, lasted: lasted, random: 1)
            now += pause
            tries += 1
        } while pause < backoff.limit
        #expect(tries == 11)
    }

    /// A32. Fails when an empty bucket gives the pause that was asked for.
    @Test func manyRetriesTogetherWaitLonger() {
        let now = ContinuousClock.now
        var budget = RetryBudgetState(burst: 10, perSecond: 5, now: now)
        var pauses: [Duration] = []
        for _ in 0..<110 { pauses.append(budget.spend(.milliseconds(200), now: now)) }
        #expect(pauses.prefix(10).allSatisfy { $0 == .milliseconds(200) })
        #expect(pauses[109] > .seconds(19), "a hundred too many at five a second")
        let later = budget.spend(.milliseconds(200), now: now + .seconds(60))
        #expect(later == .milliseconds(200))
    }
}
