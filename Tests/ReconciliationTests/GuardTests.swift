import KubeClient
import KubeModel
import Testing

@testable import Reconciliation

@Suite struct GuardTests {
    private let start = ContinuousClock.now
    private let id = ObjectID(kind: "Service", key: ObjectKey(namespace: "n", name: "a"))

    /// A26. Fails when a 403 is told at once: an API server that has just started gives them for a moment.
    @Test func aRefusalIsBelievedWhenItLasts() {
        var memory = RefusalMemory()
        #expect(memory.isBelieved(id, .forbidden, now: start) == false)
        #expect(memory.isBelieved(id, .forbidden, now: start + .seconds(1)) == false)
        #expect(memory.isBelieved(id, .forbidden, now: start + .seconds(2)) == true)
        memory.accepted(id)
        #expect(memory.isBelieved(id, .forbidden, now: start + .seconds(3)) == false)
    }

    /// A24, A66, B08. Fails when what can never pass is waited for.
    @Test func whatCanNeverPassIsToldAtOnce() {
        var memory = RefusalMemory()
        #expect(memory.isBelieved(id, .invalid, now: start) == true)
    }

    /// An outage of the server says nothing about one object.
    @Test(arguments: [KubeError.Code.transport(.unreachable), .tooManyRequests, .unauthorized, .transport(.withheld)])
    func anOutageIsNotTheObjects(code: KubeError.Code) {
        var memory = RefusalMemory()
        #expect(memory.isBelieved(id, code, now: start) == false)
        #expect(memory.isBelieved(id, code, now: start + .seconds(3600)) == false)
    }

    /// B23, C43. Fails when writes are not counted, or the pause does not grow.
    @Test func aFightIsLeftAfterThreeRounds() {
        var rivalry = Rivalry()
        var now = start
        var writes: [Duration] = []
        while now < start + .seconds(600) {
            if rivalry.decide(id, digest: "d", now: now) == .write {
                rivalry.wrote(id, digest: "d", now: now)
                writes.append(now - start)
            }
            now += .milliseconds(100)
        }
        #expect(writes.prefix(3).allSatisfy { $0 < .seconds(1) })
        let gaps = zip(writes.dropFirst(2), writes.dropFirst(3)).map { $1 - $0 }
        #expect(gaps.allSatisfy { $0 >= .seconds(15) })
        #expect(gaps.last ?? .zero >= .seconds(120))
        #expect(rivalry.isContested(id))
    }

    /// Fails when the history outlives the document.
    @Test func anotherDocumentOrQuietEndsAFight() {
        var rivalry = Rivalry()
        for _ in 0..<4 { rivalry.wrote(id, digest: "d", now: start) }
        guard case .hold = rivalry.decide(id, digest: "d", now: start) else {
            return #expect(Bool(false), "a fight is on")
        }
        #expect(rivalry.decide(id, digest: "e", now: start) == .write)
        #expect(rivalry.decide(id, digest: "d", now: start + .seconds(600)) == .write)
        #expect(!rivalry.isContested(id))
    }

    /// C56. Objects come and go for years: what is over is let go of, what is going on is not. Fails when nothing is.
    @Test func whatIsOverIsForgotten() {
        var (rivalry, refusals) = (Rivalry(), RefusalMemory())
        for number in 0..<100 {
            let old = ObjectID(kind: "Service", key: ObjectKey(namespace: "n", name: "old\(number)"))
            rivalry.wrote(old, digest: "d", now: start)
            _ = refusals.isBelieved(old, .forbidden, now: start)
        }
        let later = start + .seconds(700)
        for _ in 0..<4 { rivalry.wrote(id, digest: "d", now: later) }
        _ = rivalry.decide(id, digest: "d", now: later)
        _ = refusals.isBelieved(id, .forbidden, now: later)
        rivalry.forgetWhatIsOver(now: later + .seconds(5))
        refusals.forgetWhatIsOver(now: later + .seconds(5))
        #expect(rivalry.count == 1 && rivalry.isContested(id))
        #expect(refusals.count == 1 && refusals.isBelieved(id, .forbidden, now: later + .seconds(5)))
    }

    /// Fails when a spec change takes a place.
    @Test func unaskedRolloutsHaveALimit() {
        var budget = RolloutBudget(limit: 2)
        func instance(_ name: String) -> ObjectKey { ObjectKey(namespace: "n", name: name) }
        budget.beginAsked(instance("asked"))
        var begun: [Bool] = []
        for name in ["a", "b", "c", "asked", "a"] { begun.append(budget.begin(instance(name))) }
        #expect(begun == [true, true, false, true, true])
        budget.end(instance("a"))
        let follows = budget.begin(instance("c"))
        #expect(follows)
    }
}
