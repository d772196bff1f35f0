import Testing

@testable import OperatorMain

@Suite struct StopSignalsTests {
    // Fails when the end of a wait passes for a signal: a leader that loses its Lease would log one nobody sent.
    @Test func aCancelledWaitIsNoSignal() async {
        let name = await withTaskGroup(of: String?.self) { group in
            group.addTask { await StopSignals().next() }
            group.cancelAll()
            return await group.next() ?? "nothing"
        }
        #expect(name == nil)
    }
}
