import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Preflight
import Rendering
import TestSupport
import Testing

@testable import Reconciliation

/// The planner is pure: each test builds a world and looks at the decision.
@Suite struct PlannerTests {
    private struct World {
        var objects: [RenderedObject]
        var context: RenderContext
        var instance: CaracalInstance
        var live: [JSONValue] = []
        var findings: [SecretFinding] = []
        var preflight: [PreflightFinding] = []
        var rotation: RotationGate?

        init(_ change: @escaping (inout JSONValue) -> Void = { _ in }) throws {
            context = try Fixture.production.context(change)
            instance = try Fixture.production.instance(change)
            objects = try ResourceCatalog.render(context)
        }

        func plan() -> Plan {
            let view = LiveView(owner: "uid-1", objects: live, pods: [])
            return Planner(
                context: context, instance: instance, objects: objects, live: view, findings: findings,
                now: Timestamp(seconds: 1_800_000_000), preflight: preflight, rotation: rotation
            ).plan()
        }

        /// Puts what the plan writes into the world, as a server would show it, and finishes what was started.
        mutating func perform(_ plan: Plan, finishing: Bool = true) {
            for write in plan.writes {
                var object = write.object.document
                object.set(["metadata", "uid"], .string(object.name))
                object.set(["metadata", "generation"], 1)
                if finishing, object.gvk.kind == "Job" {
                    object.set(
                        ["status"],
                        [
                            "conditions": [["type": "Complete", "status": "True"]],
                            "completionTime": "2026-11-23T00:00:00Z",
                        ])
                }
                if finishing, write.object.role == .workload {
                    let count = object.at("spec", "replicas")?.integer ?? 2
                    object.set(["spec", "replicas"], .integer(count))
                    object.set(
                        ["status"],
                        [
                            "observedGeneration": 1, "replicas": .integer(count), "readyReplicas": .integer(count),
                            "updatedReplicas": .integer(count),
                        ])
                }
                live.removeAll { $0.gvk.kind == object.gvk.kind && $0.name == object.name }
                live.append(object)
            }
        }

        mutating func settle() {
            for _ in 0..<12 {
                let plan = plan()
                if plan.isConverged, plan.writes.isEmpty { return }
                perform(plan)
            }
        }

        mutating func change(_ kind: String, _ name: String, _ change: (inout JSONValue) -> Void) {
            guard let at = live.firstIndex(where: { $0.gvk.kind == kind && $0.name == name }) else { return }
            change(&live[at])
        }
    }

    private func names(_ plan: Plan, _ role: ObjectRole) -> [String] {
        plan.writes.filter { $0.object.role == role }.map(\.object.name).sorted()
    }

