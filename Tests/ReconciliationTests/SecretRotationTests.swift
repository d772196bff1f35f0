import CaracalAPI
import CaracalCatalog
import Crypto
import KubeModel
import Preflight
import Rendering
import TestSupport
import Testing

@testable import Reconciliation

/// The ledger of `status.secrets`, and what a new value waits for.
@Suite struct SecretRotationTests {
    private static let key = DigestKey(Array(repeating: 7, count: 32))

    private struct World {
        var context: RenderContext
        var values: [String: String] = [:]
        var ledger = SecretLedger(status: [:])
        var annotations: JSONValue = [:]
        var pods: [JSONValue] = []
        var live: [JSONValue] = []
        var now = 1_800_000_000.0

        init() throws {
            context = try Fixture.production.context()
            for requirement in context.secretRequirements() where !requirement.isOptional {
                values[requirement.key] = "value of \(requirement.key)"
            }
        }

        var states: [String: SecretState] {
            let data = values.map { (key: $0.key, value: JSONValue.string(Base64.encode(Array($0.value.utf8)))) }
            return ["caracal-runtime": SecretInspector(key: key).inspect(["data": .object(JSONObject(data))])]
        }

        mutating func look() {
            ledger = ledger.observing(
                context.secretRequirements(), states: states, keyID: key.id, now: Timestamp(seconds: now))
            ledger = ledger.counting(view, context, now: Timestamp(seconds: now))
            // As it is written and read again.
            ledger = SecretLedger(status: ["secrets": ledger.json])
        }

        var view: LiveView { LiveView(owner: "uid-1", objects: live, pods: pods) }

        /// Pods of every component, made now.
        mutating func restart(_ components: [ComponentName]? = nil) {
            for component in components ?? context.catalog.components.map(\.name) {
                pods.removeAll { $0.labels[Label.component] == component.rawValue }
                for index in 0..<2 {
                    pods.append([
                        "metadata": [
                            "name": .string("\(component)-\(index)"),
                            "labels": [Label.component: .string(component.rawValue)],
                            "creationTimestamp": .string(Timestamp(seconds: now + 1).description),
                        ]
                    ])
                }
            }
        }

        /// Workloads that read a key-encryption key of before.
        mutating func mountPrevious() throws {
            var objects: [JSONValue] = []
            for object in try ResourceCatalog.render(context) where object.role == .workload {
                var document = object.document
                var containers = document.at("spec", "template", "spec", "containers")?.array ?? []
                containers[0].set(["env"], [["name": "SECRET_STORE_KEK_PREVIOUS_FILE", "value": "/x"]])
                document.set(["spec", "template", "spec", "containers"], .array(containers))
                objects.append(document)
            }
            live = objects
        }

        func obstacles() throws -> [(readers: Set<ComponentName>, obstacle: Obstacle)] {
            let instance = try Fixture.production.instance { $0.set(["metadata", "annotations"], annotations) }
            return RotationGate(
                ledger: ledger, catalog: context.catalog, requirements: context.secretRequirements(), states: states,
                acknowledged: Acknowledgements(instance.identity)
            ).obstacles(view, context)
        }

        private let key = SecretRotationTests.key
    }

    private func running() throws -> World {
        var world = try World()
        world.look()
        world.restart()
        world.look()
        world.now += 3600
        return world
    }

