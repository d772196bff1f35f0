import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import Reconciliation

/// A service's own word for why it is not ready.
@Suite struct ReadinessTests {
    private func pod(since: String, ready: String = "False", phase: String = "Running") -> JSONValue {
        [
            "metadata": [
                "name": "prod-gateway-0", "uid": .string(since), "labels": [Label.component: "gateway"],
            ],
            "status": [
                "phase": .string(phase), "podIP": "127.0.0.1",
                "conditions": [["type": "Ready", "status": .string(ready), "lastTransitionTime": .string(since)]],
            ],
        ]
    }

    private let now = Timestamp("2026-11-25T12:01:00Z") ?? Timestamp(seconds: 0)

    @Test func onlyPodsThatHaveWaitedAreAsked() {
        #expect(ReadinessReader.isUnready(pod(since: "2026-11-25T12:00:00Z"), now))
        #expect(!ReadinessReader.isUnready(pod(since: "2026-11-25T12:00:55Z"), now))
        #expect(!ReadinessReader.isUnready(pod(since: "2026-11-25T12:00:00Z", ready: "True"), now))
        #expect(!ReadinessReader.isUnready(pod(since: "2026-11-25T12:00:00Z", phase: "Pending"), now))
    }

    /// Fails when a service's text is copied, or when it is asked at every look.
    @Test func knownWordsAreTakenAndNothingElse() async throws {
        let asked = Locked(0)
        let reader = ReadinessReader { _, port, _ in
            asked.withLock { $0 += 1 }
            return "{\"status\":\"unavailable\",\"reason\":\"sts_unreachable\",\"dsn\":\"CANARY\",\"port\":\(port)}"
        }
        let context = try Fixture.production.context()
        let view = LiveView(owner: "uid-1", objects: [], pods: [pod(since: "2026-11-25T12:00:00Z")])
        #expect(await reader.reasons(view, context, now: now) == [.gateway: "sts_unreachable"])
        #expect(await reader.reasons(view, context, now: now) == [.gateway: "sts_unreachable"])
        #expect(asked.withLock { $0 } == 1)
        let silent = ReadinessReader { _, _, _ in "CANARY" }
        #expect(await silent.reasons(view, context, now: now) == [:])
    }

    @Test func itIsAskedOverHTTP() async throws {
        let server = try ScriptedServer { connection in
            guard let request = connection.request() else { return }
            connection.answer(
                "503 Service Unavailable",
                request.hasPrefix("GET /ready ") ? "{\"reason\":\"postgres_unreachable\"}" : "no")
        }
        let answer = await ReadinessReader.overHTTP("127.0.0.1", Int32(server.port), false)
        #expect(answer.flatMap(ReadinessReason.read)?.word == "postgres_unreachable")
        #expect(await ReadinessReader.overHTTP("127.0.0.1", 1, false) == nil)
    }
}
