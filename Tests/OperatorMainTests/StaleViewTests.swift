import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import KubeSandbox
import Reconciliation
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// The operator's view is behind, or has missed something altogether.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StaleViewTests {
    private static let unavailable = HTTPResponse(status: 503, body: Array("x".utf8))

    /// C06. A successor lists a wish that is taken back before it may act, and its watch of instances stands still, as on
    /// an API server that is behind: what the old wish no longer wanted stays. Fails when the instance is not read from
    /// the server before something is pruned.
    @Test func nothingIsDeletedForAWishOfThePast() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
            }
            // The wish without the gateway's way in, and, before anybody acts on it, with it again.
            try await Scenario.disable.act(theatre)
            let revision = await theatre.cluster.latestRevision
            let ingress = try await theatre.client.get(
                .ingresses, ObjectKey(namespace: theatre.namespace, name: "prod-sts"))
            try await theatre.operate(
                faults: [
                    Fault(.answer(Self.unavailable), count: .max) { $0.target.contains("/networkpolicies") },
                    Fault(.loseLines(holding: "caracal"), count: .max) {
                        $0.target.contains("/caracaldeployments") && $0.target.contains("watch=1")
                    },
                ],
                settings: {
                    $0.times.watchSeconds = 3...3
                    $0.times.auditInterval = .zero
                }
            ) { two in
                while two.runtime.stores.unsynced != ["networkpolicies.networking.k8s.io"] { await Task.yield() }
                try await theatre.apply()
                let wanted = try await theatre.client.get(CaracalDeployment.resource, theatre.key)
                // Now it may act, on a view that nobody corrects for three seconds.
                two.transport.clear()
                two.transport.add(
                    Fault(.loseLines(holding: "caracal"), count: 1) {
                        $0.target.contains("/caracaldeployments") && $0.target.contains("watch=1")
                    })
                try await theatre.client.wait(CaracalDeployment.resource, theatre.key) { object in
                    object?.at("status", "observedGeneration")?.integer == wanted.generation
                        && object.flatMap { Operation.condition($0, "Ready") }?["reason"] == "Converged"
                }
                let births = await theatre.births(after: revision)
                #expect(births.keys.allSatisfy { !$0.hasPrefix("DELETED Ingress") }, "\(births)")
                let after = try await theatre.client.get(.ingresses, ingress.key)
                #expect(after.uid == ingress.uid)
            }
        }
    }

    /// C11. The instance goes and one of the same name comes, and no watch ever tells of either: the successor's objects
    /// belong to the successor. A guard: where the audit is made to find nothing, the answer to the status still tells.
    @Test func aSuccessorNobodyAnnouncedIsServedAsItself() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate(settings: {
                $0.times.watchSeconds = 1...1
                $0.times.auditInterval = .zero
            }) { one in
                try await theatre.apply()
                let first = try await theatre.wait(for: "Converged")
                await one.settle()
                let opened = one.transport.streams
                let isInstances: @Sendable (HTTPRequest) -> Bool = {
                    $0.target.contains("/caracaldeployments") && $0.target.contains("watch=1")
                }
                one.transport.add(Fault(.loseLines(holding: "caracal"), count: .max, isInstances))
                // Every watch that was open before has ended.
                while one.transport.streams < opened + 40 { await Task.yield() }
                try await theatre.client.delete(CaracalDeployment.resource, theatre.key, uid: first.uid)
                try await theatre.apply()
                let second = try await theatre.wait(for: "Converged")
                #expect(second.uid != first.uid)
                await one.settle()
                for type in Theatre.kinds {
                    for object in try await theatre.objects(type) {
                        #expect(object.controllerOwner?.uid == second.uid, "\(object.kind) \(object.name)")
                    }
                }
            }
        }
    }

    /// C11, C42. A field goes from A to B and back while no watch tells of it: nothing is written for it. Hangs when
    /// a document is written at each look.
    @Test func aPulseNobodySawIsNothing() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let key = ObjectKey(namespace: theatre.namespace, name: "prod-api")
                let writes = one.transport.writes.count
                one.transport.add(
                    Fault(.loseLines(holding: "pulse"), count: .max) { $0.target.contains("watch=1") })
                for value: JSONValue in [["pulse": "x"], ["pulse": .null]] {
                    try await theatre.client.patch(.services, key, .merge, ["spec": ["selector": value]])
                }
                one.runtime.queue.add(theatre.key)
                await one.settle()
                let more = one.transport.writes.dropFirst(writes).filter { $0.path.hasSuffix("/services/prod-api") }
                #expect(more.count <= 1)
                try await theatre.client.wait(.services, key) { $0?.at("spec", "selector", "pulse") == nil }
            }
        }
    }

    /// C61. More events than the server remembers while a kind's watch cannot be opened: the kind is listed once for each
    /// time, and what is wrong at the end is put right. Hangs when a version that is too old does not bring a list.
    @Test func aFloodOfEventsEndsInTheSame() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate(settings: { $0.times.watchSeconds = 1...1 }) { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let key = ObjectKey(namespace: theatre.namespace, name: "prod-web")
                let isDown = Locked(false)
                let refused = Locked(0)
                one.transport.add(
                    Fault(.refuse(.unreachable), count: .max) { request in
                        guard isDown.withLock({ $0 }), request.target.contains("/services?"),
                            request.target.contains("watch=1")
                        else { return false }
                        refused.withLock { $0 += 1 }
                        return true
                    })
                func lists() -> Int {
                    one.transport.log.count { $0.method == "GET" && $0.path.hasSuffix("/services") }
                }
                let (before, floods) = (lists(), 3)
                for flood in 1...floods {
                    refused.withLock { $0 = 0 }
                    isDown.withLock { $0 = true }
                    while refused.withLock({ $0 }) == 0 { await Task.yield() }
                    for number in 0..<30 {
                        try await theatre.client.patch(
                            .services, key, .merge, ["metadata": ["annotations": ["flood": .string("\(number)")]]])
                    }
                    let old = try await theatre.client.get(.services, key)
                    try await theatre.client.delete(.services, key, uid: old.uid)
                    await theatre.cluster.compact()
                    isDown.withLock { $0 = false }
                    try await theatre.client.wait(.services, key) { $0 != nil && $0?.uid != old.uid }
                    #expect(lists() - before == flood)
                }
            }
        }
    }
}

