import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import Reconciliation

/// What a finding holds, and what it does not.
@Suite struct PreflightGateTests {
    private func finding(
        _ weight: PreflightFinding.Weight = .refusesToStart, origin: PreflightFinding.Origin = .secret
    ) -> PreflightFinding {
        PreflightFinding(
            rule: "hmac-key", origin: origin, subject: "Secret/s: k", readers: [.sts], weight: weight, message: "m")
    }

    private func isHeld(
        _ finding: PreflightFinding, isNew: Bool = false, changesContent: Bool = false, reader: ComponentName = .sts,
        _ change: @escaping (inout JSONValue) -> Void = { _ in }
    ) throws -> Bool {
        let instance = try Fixture.production.instance(change)
        return !PreflightGate([finding], instance: instance, today: "2026-11-25").holding(
            reader, isNew: isNew, changesContent: changesContent
        ).isEmpty
    }

    @Test func aNewComponentIsHeldAndNobodyElse() throws {
        #expect(try isHeld(finding(), isNew: true))
        #expect(try !isHeld(finding(), isNew: true, reader: .web))
    }

    /// An image roll goes on with what runs already.
    @Test func whatHeldBeforeHoldsNothing() throws {
        #expect(try isHeld(finding(), changesContent: true))
        #expect(try !isHeld(finding(), changesContent: false))
        let told: JSONValue = ["failed": [["rule": "hmac-key", "object": "Secret/s: k", "message": "m"]]]
        #expect(try isHeld(finding(origin: .spec)))
        #expect(try !isHeld(finding(origin: .spec)) { $0.set(["status", "hardening"], told) })
        let holding: JSONValue = [
            "failed": [["rule": "hmac-key", "object": "Secret/s: k", "message": "m", "holds": true]]
        ]
        #expect(
            try isHeld(finding(origin: .spec)) { $0.set(["status", "hardening"], holding) }, "it was held, not run")
    }

    /// Another value of a field that was told is another finding; one that came with a new operator holds nothing.
    @Test func onlyWhatWasToldIsOld() throws {
        let other: JSONValue = ["failed": [["rule": "hmac-key", "object": "Secret/s: k", "message": "another"]]]
        #expect(try isHeld(finding(origin: .spec)) { $0.set(["status", "hardening"], other) })
        #expect(
            try !isHeld(finding(origin: .spec)) {
                $0.set(["status"], ["observedGeneration": 1, "version": "1.0.0"])
            })
    }

    @Test func adviceHoldsNothingAndDevelopmentOnlyWhatWouldNotStart() throws {
        #expect(try !isHeld(finding(.advice), isNew: true))
        #expect(try isHeld(finding(.unsafe), isNew: true))
        #expect(try !isHeld(finding(.unsafe), isNew: true) { $0.set(["spec", "mode"], "dev") })
        #expect(try isHeld(finding(), isNew: true) { $0.set(["spec", "mode"], "dev") })
    }

    @Test func breakGlassHoldsForItsGenerationAndWaiversUntilTheirDay() throws {
        func acknowledged(_ text: JSONValue) throws -> Bool {
            try !isHeld(finding(), isNew: true) { $0.set(["metadata", "annotations", Annotation.acknowledge], text) }
        }
        #expect(try acknowledged("hmac-key@1"))
        #expect(try acknowledged("other@1, hmac-key@1"))
        #expect(try !acknowledged("hmac-key@2"))
        #expect(try !acknowledged("kek@1"))
        func waived(_ until: JSONValue) throws -> Bool {
            try !isHeld(finding(), isNew: true) {
                $0.set(["spec", "hardening", "waivers"], [["rule": "hmac-key", "reason": "x", "until": until]])
            }
        }
        #expect(try waived("2026-11-25"))
        #expect(try !waived("2026-11-24"))
    }

    @Test func togetherMovesIntoOneWave() {
        let waves = Waves.merged(Catalog.caracal.waves, [.sts, .gateway, .api]).map { $0.map(\.name) }
        #expect(waves.first == [.sts, .api, .gateway])
        #expect(waves.flatMap(\.self).count == Catalog.caracal.components.count)
        #expect(
            Waves.merged(Catalog.caracal.waves, []).map { $0.map(\.name) }
                == Catalog.caracal.waves.map { $0.map(\.name) })
    }

    @Test func churnHasAnEnd() {
        var churn = SecretChurn()
        let key = ObjectKey(namespace: "n", name: "prod")
        let start = ContinuousClock.now
        for _ in 0..<SecretChurn.limit {
            #expect(churn.mayRoll(key, .sts, now: start) == nil)
            churn.rolled(key, .sts, now: start)
        }
        #expect(churn.mayRoll(key, .sts, now: start + .seconds(60)) == start + SecretChurn.window)
        #expect(churn.mayRoll(key, .api, now: start) == nil)
        #expect(churn.mayRoll(key, .sts, now: start + .seconds(3601)) == nil)
    }
}
