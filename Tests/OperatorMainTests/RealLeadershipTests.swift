import CaracalAPI
import Glibc
import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import OperatorMain

/// Two operator processes over one Lease of a real API server, each behind a proxy that knows what it sent. Where a leader
/// does not count its own time, the one that slept writes, and the one without its Lease never ends.
@Suite(
    .enabled(if: RealTheatre.kubeconfig != nil, "KUBECONFIG_CLUSTER is not set"), .serialized,
    .timeLimit(.minutes(15)))
struct RealLeadershipTests {
    private static let (lease, deadline, retry) = (
        RealTheatre.number("LEASE_DURATION", 4), RealTheatre.number("RENEW_DEADLINE", 3),
        RealTheatre.number("RETRY_PERIOD", 1)
    )
    private static let arguments = [
        "--lease-duration", "\(lease)", "--renew-deadline", "\(deadline)", "--retry-period", "\(retry)",
    ]

    private struct Pair: Sendable {
        let theatre: RealTheatre
        let leader: RealTheatre.Operator
        let standby: RealTheatre.Operator

        func holder() async throws -> String {
            let key = ObjectKey(namespace: theatre.namespace, name: "caracal-operator")
            return try await theatre.client.get(.leases, key).at("spec", "holderIdentity")?.string ?? ""
        }

        /// Returns when the standby has the Lease: by its own renewal, which follows a write that was answered.
        func takeover() async throws -> ContinuousClock.Instant {
            await standby.proxy.wait { $0.contains { $0.isWrite && $0.isLease } }
            while try await !holder().hasPrefix("two_") { try Task.checkCancellation() }
            return standby.proxy.arrivals.first { $0.isWrite && $0.isLease }?.at ?? .now
        }

        /// The new leader does what a leader does.
        func change(_ team: String) async throws {
            try await theatre.apply { $0.set(["spec", "podDefaults"], ["labels": ["team": .string(team)]]) }
        }
    }

    /// The first leads and has converged; the second knows everything and waits.
    private func pair(_ body: @escaping @Sendable (Pair) async throws -> Void) async throws {
        try await RealTheatre.open { theatre in
            try await theatre.operate("one", Self.arguments) { one in
                await one.proxy.wait { $0.contains { $0.isWrite && $0.isLease } }
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                try await one.settle()
                try await theatre.operate("two", Self.arguments) { two in
                    try await two.settle()
                    let pair = Pair(theatre: theatre, leader: one, standby: two)
                    #expect(try await pair.holder().hasPrefix("one_"))
                    try await body(pair)
                }
            }
        }
    }

    /// A leader told to stop gives the Lease back, and the other follows at once; until then the other has asked for each
    /// thing once and written nothing.
    @Test func aStoppedLeaderIsFollowedAtOnce() async throws {
        try await pair { pair in
            // While the leader works, the standby only listens.
            try await pair.change("a")
            try await pair.theatre.wait(for: "Converged")
            try await pair.leader.settle()
            let heard = pair.standby.proxy.arrivals
            #expect(heard.filter(\.isWrite).map(\.target) == [])
            // A single object is read before and after its watch is open, a collection once.
            let asked = Dictionary(grouping: heard.filter { !$0.isWatch }, by: \.target)
            let again = asked.filter { $0.value.count > ($0.key.contains("limit=") ? 1 : 2) }
            #expect(again.keys.sorted() == [])

            let told = ContinuousClock.now
            pair.leader.process.send(SIGTERM)
            let taken = try await pair.takeover()
            #expect(taken - told < .seconds(2))
            #expect(await pair.leader.process.ended()?.code == 0)
            say("leadership: SIGTERM: taken over after \(taken - told)")
            try await pair.change("b")
            try await pair.theatre.wait(for: "Converged")
        }
    }

