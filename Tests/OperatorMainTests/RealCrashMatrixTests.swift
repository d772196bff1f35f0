import CaracalAPI
import Glibc
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// C01–C03, C46 with a real API server, its controllers, and `caracal-operator` as a process that dies of `kill -9`: for
/// writes of each scenario, before the write is sent, when it was carried out and not answered, and right after the
/// answer; then another process begins. What must be the same as without a crash: the state it comes to, how often each
/// object was made and unmade, the user's Secrets and claims, and that nothing is written once it is there.
///
/// `CRASH_MATRIX_EVERY=1` tries every write, otherwise every fifth. `hack/crash-matrix` runs it. It fails for a
/// successor that calls the autoscalers otherwise than the one before it did, wherever that one died.
@Suite(
    .enabled(if: RealTheatre.kubeconfig != nil, "KUBECONFIG_CLUSTER is not set"), .serialized, .timeLimit(.minutes(120))
)
struct RealCrashMatrixTests {
    private struct Result: Sendable {
        var state: [String: String] = [:]
        var births: [String: Int] = [:]
        var writes = 0
        var didCrash = false
    }

    /// `CRASH_MATRIX_SCENARIO` picks one, for whoever looks for a cause.
    static let scenarios = [Scenario.install, .change, .disable, .rotate, .delete].filter {
        RealTheatre.text("CRASH_MATRIX_SCENARIO").map($0.rawValue.elementsEqual) ?? true
    }

    @Test(arguments: scenarios) func aKilledOperatorsSuccessorComesToTheSame(scenario: Scenario) async throws {
        let started = ContinuousClock.now
        let reference = try await run(scenario, crash: nil)
        let every = RealTheatre.number("CRASH_MATRIX_EVERY", 5)
        // A scenario without a write of the operator's still has a moment to die at: the user's own write.
        let indices = Array(stride(from: 0, to: reference.writes, by: every))
        let runs =
            indices.isEmpty
            ? [nil] : Fault.Moment.allCases.flatMap { moment in indices.map { Optional((moment: moment, index: $0)) } }
        let crashed = Locked(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, at) in runs.enumerated() {
                if number >= RealTheatre.number("CRASH_MATRIX_PARALLEL", 3) { try await group.next() }
                group.addTask {
                    let place =
                        "\(scenario.rawValue), " + (at.map { "write \($0.index), \($0.moment.rawValue)" } ?? "at once")
                    do {
                        let result = try await run(scenario, crash: Crash(at: at), place)
                        if result.didCrash { crashed.withLock { $0 += 1 } }
                        Self.compare(result, reference, place)
                    } catch { Issue.record(error, "\(place)") }
                }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - started).components.seconds
        say(
            "crash matrix: \(scenario.rawValue): \(reference.writes) writes without a crash, \(runs.count) runs, \(crashed.withLock { $0 }) of them killed, \(seconds) s"
        )
    }

    private struct Crash: Sendable {
        /// nil: as soon as the user has acted.
        var at: (moment: Fault.Moment, index: Int)?
    }

    /// One run in a namespace of its own, and what is the same in all.
    private func run(_ scenario: Scenario, crash: Crash?, _ place: String = "reference") async throws -> Result {
        let result = Locked(Result())
        try await RealTheatre.open { theatre in
            if !scenario.isFromNothing {
                try await theatre.operate("first") { one in
                    try await scenario.prepare(theatre)
                    try await one.settle()
                }
            }
            let before = try await theatre.state()
            let versions = try await theatre.versions()
            let belongings = Locked<[String: String]>([:])
            let act: @Sendable () async throws -> Void = {
                try await scenario.act(theatre)
                let had = try await theatre.belongings()
                belongings.withLock { $0 = had }
            }
            if let crash {
                let faults = crash.at.map { [Fault(.crash($0.moment), skip: $0.index, Fault.isWrite)] } ?? []
                try await theatre.operate("killed", faults: faults) { one in
                    try await act()
                    if crash.at != nil,
                        try await !Self.crash(of: one, before: { try await scenario.end(theatre, before) })
                    {
                        return
                    }
                    await one.process.kill()
                    #expect(one.process.end?.signal == SIGKILL, "\(place)")
                    result.withLock { $0.didCrash = true }
                }
            }
            try await theatre.operate("last") { last in
                if crash == nil { try await act() }
                try await scenario.end(theatre, before)
                try await last.settle()
                let (state, births) = (try await theatre.state(), try await theatre.births(after: versions))
                let writes = try await Self.lookAgain(theatre, last, place)
                let (had, have) = (belongings.withLock { $0 }, try await theatre.belongings())
                // Claims of new replicas are counted with the births.
                for (name, version) in had { #expect(have[name] == version, "\(place): \(name)") }
                result.withLock { ($0.state, $0.births, $0.writes) = (state, births, writes) }
            }
        }
        return result.withLock { $0 }
    }

    /// False where the operator was through before it had sent as many writes: some runs need fewer than the reference.
    private static func crash(of one: RealTheatre.Operator, before end: @escaping @Sendable () async throws -> Void)
        async throws -> Bool
    {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in one.proxy.crashes { return true }
                throw CancellationError()
            }
            group.addTask {
                try await end()
                try await one.settle()
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    /// Makes the operator look at its instance once more, and ends it: nothing may be written. How many writes there were.
    private static func lookAgain(_ theatre: RealTheatre, _ last: RealTheatre.Operator, _ place: String) async throws
        -> Int
    {
        let figures = try await last.settle()
        let writes = last.proxy.writes
        if (try? await theatre.client.get(CaracalDeployment.resource, theatre.key)) != nil {
            try await theatre.client.patch(
                CaracalDeployment.resource, theatre.key, .merge, ["metadata": ["annotations": ["test/look": "again"]]])
            try await last.settle(after: figures.runs)
        }
        last.process.send(SIGTERM)
        let end = await last.process.ended()
        #expect(end?.code == 0, "\(place): \(last.process.lastLines())")
        let more = last.proxy.writes.dropFirst(writes.count).map { "\($0.method) \($0.path)" }
        #expect(more.isEmpty, "\(place)")
        return writes.count
    }

    private static func compare(_ result: Result, _ reference: Result, _ place: String) {
        #expect(Set(result.state.keys) == Set(reference.state.keys), "\(place)")
        for (name, wanted) in reference.state {
            guard let got = result.state[name], got != wanted else { continue }
            Issue.record("\(place): \(name): \(Mask.difference(wanted, got))")
        }
        #expect(result.births == reference.births, "\(place)")
    }
}
