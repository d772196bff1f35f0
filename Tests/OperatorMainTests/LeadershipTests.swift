import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import Reconciliation
import TestSupport
import Testing

@testable import OperatorMain

/// Two operators on one embedded API server. The same with real processes and signals: `hack/crash-matrix`.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LeadershipTests {
    private let lease = ObjectKey(namespace: "caracal", name: OperatorName.lease)

    private func election(_ theatre: Theatre, _ identity: String, seconds: Double = 3, faults: FaultTransport? = nil)
        throws -> OperatorRuntime.Election
    {
        let endpoint = theatre.client.configuration.endpoint
        let transport: any Transport = try faults ?? CurlTransport { endpoint }
        let times = try #require(
            LeaseTimes(
                duration: .seconds(seconds), renewDeadline: .seconds(seconds * 2 / 3),
                retryPeriod: .seconds(seconds / 6)))
        return OperatorRuntime.Election(
            client: KubeClient(theatre.client.configuration, transport: transport), lease: lease, identity: identity,
            times: times)
    }

    private func waitForHolder(_ theatre: Theatre, _ identity: String) async throws {
        try await theatre.client.wait(.leases, lease) {
            $0?.at("spec", "holderIdentity")?.string == identity
        }
    }

    /// B46, B48, C52. Fails when a standby works (seen with the look at `leadership` left out of `reconcile` and its client
    /// not asking either: one of the two is enough), and when the Lease is not given back.
    @Test func aStandbyIsSilentAndFollowsAtOnce() async throws {
        try await Theatre.open { theatre in
            let (warm, isWarm) = AsyncStream.makeStream(of: Void.self)
            let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let one = try election(theatre, "one", seconds: 300)
                    try await theatre.operate(election: one) { leader in
                        try await waitForHolder(theatre, "one")
                        try await theatre.apply()
                        try await theatre.wait(for: "Converged")
                        isReady.yield()
                        for await _ in warm { break }
                        // With a Lease of five minutes only one that was given back is taken in a test's time.
                        await leader.runtime.elector?.release()
                    }
                }
                group.addTask {
                    for await _ in ready { break }
                    let two = try election(theatre, "two", seconds: 300)
                    try await theatre.operate(election: two) { standby in
                        // A watch of one object looks at it before and after it is open; three Secrets are named.
                        while standby.transport.log.count(where: { $0.path.contains("/secrets/") }) < 6 {
                            await Task.yield()
                        }
                        isWarm.yield()
                        try await waitForHolder(theatre, "two")
                        let before = standby.transport.log
                        #expect(before.filter { $0.method != "GET" } == [], "silent until it leads")
                        try await theatre.apply { $0.set(["spec", "podDefaults"], ["labels": ["team": "x"]]) }
                        try await theatre.wait(for: "Converged")
                        let reads = standby.transport.log.dropFirst(before.count).filter { $0.method == "GET" }
                        #expect(reads.isEmpty, "what it needs it knew already")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// A95, B47, C52. Fails when the elector goes on after its deadline, or when writes do not ask.
    @Test func aLeaderThatCannotRenewStopsWriting() async throws {
        try await Theatre.open { theatre in
            let endpoint = theatre.client.configuration.endpoint
            let path = FaultTransport(try CurlTransport { endpoint })
            let one = try election(theatre, "one", faults: path)
            await #expect(throws: LeadershipLost.self) {
                try await theatre.operate(election: one) { leader in
                    try await waitForHolder(theatre, "one")
                    while !leader.runtime.leadership.mayWrite() { await Task.yield() }
                    path.add(Fault(.refuse(.unreachable), count: .max) { _ in true })
                    while leader.runtime.leadership.mayWrite() { await Task.yield() }
                    // From here on nothing leaves, whoever asks.
                    let before = leader.transport.writes.filter { $0.status != 0 }.count
                    try await theatre.apply()
                    leader.runtime.queue.add(theatre.key)
                    await leader.settle()
                    #expect(leader.transport.writes.filter { $0.status != 0 }.count == before)
                    try await forever()
                }
            }
        }
    }

    /// A97, C53. Fails when a release writes whatever the Lease says by now.
    @Test func anotherHoldersLeaseIsNotReleased() async throws {
        try await Theatre.open { theatre in
            let one = try election(theatre, "one", seconds: 300)
            try? await theatre.operate(election: one) { leader in
                try await waitForHolder(theatre, "one")
                try await theatre.client.patch(
                    .leases, lease, .merge, ["spec": ["holderIdentity": "two", "leaseDurationSeconds": 60]])
                await leader.runtime.elector?.release()
            }
            let after = try await theatre.client.get(.leases, lease)
            #expect(after.at("spec", "holderIdentity") == "two")
        }
    }

    /// C34. The operator's own namespace goes, and the Lease with it: none can be made there, so the leader stops at its
    /// deadline. Hangs when the deadline does not count.
    @Test func aLeaderWhoseNamespaceGoesStopsWriting() async throws {
        try await Theatre.open { theatre in
            try await theatre.client.create(
                .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "system"]])
            var one = try election(theatre, "one")
            one.lease = ObjectKey(namespace: "system", name: lease.name)
            let election = one
            await #expect(throws: LeadershipLost.self) {
                try await theatre.operate(election: election) { leader in
                    while !leader.runtime.leadership.mayWrite() { await Task.yield() }
                    let home = try await theatre.client.get(.namespaces, ObjectKey(namespace: "", name: "system"))
                    try await theatre.client.delete(.namespaces, home.key, uid: home.uid)
                    try await theatre.client.wait(.leases, election.lease) { $0 == nil }
                    while leader.runtime.leadership.mayWrite() { await Task.yield() }
                    try await forever()
                }
            }
        }
    }

    private func forever() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        throw CancellationError()
    }
}