    @Test func theOrderIsJobsThenWavesThenNothing() throws {
        var world = try World()
        var steps: [[String]] = []
        for _ in 0..<12 {
            let plan = world.plan()
            let step = plan.writes.filter { $0.object.role == .job || $0.object.role == .workload }
                .map { $0.object.component?.rawValue ?? "" }.sorted()
            if !step.isEmpty { steps.append(step) }
            if plan.isConverged { break }
            world.perform(plan)
        }
        #expect(
            steps == [["migrate"], ["auth-migrate"], ["sts"], ["api", "audit", "coordinator"], ["gateway"], ["web"]])
        #expect(world.plan().isConverged)
        #expect(world.plan().writes.isEmpty)
    }

    /// Fails when only the wave that moves is judged: the finding would then pass for what runs already.
    @Test func aFindingAboutALaterWaveIsHeldFromTheStart() throws {
        var world = try World()
        world.settle()
        for kind in [("StatefulSet", "prod-sts"), ("Deployment", "prod-web")] {
            world.change(kind.0, kind.1) { $0.set(["spec", "template", "spec", "terminationGracePeriodSeconds"], 1) }
        }
        let bad = PreflightFinding(
            rule: "tunables", origin: .spec, subject: "spec.components.web.env[DB_POOL_MAX]", readers: [.web],
            weight: .refusesToStart, message: "is not a whole number")
        world.preflight = [bad]
        let plan = world.plan()
        #expect(names(plan, .workload) == ["prod-sts"])
        #expect(plan.held[bad] == [.web])
        #expect(plan.obstacles.first?.reason == .preflightFailed)
        world.perform(plan)
        #expect(names(world.plan(), .workload) == [])
    }

    /// Fails when one that signs gets the new key and one that verifies does not.
    @Test func readersOfAChangedKeyGetItTogetherOrNotAtAll() throws {
        var world = try World()
        world.settle()
        for kind in [("StatefulSet", "prod-sts"), ("StatefulSet", "prod-gateway"), ("Deployment", "prod-api")] {
            world.change(kind.0, kind.1) {
                $0.set(["spec", "template", "metadata", "annotations", Annotation.fingerprint], "k.before")
            }
        }
        let entry: JSONValue = [
            "key": "gatewayStsHmacKey", "secret": "caracal-runtime", "fingerprint": "k.new", "previous": "k.old",
            "firstSeen": "2026-11-25T00:00:00Z", "consumers": ["api", "gateway", "sts"],
        ]
        world.rotation = RotationGate(
            ledger: SecretLedger(status: ["secrets": [entry]]), catalog: .caracal, requirements: [], states: [:],
            acknowledged: Acknowledgements(world.instance.identity))
        #expect(names(world.plan(), .workload) == ["prod-api", "prod-gateway", "prod-sts"], "at once")
        world.preflight = [
            PreflightFinding(
                rule: "kek", origin: .secret, subject: "Secret/caracal-runtime: secretStoreKek", readers: [.sts, .api],
                weight: .refusesToStart, message: "has 2 bytes")
        ]
        let plan = world.plan()
        #expect(names(plan, .workload) == [])
        #expect(plan.obstacles.contains { $0.message.contains("gateway wait for the other readers") })
    }

    /// Fails when a change that is held closes the way of the pods that run on.
    @Test func whatAHeldComponentUsesStaysOpen() throws {
        var world = try World()
        world.settle()
        let before = world.live.first { $0.gvk.kind == "NetworkPolicy" && $0.name == "prod-api" }?.at("spec", "egress")
        var moved = try World {
            $0.set(["spec", "database", "peers"], [["ipBlock": ["cidr": "10.7.0.0/16"]]])
        }
        moved.live = world.live
        moved.change("Deployment", "prod-api") {
            $0.set(["spec", "template", "spec", "terminationGracePeriodSeconds"], 1)
        }
        moved.preflight = [
            PreflightFinding(
                rule: "kek", origin: .spec, subject: "x", readers: [.api], weight: .refusesToStart, message: "m")
        ]
        let policy = try #require(
            moved.plan().writes.first { $0.object.name == "prod-api" && $0.object.role == .networkPolicy })
        let after = policy.object.document.at("spec", "egress")?.array ?? []
        for rule in before?.array ?? [] { #expect(after.contains(rule)) }
        #expect(after.count > before?.array?.count ?? 0)
        let web = try #require(
            moved.plan().writes.first { $0.object.name == "prod-web" && $0.object.role == .networkPolicy })
        #expect(!web.object.document.text.contains("cnpg.io/cluster"), "nobody runs with the old way any more")
    }

    @Test func aWaveWaitsForTheAutoscalersMinimum() throws {
        var world = try World()
        world.settle()
        world.change("Deployment", "prod-api") {
            $0.set(["spec", "replicas"], 1)
            $0.set(["status", "readyReplicas"], 1)
            $0.set(["status", "updatedReplicas"], 1)
            $0.set(["status", "replicas"], 1)
        }
        #expect(world.plan().waitingFor == "api (1 of 2 pods updated)")
    }

    @Test func aFailedJobHoldsWorkloadsAndSaysHowToGoOn() throws {
        var world = try World()
        world.perform(world.plan(), finishing: false)
        let job = try #require(world.live.first { $0.gvk.kind == "Job" })
        world.change("Job", job.name) {
            $0.set(
                ["status"], ["conditions": [["type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"]]])
        }
        let plan = world.plan()
        #expect(plan.obstacles.first?.reason == .migrationFailed)
        #expect(plan.obstacles.first?.message.contains("kubectl delete job \(job.name)") == true)
        #expect(names(plan, .workload).isEmpty)
    }

    @Test func manualMigrationsWaitForTheirGeneration() throws {
        let manual: (inout JSONValue) -> Void = { $0.set(["spec", "database", "migrations"], ["policy": "Manual"]) }
        let waiting = try World(manual).plan()
        #expect(waiting.obstacles.first?.reason == .migrationAwaitsApproval)
        #expect(names(waiting, .job).isEmpty)
        let approved = try World {
            manual(&$0)
            $0.set(["metadata", "annotations"], [Annotation.acknowledge: "migrations@1"])
        }.plan()
        #expect(names(approved, .job).count == 1)
        let stale = try World {
            manual(&$0)
            $0.set(["metadata", "annotations"], [Annotation.acknowledge: "migrations@0"])
        }.plan()
        #expect(names(stale, .job).isEmpty)
    }

    @Test func externalMigrationsMakeNoJob() throws {
        let plan = try World { $0.set(["spec", "database", "migrations"], ["policy": "External"]) }.plan()
        #expect(names(plan, .job).isEmpty)
        #expect(names(plan, .workload) == ["prod-sts"])
    }

    @Test func theLedgerNotTheJobSaysWhatRan() throws {
        var world = try World()
        world.settle()
        world.live.removeAll { $0.gvk.kind == "Job" }
        #expect(names(world.plan(), .job).isEmpty, "the copy on the workloads is enough")
        world.change("StatefulSet", "prod-sts") { $0.set(["metadata", "annotations", Annotation.migrated], nil) }
        for name in ["StatefulSet", "Deployment"] {
            for object in world.live where object.gvk.kind == name {
                world.change(name, object.name) { $0.set(["metadata", "annotations", Annotation.migrated], nil) }
            }
        }
        #expect(names(world.plan(), .job).count == 1, "without any evidence the idempotent runner runs again")
    }

    @Test func generationAIsNeverUpgradedOut() throws {
        var world = try World {
            $0.set(["spec", "mode"], "rc")
            $0.set(["spec", "version"], "2026.07.03-rc.1")
        }
        world.settle()
        var next = try World()
        next.live = world.live
        let plan = next.plan()
        #expect(plan.obstacles.first?.reason == .unknownUpgradePath)
        #expect(names(plan, .job).isEmpty && names(plan, .workload).isEmpty)
    }

    @Test func anImmutableChangeIsNamedNotTried() throws {
        var world = try World()
        world.settle()
        var next = try World { $0.set(["spec", "components"], ["sts": ["replay": ["size": "5Gi"]]]) }
        next.live = world.live
        let plan = next.plan()
        #expect(plan.obstacles.contains { $0.reason == .immutableChange && $0.message.contains("--cascade=orphan") })
        #expect(!names(plan, .workload).contains("prod-sts"))
    }

    @Test func policiesWidenWhilePodsRollAndTightenAfter() throws {
        var world = try World()
        world.settle()
        var next = try World {
            $0.set(["spec", "redis", "peers"], [["ipBlock": ["cidr": "10.1.0.0/16"]]])
            $0.set(["spec", "observability"], ["logLevel": "debug"])
        }
        next.live = world.live
        let rolling = next.plan()
        let wide = try #require(
            rolling.writes.first { $0.object.name == "prod-sts" && $0.object.role == .networkPolicy }
        ).object.document.text
        #expect(wide.contains("10.1.0.0/16") && wide.contains("6379"))
        #expect(wide.contains("\"kubernetes.io/metadata.name\":\"data\""))
        next.settle()
        let tight = try #require(next.live.first { $0.gvk.kind == "NetworkPolicy" && $0.name == "prod-sts" })
        #expect(
            tight["spec"]
                == next.objects.first { $0.resource == .networkPolicies && $0.name == "prod-sts" }?.document["spec"])
    }

    @Test func whatIsNotOursIsNeitherCountedNorPruned() throws {
        var world = try World()
        world.settle()
        var stranger = try #require(world.live.first { $0.gvk.kind == "Service" })
        stranger.set(["metadata", "name"], "stranger")
        stranger.set(
            ["metadata", "ownerReferences"], [["kind": "X", "name": "x", "uid": "other", "controller": true]])
        world.live.append(stranger)
        var leftover = stranger
        leftover.set(["metadata", "name"], "leftover")
        leftover.set(
            ["metadata", "ownerReferences"],
            [["kind": "CaracalDeployment", "name": "prod", "uid": "uid-1", "controller": true]])
        world.live.append(leftover)
        #expect(world.plan().prunes.map(\.name) == ["leftover"])
    }

    @Test func nothingIsPrunedWhileSomethingIsWaitedFor() throws {
        var world = try World()
        world.settle()
        world.live.append([
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": "leftover", "namespace": "caracal",
                "ownerReferences": [["kind": "CaracalDeployment", "name": "prod", "uid": "uid-1", "controller": true]],
            ],
        ])
        world.change("StatefulSet", "prod-sts") { $0.set(["status", "readyReplicas"], 1) }
        #expect(world.plan().prunes.isEmpty)
    }

    @Test func aPausedComponentIsLeftAlone() throws {
        var world = try World()
        world.settle()
        var next = try World {
            $0.set(["spec", "components"], ["api": ["paused": true]])
            $0.set(["spec", "observability"], ["logLevel": "debug"])
        }
        next.live = world.live
        for _ in 0..<6 { next.perform(next.plan()) }
        let api = next.live.first { $0.gvk.kind == "Deployment" && $0.name == "prod-api" }
        #expect(api?.text.contains("\"debug\"") == false)
    }

    @Test func aLostPodIsReportedAndHoldsNobody() throws {
        var world = try World()
        world.settle()
        var next = try World { $0.set(["spec", "components"], ["web": ["resources": ["limits": ["memory": "1Gi"]]]]) }
        next.live = world.live
        next.change("StatefulSet", "prod-sts") { $0.set(["status", "readyReplicas"], 1) }
        let plan = next.plan()
        #expect(plan.obstacles.first?.reason == .componentUnavailable)
        #expect(names(plan, .workload) == ["prod-web"])
    }

    @Test func aTamperedPolicyIsPutRightEvenWhileSomethingWaits() throws {
        var world = try World()
        world.settle()
        world.change("StatefulSet", "prod-sts") { $0.set(["status", "readyReplicas"], 1) }
        world.change("NetworkPolicy", "prod-default-deny") { $0.set(["spec", "ingress"], [[:]]) }
        world.change("NetworkPolicy", "prod-gateway") {
            var rules = $0.at("spec", "egress")?.array ?? []
            rules[0].set(
                ["ports"],
                .array((rules[0]["ports"]?.array ?? []) + [["port": 1, "endPort": 65535, "protocol": "TCP"]]))
            $0.set(["spec", "egress"], .array(rules))
        }
        world.change("Service", "prod-api") { $0.set(["spec", "selector", "extra"], "x") }
        let plan = world.plan()
        #expect(names(plan, .networkPolicy) == ["prod-default-deny", "prod-gateway"])
        #expect(names(plan, .service) == ["prod-api"])
        let gateway = plan.writes.first { $0.object.name == "prod-gateway" }
        #expect(gateway?.object.document.text.contains("65535") == false)
    }

    @Test func somebodyElsesObjectIsNotTakenOver() throws {
        var world = try World()
        world.live.append([
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": "prod-api", "namespace": "caracal",
                "ownerReferences": [["kind": "Other", "name": "x", "uid": "other", "controller": true]],
            ],
        ])
        let plan = world.plan()
        #expect(plan.obstacles.contains { $0.reason == .nameTaken && $0.message.contains("Service prod-api") })
        #expect(!names(plan, .service).contains("prod-api"))
    }

    @Test func aLostDigestKeyRollsNobody() {
        #expect(Fingerprints.rebased(current: "new.1", template: "old.9", baseline: nil) == ("old.9", "new.1"))
        #expect(Fingerprints.rebased(current: "new.1", template: "old.9", baseline: "new.1") == ("old.9", "new.1"))
        #expect(Fingerprints.rebased(current: "new.2", template: "old.9", baseline: "new.1") == ("new.2", nil))
        #expect(Fingerprints.rebased(current: "new.2", template: "new.1", baseline: nil) == ("new.2", nil))
    }
}