    /// A leader that is gone without a word is followed when its Lease has run out.
    @Test func aKilledLeaderIsFollowedWhenItsLeaseRunsOut() async throws {
        try await pair { pair in
            try await pair.change("a")
            let killed = ContinuousClock.now
            await pair.leader.process.kill()
            let taken = try await pair.takeover()
            #expect(taken - killed < .seconds(Self.lease + Self.retry + 1))
            say("leadership: SIGKILL: taken over after \(taken - killed)")
            try await pair.theatre.wait(for: "Converged")
        }
    }

    /// A95, A97, C53: a leader that slept through its Lease, in the middle of its writes, sends none of those it still had,
    /// says so by how it ends, and leaves the Lease to the one who has it now.
    @Test(arguments: [1, 8], [false, true])
    func aLeaderThatSleptWritesNothing(after count: Int, isToldToStop: Bool) async throws {
        try await pair { pair in
            let leader = pair.leader
            let before = leader.proxy.writes.filter { !$0.isLease }.count
            try await pair.change("a")
            await leader.proxy.wait { $0.filter { $0.isWrite && !$0.isLease }.count >= before + count }
            leader.process.send(SIGSTOP)
            let slept = ContinuousClock.now
            let taken = try await pair.takeover()
            try await pair.theatre.wait(for: "Converged")
            let (writes, holder) = (leader.proxy.writes, try await pair.holder())

            let woken = ContinuousClock.now
            if isToldToStop { leader.process.send(SIGTERM) }
            leader.process.send(SIGCONT)
            let end = await leader.process.ended()
            #expect(leader.proxy.writes.dropFirst(writes.count).map { "\($0.method) \($0.path)" } == [])
            if !isToldToStop { #expect(end?.code ?? 0 != 0, "\(leader.process.lastLines())") }
            #expect((end?.at ?? woken) - woken < .seconds(2))
            #expect(try await pair.holder() == holder)
            say(
                "leadership: SIGSTOP after write \(count): taken over after \(taken - slept), ended \((end?.at ?? woken) - woken) after SIGCONT with \(end?.code ?? -1)"
            )
            // The new holder goes on undisturbed.
            try await pair.change("b")
            try await pair.theatre.wait(for: "Converged")
            #expect(try await pair.holder() == holder)
        }
    }

    /// A leader that reaches everything but its Lease stops writing within its deadline, and ends.
    @Test func aLeaderWithoutItsLeaseStopsInTime() async throws {
        try await pair { pair in
            let leader = pair.leader
            leader.proxy.faults.add(Fault(.refuse(.unreachable), count: .max) { $0.target.contains("/leases") })
            let cut = ContinuousClock.now
            // There is always something to write.
            let end = try await withThrowingTaskGroup(of: OperatorProcess.End?.self) { group in
                group.addTask { await leader.process.ended() }
                group.addTask {
                    var number = 0
                    while true {
                        try Task.checkCancellation()
                        number += 1
                        try await pair.change("n\(number)")
                        let generation = try await pair.theatre.client.get(
                            CaracalDeployment.resource, pair.theatre.key
                        ).generation
                        try await pair.theatre.client.wait(CaracalDeployment.resource, pair.theatre.key) {
                            $0?.at("status", "observedGeneration")?.integer == generation
                        }
                    }
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            let limit = Duration.seconds(Self.deadline)
            let late = leader.proxy.writes.filter { !$0.isLease && $0.at - cut > limit + .milliseconds(200) }
            #expect(late.map { "\($0.method) \($0.path) \($0.at - cut)" } == [])
            let last = leader.proxy.writes.last { !$0.isLease }
            #expect(last.map { $0.at > cut } == true, "the leader had nothing to write")
            #expect(end?.code ?? 0 != 0, "\(leader.process.lastLines())")
            #expect((end?.at ?? cut) - cut < limit + .seconds(1))
            let taken = try await pair.takeover()
            // Nobody wrote before the other had stopped.
            if let last { #expect(last.at < taken) }
            say(
                "leadership: Lease cut: last write after \((last?.at ?? cut) - cut), ended after \((end?.at ?? cut) - cut), taken over after \(taken - cut)"
            )
            try await pair.theatre.wait(for: "Converged")
        }
    }
}
