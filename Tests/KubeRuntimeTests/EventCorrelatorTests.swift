import KubeModel
import KubeRuntime
import Testing

/// A104.
@Suite struct EventCorrelatorTests {
    private let start = ContinuousClock.now
    private func subject(_ note: String, uid: String = "u") -> EventCorrelator.Subject {
        EventCorrelator.Subject(uid: uid, reason: "R", note: note)
    }

    /// Fails when every Event is a new object.
    @Test func whatIsSaidAgainIsCounted() {
        var events = EventCorrelator()
        let key = ObjectKey(namespace: "n", name: "e")
        #expect(events.decide(subject("a"), now: start) == .create)
        events.created(subject("a"), as: key, now: start)
        #expect(events.decide(subject("a"), now: start + .seconds(5)) == .count(2, on: key))
        #expect(events.decide(subject("a"), now: start + .seconds(300)) == .count(3, on: key))
        #expect(events.decide(subject("b"), now: start + .seconds(301)) == .create)
        #expect(events.decide(subject("a"), now: start + .seconds(700)) == .create, "the series is over")
        events.lost(subject("a"))
        #expect(events.decide(subject("a"), now: start + .seconds(701)) == .create)
    }

    /// Fails when the bucket fills by the Event rather than by time.
    @Test func aFloodIsDroppedForItsObjectAlone() {
        var events = EventCorrelator()
        var decisions: [EventCorrelator.Decision] = []
        for index in 0..<100 { decisions.append(events.decide(subject("\(index)"), now: start)) }
        #expect(decisions.count { $0 == .create } == 25)
        #expect(events.decide(subject("x", uid: "other"), now: start) == .create)
        #expect(events.decide(subject("later"), now: start + .seconds(299)) == .drop)
        #expect(events.decide(subject("later"), now: start + .seconds(301)) == .create)
    }
}
