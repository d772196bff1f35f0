import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import Reconciliation
import TestSupport
import Testing

@testable import OperatorMain

/// What is behind the API server is ill, or the server begins anew.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ServerTroubleTests {
    private static func failure(_ code: Int, _ reason: String, _ message: String) -> HTTPResponse {
        let body: JSONValue = [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .integer(Int64(code)),
            "reason": .string(reason), "message": .string(message),
        ]
        return HTTPResponse(status: code, headers: ["content-type": "application/json"], body: body.bytes)
    }

    /// C14. The store behind the server is full, slow or without a leader while an instance is made: reads are answered,
    /// nothing can be written. Nothing is told as the objects' own fault, and what follows is as if it had not been.
    /// Fails when a 500 is believed at once (the status then says ApplyRejected).
    @Test(arguments: [
        (500, "", "etcdserver: mvcc: database space exceeded"),
        (504, "Timeout", "request did not complete within the allotted timeout"),
    ]) func aStoreThatTakesNothingIsWaitedFor(code: Int, reason: String, message: String) async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                while one.transport.objectWrites.count < 12 { await Task.yield() }
                one.transport.add(
                    Fault(.answer(Self.failure(code, reason, message)), count: 12, Fault.isWrite))
                try await theatre.wait(for: "Converged")
                await one.settle()
                #expect(one.transport.log.count { $0.status == code } == 12)
                let births = await theatre.births(after: 0)
                #expect(births.values.allSatisfy { $0 == 1 }, "nothing is made twice")
                let told = try await theatre.client.list(.events, namespace: theatre.namespace).items
                #expect(!told.contains { $0["reason"]?.string == Reason.applyRejected.rawValue })
            }
        }
    }

    /// A58. A server that was started again remembers no version: every watch is told so at once. Each kind is listed
    /// once, in pages, not all in the same moment, and nothing is written. Fails when a list follows without a pause, and
    /// when a kind is listed once more than it was told.
    @Test func aServerThatForgotEveryVersionIsReadOnce() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate(settings: { $0.times.watchSeconds = 2...2 }) { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let kinds = Set(
                    [ResourceType.pods, CaracalDeployment.resource]
                        + one.runtime.stores.watchedKinds)
                let before = one.transport.log.count
                let gone = Self.failure(410, "Expired", "too old resource version: 1 (2)")
                let isCollection: @Sendable (HTTPRequest) -> Bool = {
                    $0.target.contains("watch=1") && !$0.target.contains("metadata.name")
                }
                let (struck, listed) = (Locked<[String: ContinuousClock.Instant]>([:]), Locked<[String: Duration]>([:]))
                for kind in kinds {
                    one.transport.add(
                        Fault(.answer(gone)) { request in
                            guard isCollection(request), request.target.contains("/\(kind.plural)?") else {
                                return false
                            }
                            struck.withLock { $0[kind.plural] = .now }
                            return true
                        })
                    one.transport.add(
                        // Only looks: never strikes.
                        Fault(.loseReply) { request in
                            if request.target.contains("/\(kind.plural)?"), request.target.contains("limit=500"),
                                let at = struck.withLock({ $0[kind.plural] })
                            {
                                listed.withLock { $0[kind.plural] = .now - at }
                            }
                            return false
                        })
                }
                func lists() -> [FaultTransport.Entry] {
                    one.transport.log.dropFirst(before).filter { entry in
                        kinds.contains { entry.path.hasSuffix("/\($0.plural)") }
                    }
                }
                while lists().count < kinds.count { await Task.yield() }
                await one.settle()
                #expect(lists().count == kinds.count, "each is listed once")
                let pauses = listed.withLock { $0 }
                #expect(pauses.count == kinds.count, "in pages")
                // Spread over the upper half of a fifth of a second.
                #expect(pauses.values.allSatisfy { $0 >= .milliseconds(100) }, "\(pauses)")
                #expect(Set(pauses.values).count > 1)
                #expect(one.transport.log.dropFirst(before).filter { $0.method != "GET" } == [])
            }
        }
    }

    /// C28. A token that ran out before its file was renewed: every request is refused, watches too. Nothing is told or
    /// undone meanwhile, and the new token is found without a restart. Fails when a 401 ends a reflector.
    @Test func aTokenThatIsRenewedLateIsFound() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("token", "first")
        try await Theatre.open { theatre in
            try await theatre.operate(
                settings: { $0.times.watchSeconds = 1...1 }, credential: .tokenFile("\(directory.path)/token")
            ) { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let state = try await theatre.state()
                let before = one.transport.log.count
                one.transport.add(
                    Fault(.answer(Self.failure(401, "Unauthorized", "Unauthorized")), count: .max) { request in
                        request.headers.contains { $0.name == "Authorization" && $0.value == "Bearer first" }
                    })
                // Lists follow refused watches, and are refused.
                while one.transport.log.dropFirst(before).count(where: { $0.status == 401 }) < 10 { await Task.yield() }
                try await theatre.apply { $0.set(["spec", "podDefaults"], ["labels": ["team": "x"]]) }
                try directory.write("token", "second")
                try await theatre.wait(for: "Converged")
                await one.settle()
                let web = try await theatre.client.get(
                    .deployments, ObjectKey(namespace: theatre.namespace, name: "prod-web"))
                #expect(web.at("spec", "template", "metadata", "labels", "team") == "x")
                #expect(one.runtime.stores.failures.isEmpty)
                #expect(Set(try await theatre.state().keys) == Set(state.keys), "nothing is undone")
                let told = try await theatre.client.list(.events, namespace: theatre.namespace).items
                #expect(!told.contains { $0["reason"]?.string == Reason.applyRejected.rawValue })
            }
        }
    }
}
