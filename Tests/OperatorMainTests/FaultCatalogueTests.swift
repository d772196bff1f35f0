import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import Reconciliation
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// Faults of the network, the server and other people, on the whole operator. Each runs the production sample through
/// a fault and compares what it comes to with what it comes to without.
@Suite(.serialized, .timeLimit(.minutes(3))) struct FaultCatalogueTests {
    private static let reference = Locked<[String: String]>([:])

    private func undisturbed() async throws -> [String: String] {
        let known = Self.reference.withLock { $0 }
        if !known.isEmpty { return known }
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let state = try await theatre.state()
                Self.reference.withLock { $0 = state }
            }
        }
        return Self.reference.withLock { $0 }
    }

    private func install(_ faults: [Fault]) async throws -> [FaultTransport.Entry] {
        let wanted = try await undisturbed()
        let log = Locked<[FaultTransport.Entry]>([])
        try await Theatre.open { theatre in
            try await theatre.operate(faults: faults) { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let state = try await theatre.state()
                for (name, text) in wanted { #expect(state[name] == text, "\(name)") }
                #expect(Set(state.keys) == Set(wanted.keys))
                let births = await theatre.births(after: 0)
                #expect(births.values.allSatisfy { $0 == 1 }, "nothing is made twice")
                log.withLock { $0 = one.transport.log }
            }
        }
        return log.withLock { $0 }
    }

    /// C05, A28. Fails when an unknown outcome counts as "not made" and another is made.
    @Test func lostRepliesMakeNothingTwice() async throws {
        _ = try await install([
            Fault(.loseReply, skip: 3, count: 12) { $0.method == "PATCH" },
            Fault(.loseReply, skip: 1, count: 1) { $0.method == "POST" },
        ])
    }

    /// C17, A23, A32. Fails when a 429 is told as the object's refusal, or tried again without a pause.
    @Test func aServerThatIsBusyIsGivenTime() async throws {
        let busy = HTTPResponse(status: 429, headers: ["retry-after": "1"], body: Array("Too many requests".utf8))
        let log = try await install([Fault(.answer(busy), skip: 4, count: 10, Fault.isWrite)])
        #expect(log.count { $0.status == 429 } <= 10)
    }

    /// C18, B40. Fails when a conflict is final.
    @Test func conflictsAreLookedAtAgain() async throws {
        let conflict = HTTPResponse(
            status: 409, body: Array(#"{"kind":"Status","code":409,"reason":"Conflict","message":"x"}"#.utf8))
        _ = try await install([Fault(.answer(conflict), skip: 2, count: 20, Fault.isWrite)])
    }

    /// C19, A20. Fails when a body that is no Status ends the process or is taken for an object.
    @Test(arguments: [500, 502, 503, 504]) func serversThatAnswerWithPagesAreTriedAgain(status: Int) async throws {
        let page = HTTPResponse(
            status: status, headers: ["content-type": "text/html"], body: Array("<html>gone</html>".utf8))
        let log = try await install([Fault(.answer(page), skip: 5, count: 15) { _ in true }])
        #expect(log.count < 3 * (log.count { $0.status < 400 } + 1))
    }

    /// A26, C12. Fails when a 403 is believed at once: the status then says ApplyRejected, and the next look is far away.
    @Test func aForbiddenThatPassesIsNotTold() async throws {
        let forbidden = HTTPResponse(
            status: 403, body: Array(#"{"kind":"Status","code":403,"reason":"Forbidden","message":"x"}"#.utf8))
        let log = try await install([Fault(.answer(forbidden), skip: 5, count: 8, Fault.isWrite)])
        #expect(log.count { $0.status == 403 } == 8)
    }

    /// C23, C09. Fails when half a list is taken for a whole one, and when an event told twice counts twice.
    @Test func watchesThatBreakAndRepeatComeToTheSame() async throws {
        _ = try await install([
            Fault(.cut(afterBytes: 700), count: 30) { $0.target.contains("watch=1") },
            Fault(.repeatLines(times: 3), count: 100) { $0.target.contains("watch=1") },
        ])
    }

    /// C10, C48, B16. Fails when something is written before everything was read.
    @Test func nothingIsWrittenBeforeEverythingIsRead() async throws {
        let gone = HTTPResponse(status: 503, body: Array("x".utf8))
        try await Theatre.open { theatre in
            let fault = Fault(.answer(gone), count: .max) { $0.target.contains("/networkpolicies") }
            try await theatre.operate(faults: [fault]) { one in
                try await theatre.apply()
                try await theatre.client.wait(CaracalDeployment.resource, theatre.key) { $0 != nil }
                while one.runtime.stores.unsynced != ["networkpolicies.networking.k8s.io"] { await Task.yield() }
                for _ in 0..<10 {
                    one.runtime.queue.add(theatre.key)
                    await one.settle()
                }
                #expect(one.transport.writes == [])
                one.transport.clear()
                try await theatre.wait(for: "Converged")
            }
        }
    }

    /// C20, C21, B43, B08. Fails when one refused object keeps the others of its role from being written, and when it is
    /// tried again at once.
    @Test func aRefusedObjectIsNamedAndHoldsUpNobodyBesideIt() async throws {
        let refusal = HTTPResponse(
            status: 422,
            body: Array(#"{"kind":"Status","code":422,"reason":"Invalid","message":"policy says no"}"#.utf8))
        try await Theatre.open { theatre in
            let fault = Fault(.answer(refusal), count: .max) {
                $0.method == "PATCH" && $0.target.contains("/services/prod-api")
            }
            try await theatre.operate(faults: [fault]) { one in
                try await theatre.apply()
                let instance = try await theatre.wait(for: "ApplyRejected")
                let message = Operation.condition(instance, "Ready")?["message"]?.string ?? ""
                #expect(message.contains("Service prod-api") && message.contains("policy says no"), "\(message)")
                let services = try await theatre.client.list(.services, namespace: theatre.namespace).items.map(\.name)
                #expect(services.count > 4 && !services.contains("prod-api"))
                await one.settle()
                #expect(one.transport.log.count { $0.status == 422 } <= 2)
                one.transport.clear()
                one.runtime.queue.add(theatre.key)
                try await theatre.wait(for: "Converged")
            }
        }
    }

    /// C43, B23. Fails when a rival is fought at the speed of the watch.
    @Test func aRivalIsNamedAndNotFought() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                let key = ObjectKey(namespace: theatre.namespace, name: "prod-web")
                let before = one.transport.writes.count
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // Whenever it is put right, it is put wrong again.
                        while true {
                            try await theatre.client.wait(.services, key) {
                                $0?.at("spec", "publishNotReadyAddresses")?.bool != true
                                    && $0?.at("spec", "selector", "rival") == nil
                            }
                            try await theatre.client.patch(
                                .services, key, .merge, ["spec": ["selector": ["rival": "x"]]], fieldManager: "rival")
                        }
                    }
                    group.addTask {
                        try await theatre.client.wait(CaracalDeployment.resource, theatre.key) { object in
                            let ready = object.flatMap { Operation.condition($0, "Ready") }
                            return ready?["reason"] == "Contested"
                                && ready?["message"]?.string?.contains("\"rival\"") == true
                        }
                    }
                    try await group.next()
                    group.cancelAll()
                }
                let fights = one.transport.writes.dropFirst(before).count { $0.path.hasSuffix("/services/prod-web") }
                #expect(fights <= Rivals.tolerance)
            }
        }
    }

    private enum Rivals { static let tolerance = 4 }

    /// C44. Fails when a first apply is forced.
    @Test func aNameThatIsTakenIsLeftAlone() async throws {
        try await Theatre.open { theatre in
            let foreign: JSONValue = [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "prod-api", "namespace": "caracal"],
                "spec": ["ports": [["name": "http", "port": 9999]], "selector": ["app": "other"]],
            ]
            try await theatre.client.apply(.services, foreign, fieldManager: "somebody")
            try await theatre.operate { one in
                try await theatre.apply()
                let instance = try await theatre.wait(for: "NameTaken")
                let message = Operation.condition(instance, "Ready")?["message"]?.string ?? ""
                #expect(message.contains("Service prod-api"))
                let service = try await theatre.client.get(.services, foreign.key)
                #expect(service.at("spec", "selector") == ["app": "other"])
                try await theatre.client.delete(.services, foreign.key, uid: service.uid)
                one.runtime.queue.add(theatre.key)
                try await theatre.wait(for: "Converged")
            }
        }
    }

    /// C47, C49. Fails when a Secret that may not be read is told as missing.
    @Test func aSecretThatMayNotBeReadIsSaidSo() async throws {
        let forbidden = HTTPResponse(
            status: 403, body: Array(#"{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}"#.utf8))
        try await Theatre.open { theatre in
            let fault = Fault(.answer(forbidden), count: .max) { $0.target.contains("/secrets") }
            try await theatre.operate(faults: [fault]) { one in
                try await theatre.apply()
                try await theatre.wait(for: "SecretForbidden")
                one.transport.clear()
                try await theatre.wait(for: "Converged")
            }
        }
    }

    /// B20, C08. Fails when nothing is ever compared (seen with `differs` saying no): the lost event is never made up for.
    @Test func aLostEventIsFoundByTheAudit() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate(settings: {
                $0.times.watchSeconds = 1...1
                $0.times.auditInterval = .zero
            }) { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                // From the next watch on the end of a Service is lost, and what happens after it is told.
                one.transport.add(
                    Fault(.loseLines(holding: #""type":"DELETED""#), count: .max) {
                        $0.target.contains("/services?") && $0.target.contains("watch=1")
                    })
                let opened = one.transport.streams
                while one.transport.streams < opened + 40 { await Task.yield() }
                let key = ObjectKey(namespace: theatre.namespace, name: "prod-web")
                let old = try await theatre.client.get(.services, key)
                try await theatre.client.delete(.services, key, uid: old.uid)
                try await theatre.client.patch(
                    .services, ObjectKey(namespace: theatre.namespace, name: "prod-api"), .merge,
                    ["metadata": ["labels": ["later": "x"]]])
                try await theatre.client.wait(.services, key) { $0 != nil && $0?.uid != old.uid }
            }
        }
    }
}
