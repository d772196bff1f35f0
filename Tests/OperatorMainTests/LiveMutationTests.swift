import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeClient
import KubeModel
import KubeSandbox
import KubeSchema
import KubeYAML
import Rendering
import TestSupport
import Testing

@testable import KubeRuntime
@testable import OperatorMain

/// E01, E02: changes to a running instance, drawn from the CRD's own schema, and each taken back.
///
/// `LIVE_MUTATIONS` says how many (12); `FUZZ_SEED` draws others.
@Suite(.timeLimit(.minutes(60))) struct LiveMutationTests {
    private struct Seed: Sendable {
        var snapshot: SandboxCluster.Snapshot
        var state: [String: String]
    }

    private static let schema: JSONValue = {
        let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
        return crd.at("spec", "versions")?[0]?.at("schema", "openAPIV3Schema") ?? [:]
    }()

    private static let count = getenv("LIVE_MUTATIONS").flatMap { Int(String(cString: $0)) } ?? 12

    /// The status tells of each change the server takes, the operator lives, and the old spec brings the old objects back:
    /// the same fields, no claim lost, and nothing written once they are there. Fails where what is no
    /// longer wanted stays (seen with nothing pruned, at 60 changes and seed 99).
    @Test func everyChangeCanBeTakenBack() async throws {
        let seed = try await seed()
        let accepted = Locked(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<Self.count {
                if index >= 4 { try await group.next() }
                group.addTask {
                    var random = Fuzz("live-mutation", iterations: Self.count).random(index)
                    let document = try Self.mutated(&random)
                    let place = "FUZZ_SEED=\(Fuzz.seed), mutation \(index):\n\(YAML.text(document["spec"] ?? [:]))"
                    do {
                        if try await Self.thereAndBack(document, seed, place) { accepted.withLock { $0 += 1 } }
                    } catch { Issue.record(error, "\(place)") }
                }
            }
            try await group.waitForAll()
        }
        #expect(accepted.withLock { $0 } * 4 > Self.count, "most are refused by the server: nothing was tried")
    }

    private func seed() async throws -> Seed {
        let seed = Locked<Seed?>(nil)
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let made = Seed(snapshot: await theatre.cluster.snapshot(), state: try await Self.fields(theatre))
                seed.withLock { $0 = made }
            }
        }
        return try #require(seed.withLock { $0 })
    }

    /// A spec that differs from the sample's in one to four places and that the schema takes: what it refuses never gets
    /// to the operator.
    private static func mutated(_ random: inout SplitMix64) throws -> JSONValue {
        let (schema, original) = (try StructuralSchema(schema), try Fixture.production.document)
        let generator = SchemaGenerator(Self.schema.at("properties", "spec") ?? [:])
        var document = original
        for _ in 0..<(1 + random.below(4)) {
            for _ in 0..<300 {
                var draft = document
                draft.set(["spec"], generator.mutated(document["spec"] ?? [:], &random))
                // One way only: a release cannot be taken back.
                draft.set(["spec", "version"], original.at("spec", "version"))
                guard draft != document, schema.prune(draft).unknown.isEmpty, schema.violations(draft).isEmpty else {
                    continue
                }
                document = draft
                break
            }
        }
        return document
    }

    /// False where the server refused the change.
    private static func thereAndBack(_ document: JSONValue, _ seed: Seed, _ place: String) async throws -> Bool {
        let isTaken = Locked(false)
        try await Theatre.open(seed.snapshot) { theatre in
            let revision = await theatre.cluster.latestRevision
            try await theatre.operate { one in
                do {
                    try await theatre.client.apply(CaracalDeployment.resource, document, fieldManager: "user")
                } catch let error as KubeError where error.code == .invalid { return }
                isTaken.withLock { $0 = true }
                try await untilThrough(theatre, place)
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let state = try await fields(theatre)
                for (name, text) in seed.state where state[name] != text {
                    Issue.record("\(name): \(Mask.difference(text, state[name] ?? "not there"))\n\(place)")
                }
                #expect(Set(state.keys) == Set(seed.state.keys), "\(place)")
                let births = await theatre.births(after: revision)
                #expect(births.keys.allSatisfy { !$0.hasPrefix("DELETED PersistentVolumeClaim") }, "\(place)")
                let writes = one.transport.objectWrites.count
                one.runtime.queue.add(theatre.key)
                await one.settle()
                #expect(one.transport.objectWrites.count == writes, "written at rest: \(place)")
            }
        }
        return isTaken.withLock { $0 }
    }

    /// Until the operator is through with the change, or says why it cannot go on; half a minute is the time it has.
    private static func untilThrough(_ theatre: Theatre, _ place: String) async throws {
        let last = Locked<JSONValue>(.null)
        let isThrough = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await theatre.client.wait(CaracalDeployment.resource, theatre.key) { object in
                    guard let object, let ready = Operation.condition(object, "Ready") else { return false }
                    last.withLock { $0 = ready }
                    guard ready["observedGeneration"]?.integer == object.generation else { return false }
                    // These wait for a person, and say for what.
                    let isWaiting = ready["reason"]?.string.map { $0.hasPrefix("Secret") || $0.hasPrefix("Paused") }
                    return ready["reason"] == "Converged" || isWaiting == true
                        || Operation.condition(object, "Stalled")?["status"] == "True"
                }
                return true
            }
            group.addTask {
                await Bell().wait(until: .now + .seconds(30))
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        if !isThrough { Issue.record("neither done nor stalled: \(last.withLock { $0.text })\n\(place)") }
    }

    /// What the operator wants of each object, without the counting of changes.
    private static func fields(_ theatre: Theatre) async throws -> [String: String] {
        var fields: [String: String] = [:]
        for type in Theatre.kinds {
            for object in try await theatre.objects(type) {
                var shown = object
                shown.set(["status"], nil)
                shown.set(["metadata", "generation"], nil)
                // A finished Job goes by its own time to live.
                if type == .jobs { continue }
                fields["\(object.kind)/\(object.name)"] = Mask.text(shown, in: theatre.namespace)
            }
        }
        return fields
    }
}