    @Test func theLedgerTellsHowFarReadersAre() throws {
        var world = try running()
        #expect(world.ledger.entries["auditHmacKey"]?.completedAt != nil)
        #expect(world.ledger.entries["auditHmacKey"]?.consumers == [.api, .audit, .coordinator, .gateway, .sts])
        world.values["metricsBearer"] = "another"
        world.look()
        var entry = try #require(world.ledger.entries["metricsBearer"])
        #expect((entry.current, entry.total) == (0, 10))
        #expect(entry.isPending)
        world.restart([.sts, .api])
        world.look()
        entry = try #require(world.ledger.entries["metricsBearer"])
        #expect((entry.current, entry.total) == (4, 10))
        #expect(entry.completedAt == nil)
        world.restart()
        world.look()
        entry = try #require(world.ledger.entries["metricsBearer"])
        #expect(entry.current == 10)
        #expect(entry.completedAt != nil)
        #expect(entry.previous == nil)
        #expect(
            world.ledger.entries["auditHmacKey"]?.firstSeen.hasPrefix("2027-01-15T08:00") == true,
            "others stay as they were")
    }

    /// Losing the digest key re-baselines and claims no change.
    @Test func anotherDigestKeyIsNoRotation() throws {
        var world = try running()
        let old = world.ledger
        world.ledger = old.observing(
            world.context.secretRequirements(),
            states: [
                "caracal-runtime": SecretInspector(key: DigestKey([1])).inspect(["data": ["auditHmacKey": "eA=="]])
            ],
            keyID: DigestKey([1]).id, now: Timestamp(seconds: world.now))
        #expect(world.ledger.entries["auditHmacKey"]?.isPending == false)
        #expect(world.ledger.entries["auditHmacKey"]?.firstSeen == old.entries["auditHmacKey"]?.firstSeen)
    }

    @Test(arguments: ["auditHmacKey", "caracalAdminToken"]) func whatCostsSomethingIsAskedFor(key: String) throws {
        var world = try running()
        #expect(try world.obstacles().isEmpty)
        world.values[key] = "another"
        world.look()
        let held = try #require(try world.obstacles().first)
        #expect(held.obstacle.reason == .rotationAwaitsAcknowledgement)
        #expect(held.obstacle.message.contains("acknowledge=rotate-\(key)@"))
        #expect(!held.obstacle.message.contains("another value of") && held.readers.contains(.api))
        let command = held.obstacle.message.split(separator: "acknowledge=").last?.prefix { $0 != " " } ?? ""
        world.annotations = [Annotation.acknowledge: .string(String(command))]
        #expect(try world.obstacles().isEmpty)
        world.values[key] = "yet another"
        world.look()
        #expect(try world.obstacles().count == 1, "another value wants another acknowledgement")
    }

    /// caracal-runtime.md §9: the old value has to stay readable.
    @Test(arguments: [
        ("secretStoreKek", "secretStoreKekPrevious"), ("idempotencyHmacKey", "idempotencyHmacKeyPrevious"),
    ])
    func aStagedKeyNeedsTheOneBefore(key: String, previous: String) throws {
        var world = try running()
        let old = world.values[key]
        world.values[key] = "another"
        world.look()
        #expect(try world.obstacles().first?.obstacle.message.contains(previous) == true)
        world.values[previous] = "something else"
        world.look()
        #expect(try world.obstacles().count == 1)
        world.values[previous] = old
        world.look()
        #expect(try world.obstacles().isEmpty)
    }

    @Test func aPreviousKeyMayNotVanishWhileItIsMounted() throws {
        var world = try running()
        world.values["secretStoreKekPrevious"] = "old"
        world.look()
        world.restart()
        world.look()
        try world.mountPrevious()
        world.values["secretStoreKekPrevious"] = nil
        world.look()
        let held = try world.obstacles().filter { $0.obstacle.message.contains("drop-secretStoreKekPrevious@") }
        #expect(held.first?.readers == [.sts, .api])
        world.live = []
        #expect(try world.obstacles().isEmpty, "nobody reads it any more")
    }

    /// In a swap the value that leaves is the one that becomes current; any other leaves nothing to read with.
    @Test func aPreviousKeyMayOnlyBeSwapped() throws {
        var world = try running()
        world.values["secretStoreKekPrevious"] = "next"
        world.look()
        world.restart()
        world.look()
        try world.mountPrevious()
        let current = world.values["secretStoreKek"]
        world.now += 60
        world.values["secretStoreKekPrevious"] = "stranger"
        world.look()
        #expect(try world.obstacles().contains { $0.obstacle.message.contains("drop-secretStoreKekPrevious@") })
        world.values["secretStoreKek"] = "next"
        world.values["secretStoreKekPrevious"] = current
        world.look()
        #expect(try world.obstacles().isEmpty)
    }

    /// A held template still mounts the Secret before: a pod a drain made anew proves nothing about the new one.
    @Test func aPodThatMountsAnotherSecretIsNotCurrent() throws {
        var world = try running()
        world.values["metricsBearer"] = "another"
        world.look()
        world.restart()
        for index in world.pods.indices { world.pods[index].set([NarrowPod.mountedSecrets], ["caracal-runtime-old"]) }
        world.look()
        #expect(world.ledger.entries["metricsBearer"]?.current == 0)
        #expect(world.ledger.entries["metricsBearer"]?.completedAt == nil)
    }

    @Test func whatWasSaidStaysSaid() throws {
        let instance = try Fixture.production.instance {
            $0.set(["metadata", "annotations", Annotation.acknowledge], "rotate-auditHmacKey@1234abcd")
        }
        let command = Acknowledgements(instance.identity).command("rotate-caracalAdminToken", of: "feedbeef")
        #expect(command.contains("=rotate-auditHmacKey@1234abcd,rotate-caracalAdminToken@feedbeef --overwrite"))
    }

    @Test func sharedKeysMoveTogether() throws {
        var world = try running()
        world.values["gatewayStsHmacKey"] = "another"
        world.look()
        let gate = RotationGate(
            ledger: world.ledger, catalog: world.context.catalog, requirements: world.context.secretRequirements(),
            states: world.states, acknowledged: Acknowledgements(try Fixture.production.instance().identity))
        #expect(gate.together == [.sts, .gateway, .api])
        #expect(try world.obstacles().isEmpty)
    }
}
