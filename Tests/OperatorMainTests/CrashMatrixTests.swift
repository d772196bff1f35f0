import CaracalAPI
import Glibc
import KubeClient
import KubeModel
import KubeRuntime
import KubeSandbox
import Reconciliation
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// C01–C04, C46: for each write of each scenario, an operator that dies before the write is sent, when it was carried out
/// and not answered, and right after the answer; then another begins. What must be the same as without a crash: the
/// state it comes to, how often each object was made and unmade, and that nothing is written once it is there.
///
/// `CRASH_MATRIX=all` tries every write (`hack/test` does; of an upgrade every seventh); otherwise every seventh. It fails for a reconciler that
/// remembers in the process what it has done (seen with the wave held in a variable instead of the status), for
/// `generateName`, and for a migration started whenever its Job is not there.
@Suite(.serialized, .timeLimit(.minutes(40))) struct CrashMatrixTests {
    private struct Reference: Sendable {
        var state: [String: String]
        var births: [String: Int]
        var writes: Int
        var before: [String: String]
        var snapshot: SandboxCluster.Snapshot?
    }

    /// `CRASH_MATRIX_SCENARIO` picks one, for whoever looks for a cause.
    private static let scenarios = Scenario.allCases.filter { scenario in
        getenv("CRASH_MATRIX_SCENARIO").map { String(cString: $0) == scenario.rawValue } ?? true
    }

    @Test(arguments: scenarios) func aCrashAtAnyWriteComesToTheSame(scenario: Scenario) async throws {
        let reference = try await self.reference(scenario)
        let isAll = getenv("CRASH_MATRIX").map { String(cString: $0) } == "all"
        let runs = Fault.Moment.allCases.flatMap { moment in
            stride(from: 0, to: reference.writes, by: step(scenario, moment, isAll: isAll)).map { (moment, $0) }
        }
        // More at a time than there are cores: most of a run is waiting for pods and pauses.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, run) in runs.enumerated() {
                if index >= 6 { try await group.next() }
                group.addTask { try await crash(scenario, [run], reference) }
            }
            try await group.waitForAll()
        }
    }

    /// C04. The one that begins again dies too, and a third has to finish: pairs of moments, drawn anew for each seed.
    /// `CRASH_MATRIX_PAIRS` says how many for each scenario. Fails for a reconciler that names autoscalers otherwise where
    /// it finds an instance with a status.
    @Test(arguments: scenarios) func aCrashAfterACrashComesToTheSame(scenario: Scenario) async throws {
        let reference = try await self.reference(scenario)
        guard reference.writes > 0 else { return }
        var random = Fuzz("crash-pairs", iterations: 1).random(reference.writes)
        let pairs = getenv("CRASH_MATRIX_PAIRS").flatMap { Int(String(cString: $0)) } ?? 4
        let runs = (0..<pairs).map { _ in
            (0..<2).map { _ in
                (Fault.Moment.allCases[random.below(Fault.Moment.allCases.count)], random.below(reference.writes))
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, crashes) in runs.enumerated() {
                if index >= 4 { try await group.next() }
                group.addTask { try await crash(scenario, crashes, reference) }
            }
            try await group.waitForAll()
        }
    }

    /// A crash after the answer to one write is a crash before the next is sent, but for writes that are under way
    /// together: every third shows those.
    private func step(_ scenario: Scenario, _ moment: Fault.Moment, isAll: Bool) -> Int {
        guard isAll, scenario != .upgrade else { return 7 }
        return moment == .afterReply ? 3 : 1
    }

    private func reference(_ scenario: Scenario) async throws -> Reference {
        let snapshot = Locked<SandboxCluster.Snapshot?>(nil)
        if !scenario.isFromNothing {
            try await Theatre.open { theatre in
                try await theatre.operate { one in
                    try await scenario.prepare(theatre)
                    await one.settle()
                }
                let taken = await theatre.cluster.snapshot()
                snapshot.withLock { $0 = taken }
            }
        }
        let base = snapshot.withLock { $0 }
        let result = Locked<Reference?>(nil)
        try await Theatre.open(base) { theatre in
            let before = try await theatre.state()
            let revision = await theatre.cluster.latestRevision
            try await theatre.operate { one in
                try await scenario.act(theatre)
                try await scenario.end(theatre, before)
                await one.settle()
                let reference = Reference(
                    state: try await theatre.state(), births: await theatre.births(after: revision),
                    writes: one.transport.writes.count, before: before, snapshot: base)
                result.withLock { $0 = reference }
            }
        }
        return try #require(result.withLock { $0 })
    }

    private func crash(_ scenario: Scenario, _ crashes: [(moment: Fault.Moment, index: Int)], _ reference: Reference)
        async throws
    {
        let moments = crashes.map { "write \($0.index), \($0.moment.rawValue)" }.joined(separator: ", then ")
        let place: Comment = "\(scenario.rawValue), \(moments)"
        try await Theatre.open(reference.snapshot) { theatre in
            let revision = await theatre.cluster.latestRevision
            for (number, crash) in crashes.enumerated() {
                let fault = Fault(.crash(crash.moment), skip: crash.index, Fault.isWrite)
                try await theatre.operate(faults: [fault]) { one in
                    if number == 0 { try await scenario.act(theatre) }
                    // Some runs need fewer writes than the reference: then there is nothing to crash at.
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { for await _ in one.transport.crashes { return } }
                        group.addTask {
                            try await scenario.end(theatre, reference.before)
                            await one.settle()
                        }
                        try await group.next()
                        group.cancelAll()
                    }
                }
            }
            try await theatre.operate { two in
                try await scenario.end(theatre, reference.before)
                // What it ends with may have stood there before it came: it has looked once its caches and Secrets, which it
                // looks for again after half a second, are known.
                while !two.runtime.stores.unsynced.isEmpty { await Task.yield() }
                await two.runtime.queue.quieted(for: .milliseconds(700))
                let writes = two.transport.writes.count
                let state = try await theatre.state()
                for (name, text) in reference.state { #expect(state[name] == text, "\(place): \(name)") }
                #expect(Set(state.keys) == Set(reference.state.keys), place)
                let births = await theatre.births(after: revision)
                #expect(births == reference.births, place)
                // Looking at it again changes nothing.
                two.runtime.queue.add(theatre.key)
                await two.settle()
                #expect(two.transport.writes.count == writes, place)
            }
        }
    }
}
