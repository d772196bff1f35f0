import KubeClient
import Testing

@testable import KubeRuntime

@Suite(.timeLimit(.minutes(1))) struct BellTests {
    /// Fails for a wait whose time came and that ends all later ones: a standby that had once tried to take the Lease and
    /// lost would go round without a pause for as long as it lives.
    @Test func aWaitThatEndedByTimeDoesNotEndTheNext() async {
        let bell = Bell()
        await bell.wait(until: .now)
        let until = ContinuousClock.now + .milliseconds(30)
        await bell.wait(until: until)
        #expect(ContinuousClock.now >= until)
    }

    @Test func aRingIsKeptForTheNextWaitOnce() async {
        let bell = Bell()
        bell.ring()
        bell.ring()
        await bell.wait(until: nil)
        let until = ContinuousClock.now + .milliseconds(30)
        await bell.wait(until: until)
        #expect(ContinuousClock.now >= until, "two rings are one")
    }

    @Test func aRingWakesAndSoDoesCancellation() async {
        let bell = Bell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait(until: nil) }
            bell.ring()
            await group.waitForAll()
            group.addTask { await bell.wait(until: nil) }
            group.cancelAll()
        }
    }
}
