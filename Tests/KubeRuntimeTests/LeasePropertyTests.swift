import KubeModel
import KubeRuntime
import TestSupport
import Testing

@Suite struct LeasePropertyTests {
    /// E13. Three candidates with clocks that run apart, requests and answers that are lost or late, processes that are
    /// stopped and go on. Fails when `mayWrite` forgets the deadline, when a renewal counts from its answer, or when
    /// expiry is taken from the record's times.
    @Test func neverTwoMayWrite() {
        Fuzz("lease", iterations: 150).values({ $0 }, shown: { _ in "" }) { seed in
            var random = seed
            var world = ElectionWorld(candidates: 3, random: &random)
            for _ in 0..<4000 {
                world.tick(&random, isFaulty: true)
                try must(world.writers <= 1, "two write at \(world.time)")
            }
            // Faults over: somebody leads within the longest duration, a retry and the time a request takes.
            for _ in 0..<2500 { world.tick(&random, isFaulty: false) }
            try must(world.writers == 1, "nobody leads at \(world.time)")
        }
    }
}

/// An election in virtual time; one tick is 10 ms of true time.
private struct ElectionWorld {
    struct Candidate {
        var name: String
        var election: LeaseElection
        /// Nanoseconds its clock makes of one true tick.
        var rate: Int
        var clock: ContinuousClock.Instant
        var pausedUntil = 0
        var request: (deliverAt: Int, answerAt: Int, sentAt: ContinuousClock.Instant, expects: LeaseRecord?)?
        var answer: (at: Int, record: LeaseRecord?, sentAt: ContinuousClock.Instant)?
    }

    private(set) var time = 0
    private var version = 0
    private var lease: LeaseRecord?
    private var previous: LeaseRecord?
    private var candidates: [Candidate] = []
    private var births = 0

    init(candidates count: Int, random: inout SplitMix64) {
        for _ in 0..<count { candidates.append(newcomer(&random)) }
    }

    private mutating func newcomer(_ random: inout SplitMix64) -> Candidate {
        births += 1
        // Clocks of the same second differ by up to one part in a hundred, and start anywhere.
        return Candidate(
            name: "c\(births)", election: LeaseElection(identity: "c\(births)", times: .standard),
            rate: 10_000_000 + random.below(200_001) - 100_000, clock: .now + .seconds(random.below(100_000)))
    }

    var writers: Int { candidates.count { $0.pausedUntil <= time && $0.election.mayWrite(now: $0.clock) } }

    mutating func tick(_ random: inout SplitMix64, isFaulty: Bool) {
        time += 1
        for index in candidates.indices {
            candidates[index].clock += .nanoseconds(candidates[index].rate)
            deliver(index)
            guard candidates[index].pausedUntil <= time else { continue }
            if isFaulty, random.once(in: 2000) { candidates[index].pausedUntil = time + random.below(3000) }
            hear(index)
            // The watch: seen late, not at all, or, while there are faults, from before.
            if random.once(in: isFaulty ? 60 : 5) {
                candidates[index].election.noticed(
                    isFaulty && random.once(in: 3) ? previous : lease, now: candidates[index].clock)
            }
            act(index, &random, isFaulty)
        }
    }

    private mutating func act(_ index: Int, _ random: inout SplitMix64, _ isFaulty: Bool) {
        let now = candidates[index].clock
        guard candidates[index].request == nil, candidates[index].answer == nil else { return }
        switch candidates[index].election.step(now: now) {
        case .stop: candidates[index] = newcomer(&random)
        case .create: send(index, nil, &random, isFaulty)
        case .write(let record): send(index, record, &random, isFaulty)
        case .wait, .look: break
        }
    }

    private mutating func send(
        _ index: Int, _ expected: LeaseRecord?, _ random: inout SplitMix64, _ isFaulty: Bool
    ) {
        let transit = 1 + random.below(isFaulty ? 150 : 3)
        candidates[index].request = (
            time + transit, time + transit + 1 + random.below(isFaulty ? 150 : 3), candidates[index].clock, expected
        )
        guard isFaulty else { return }
        if random.once(in: 6) { candidates[index].request?.deliverAt = .max }
        if random.once(in: 6) { candidates[index].request?.answerAt = .max }
    }

    /// The server: takes a write whose version is still the one it was based on.
    private mutating func deliver(_ index: Int) {
        guard let request = candidates[index].request else { return }
        if request.deliverAt == time, lease?.resourceVersion == request.expects?.resourceVersion {
            version += 1
            previous = lease
            lease = LeaseRecord(
                resourceVersion: String(version), holder: candidates[index].name, duration: .seconds(15))
            candidates[index].answer = (request.answerAt, lease, request.sentAt)
        }
        // Given up after a retry period, or answered.
        if candidates[index].answer != nil || candidates[index].clock > request.sentAt + .seconds(2) {
            if candidates[index].answer == nil { candidates[index].election.failed(now: candidates[index].clock) }
            candidates[index].request = nil
        }
    }

    private mutating func hear(_ index: Int) {
        guard let answer = candidates[index].answer else { return }
        if answer.at <= time, let record = answer.record {
            candidates[index].election.wrote(record, sentAt: answer.sentAt)
            candidates[index].answer = nil
        } else if candidates[index].clock > answer.sentAt + .seconds(2) {
            candidates[index].election.failed(now: candidates[index].clock)
            candidates[index].election.observed(lease, now: candidates[index].clock)
            candidates[index].answer = nil
        }
    }
}
