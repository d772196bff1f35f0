import KubeModel
import KubeRuntime
import Testing

@Suite struct LeaseElectionTests {
    private let start = ContinuousClock.now
    private func record(_ version: String, _ holder: String, seconds: Int = 15) -> LeaseRecord {
        LeaseRecord(resourceVersion: version, holder: holder, duration: .seconds(seconds))
    }

    /// A98. Fails when `LeaseTimes` accepts what it is given.
    @Test func timesThatWouldLoseTheLeaseAreRefused() {
        func isFine(_ duration: Int, _ deadline: Int, _ period: Double) -> Bool {
            LeaseTimes(duration: .seconds(duration), renewDeadline: .seconds(deadline), retryPeriod: .seconds(period))
                != nil
        }
        #expect(isFine(15, 10, 2))
        #expect(!isFine(10, 10, 2))
        #expect(!isFine(15, 2, 2))
        #expect(!isFine(15, 10, 9))
        #expect(!isFine(0, 0, 0))
        #expect(!isFine(15, 10, 0))
    }

    /// A94, A96. Fails when expiry is judged by anything but when the record was seen to change here.
    @Test func anotherHolderIsLeftAloneForAsLongAsItsRecordSays() {
        var election = LeaseElection(identity: "a", times: .standard)
        #expect(election.step(now: start) == .look)
        election.observed(record("1", "b", seconds: 40), now: start)
        #expect(election.step(now: start + .seconds(39)) == .wait(until: start + .seconds(40)))
        election.observed(record("2", "b", seconds: 40), now: start + .seconds(39))
        election.observed(record("2", "b", seconds: 40), now: start + .seconds(60))
        #expect(election.step(now: start + .seconds(78)) == .wait(until: start + .seconds(79)), "renewed at 39")
        #expect(election.step(now: start + .seconds(79)) == .write(record("2", "b", seconds: 40)))
    }

    @Test func aReleasedOrAbsentLeaseIsTakenAtOnce() {
        var election = LeaseElection(identity: "a", times: .standard)
        election.observed(nil, now: start)
        #expect(election.step(now: start) == .create)
        election.observed(record("3", ""), now: start)
        #expect(election.step(now: start) == .write(record("3", "")))
    }

    /// A95. Fails when the deadline counts from the answer rather than from the request.
    @Test func writingEndsAtTheDeadlineCountedFromTheRequest() {
        var election = LeaseElection(identity: "a", times: .standard)
        election.observed(nil, now: start)
        election.wrote(record("1", "a"), sentAt: start)
        #expect(election.mayWrite(now: start + .seconds(9)))
        #expect(!election.mayWrite(now: start + .seconds(10)))
        #expect(election.step(now: start + .seconds(10)) == .stop)
        election.wrote(record("2", "a"), sentAt: start + .seconds(9))
        #expect(!election.mayWrite(now: start + .seconds(11)), "what is lost stays lost")
    }

    /// A list that was under way while we took the Lease shows the holder before us. Seen with a leader that followed a
    /// released Lease and gave up within 30 ms.
    @Test func wordFromBeforeOurOwnWriteDoesNotDepose() {
        var election = LeaseElection(identity: "a", times: .standard)
        election.noticed(record("9", ""), now: start)
        election.wrote(record("10", "a"), sentAt: start)
        election.noticed(record("9", ""), now: start + .milliseconds(30))
        election.noticed(nil, now: start + .milliseconds(40))
        #expect(election.mayWrite(now: start + .seconds(1)))
        #expect(election.step(now: start + .seconds(2)) == .write(record("10", "a")))
        election.noticed(record("11", "b"), now: start + .seconds(1))
        #expect(!election.mayWrite(now: start + .seconds(1)), "a newer holder does")
        // What a server that was set back to an older state answers when asked, counts.
        var other = LeaseElection(identity: "a", times: .standard)
        other.observed(nil, now: start)
        other.wrote(record("10", "a"), sentAt: start)
        other.observed(record("3", "b"), now: start + .seconds(3))
        #expect(other.step(now: start + .seconds(3)) == .stop)
    }

    /// A97. Fails when the release looks only at what it believed last.
    @Test func onlyOurOwnLeaseIsGivenBack() {
        var election = LeaseElection(identity: "a", times: .standard)
        election.observed(nil, now: start)
        #expect(election.release(now: start) == nil)
        election.wrote(record("1", "a"), sentAt: start)
        #expect(election.release(now: start + .seconds(5)) == record("1", "a"))
        #expect(election.release(now: start + .seconds(11)) == nil)
        election.observed(record("2", "b"), now: start + .seconds(6))
        #expect(election.release(now: start + .seconds(7)) == nil)
        #expect(election.step(now: start + .seconds(7)) == .stop)
    }

    @Test func aHolderThatWasDeletedMakesItAnew() {
        var election = LeaseElection(identity: "a", times: .standard)
        election.observed(nil, now: start)
        election.wrote(record("1", "a"), sentAt: start)
        election.observed(nil, now: start + .seconds(3))
        #expect(election.step(now: start + .seconds(3)) == .create)
    }
}
