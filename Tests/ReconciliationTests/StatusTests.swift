import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import Reconciliation

@Suite struct StatusTests {
    private func compose(_ plan: Plan, status: JSONValue = [:], at seconds: Double) throws -> JSONValue {
        let instance = try Fixture.production.instance { $0.set(["status"], status) }
        let context = try Fixture.production.context()
        let live = LiveView(owner: "uid-1", objects: [], pods: [])
        return StatusComposer(instance: instance.identity, now: Timestamp(seconds: seconds)).compose(
            plan, context, live,
            .init(
                report: HardeningReport(HardeningVerdict([], waivers: [], today: "2026-11-23")),
                secrets: SecretLedger(status: [:])))
    }

    private func waiting() -> Plan {
        var plan = Plan(ledger: MigrationLedger(status: [:], workloads: []))
        plan.obstacles = [Obstacle(reason: .rollingOut, message: "waiting for sts to start")]
        plan.waitingFor = "sts to start"
        plan.wave = [.sts]
        return plan
    }

    private func condition(_ status: JSONValue, _ type: String) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    @Test func aWaitThatLastsTooLongIsStalled() throws {
        let start = try compose(waiting(), at: 1_800_000_000)
        #expect(condition(start, "Reconciling")?["status"] == "True")
        #expect(condition(start, "Stalled")?["status"] == "False")
        let later = try compose(waiting(), status: start, at: 1_800_000_301)
        #expect(condition(later, "Stalled")?["status"] == "True")
        #expect(condition(later, "Stalled")?["reason"] == "DeadlineExceeded")
        #expect(condition(later, "Reconciling")?["status"] == "False")
        #expect(later.at("operation", "since") == start.at("operation", "since"))
    }

    @Test func theSameWorldGivesTheSameStatus() throws {
        let first = try compose(waiting(), at: 1_800_000_000)
        let second = try compose(waiting(), status: first, at: 1_800_000_100)
        #expect(first == second)
    }

    @Test func transitionTimesMoveOnlyWithTheStatus() throws {
        let first = try compose(waiting(), at: 1_800_000_000)
        var done = waiting()
        done.obstacles = []
        done.waitingFor = nil
        done.isConverged = true
        let second = try compose(done, status: first, at: 1_800_000_100)
        #expect(condition(second, "Ready")?["lastTransitionTime"] == "2027-01-15T08:01:40Z")
        #expect(condition(second, "Paused")?["lastTransitionTime"] == condition(first, "Paused")?["lastTransitionTime"])
        #expect(second["operation"] == nil)
    }

    /// Fails where one that waits for ever is looked at as often as on its first minute: it is then never put aside.
    @Test func whatWaitsForLongIsLookedAtLessOften() {
        func pause(after seconds: Double) -> Duration {
            let since = Timestamp(seconds: 1_800_000_000)
            return StatusReporter.pause(
                waiting: ["operation": ["since": .string(since.description)]],
                now: Timestamp(seconds: since.seconds + seconds))
        }
        #expect([0, 299, 300, 900].map(pause) == Array(repeating: .seconds(30), count: 4))
        #expect([901, 86_400].map(pause) == Array(repeating: .seconds(180), count: 2))
        #expect(StatusReporter.pause(waiting: [:], now: .now()) == .seconds(30))
    }

    @Test func aPodsOwnWordsAreNotCopied() {
        let pod: JSONValue = [
            "metadata": ["name": "p"],
            "status": [
                "containerStatuses": [
                    [
                        "ready": false, "state": ["waiting": ["reason": "CrashLoopBackOff", "message": "CANARY"]],
                        "lastState": ["terminated": ["exitCode": 3, "reason": "Error", "message": "CANARY"]],
                    ]
                ]
            ],
        ]
        let failure = PodFailure.latest([pod])
        #expect(failure?.json == ["pod": "p", "reason": "CrashLoopBackOff", "exitCode": 3])
    }
}