extension StaleViewTests {
    /// C33. A namespace that is going takes nothing new, for as long as its contents take to go: nobody tries again and
    /// again. Hangs when it is not waited for.
    @Test func aNamespaceThatIsGoingIsLeftAlone() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                let going: JSONValue = [
                    "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden",
                    "message": "namespace is being terminated",
                    "details": ["causes": [["reason": "NamespaceTerminating"]]],
                ]
                one.transport.add(
                    Fault(.answer(HTTPResponse(status: 403, body: going.bytes)), count: .max) { request in
                        request.method == "PATCH" && !request.target.contains("/status")
                    })
                try await theatre.apply()
                while one.transport.log.allSatisfy({ $0.status != 403 }) { await Task.yield() }
                await one.settle()
                let tries = Dictionary(grouping: one.transport.log.filter { $0.status == 403 }, by: \.path)
                // One look for the instance, and one more where Secrets or its status came a moment later.
                #expect(tries.values.allSatisfy { $0.count <= 3 }, "\(tries.mapValues(\.count))")
            }
        }
    }

    /// C33. The namespace goes while the instance is being made, after each of these writes: the operator ends with it,
    /// without trying each object again and again. A guard: the embedded server's namespaces go too fast for a planted bug.
    @Test(arguments: [0, 3, 9, 20, 33, 44]) func aNamespaceThatGoesTakesTheWorkAlong(after writes: Int) async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                while one.transport.writes.count < writes + 1 { await Task.yield() }
                let home = try await theatre.client.get(.namespaces, ObjectKey(namespace: "", name: theatre.namespace))
                try await theatre.client.delete(.namespaces, home.key, uid: home.uid)
                try await theatre.client.wait(.namespaces, home.key) { $0 == nil }
                try await theatre.client.wait(CaracalDeployment.resource, theatre.key) { $0 == nil }
                await one.settle()
                let refused = one.transport.log.filter { $0.method == "PATCH" && $0.status >= 400 }
                let most = Dictionary(grouping: refused, by: \.path).mapValues(\.count).max { $0.value < $1.value }
                #expect((most?.value ?? 0) <= 2, "\(most?.key ?? "") was tried \(most?.value ?? 0) times")
                let count = one.transport.writes.count
                one.runtime.queue.add(theatre.key)
                await one.settle()
                #expect(one.transport.writes.count == count)
            }
        }
    }
}
