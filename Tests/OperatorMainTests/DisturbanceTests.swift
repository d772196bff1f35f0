import CaracalAPI
import CaracalCatalog
import Hardening
import KubeClient
import KubeModel
import KubeRuntime
import Reconciliation
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// What people and other controllers do to a running instance.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DisturbanceTests {
    /// B38. Fails when something is known from the status alone, and when nobody looks before the hour is over (seen on a
    /// real server).
    @Test func aWipedStatusComesBack() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let before = try await theatre.state()
                try await theatre.client.patch(
                    CaracalDeployment.resource, theatre.key, .merge, ["status": .null], subresource: "status")
                try await theatre.wait(for: "Converged")
                await one.settle()
                let after = try await theatre.state()
                #expect(after == before)
                let jobs = await theatre.births(after: 0).filter { $0.key.hasPrefix("ADDED Job/") }
                #expect(jobs.values.allSatisfy { $0 == 1 }, "nothing is migrated again")
            }
        }
    }

    /// B24. What changes nothing about what is wanted (managedFields, labels) brings no look; an annotation does, which may
    /// acknowledge something. Fails when every event of the instance brings one.
    @Test func onlyWhatMattersBringsALook() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                /// How many looks there were until the one that the last change brings was over.
                func looks(_ changes: [(field: String, value: JSONValue)]) async throws -> Int {
                    let before = one.runtime.queue.figures.adds
                    for (field, value) in changes {
                        try await theatre.client.patch(
                            CaracalDeployment.resource, theatre.key, .merge,
                            ["metadata": [field: ["somebody/else": value]]])
                    }
                    while one.runtime.queue.figures.adds == before { await Task.yield() }
                    await one.settle()
                    return one.runtime.queue.figures.adds - before
                }
                let few = try await looks([("annotations", "x")])
                let many = try await looks([("labels", "x"), ("labels", "y"), ("labels", "z"), ("annotations", "y")])
                #expect(few == 1 && many == 1, "\(few), and \(many)")
            }
        }
    }

    /// Jobs that are done are removed by the cluster an hour later: nothing visible changes, so nothing is written. Fails
    /// when what is told of an instance counts its Jobs (seen on a real server, where each hour brought two writes).
    @Test func aFinishedJobThatGoesIsNoNews() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let writes = one.transport.writes.count
                for job in try await theatre.objects(.jobs) {
                    try await theatre.client.delete(.jobs, job.key, uid: job.uid)
                    while one.runtime.stores.store(.jobs)?.has(job.key) == true { await Task.yield() }
                }
                one.runtime.queue.add(theatre.key)
                await one.settle()
                #expect(one.transport.writes.count == writes)
                // A status that differs in counts alone would be written five seconds after the last.
                #expect(one.runtime.queue.figures.nextDue ?? .seconds(3600) > .seconds(60))
            }
        }
    }

    /// C45. Fails when each edit in between is rolled out.
    @Test func manyEditsEndAtTheLast() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                for index in 1...50 {
                    try await theatre.apply {
                        $0.set(["spec", "podDefaults"], ["labels": ["round": .string("\(index)")]])
                    }
                }
                try await theatre.wait(for: "Converged")
                await one.settle()
                let web = try await theatre.client.get(
                    .deployments, ObjectKey(namespace: theatre.namespace, name: "prod-web"))
                #expect(web.at("spec", "template", "metadata", "labels", "round") == "50")
                #expect(web.generation < 30, "fewer than the edits")
            }
        }
    }

    /// C31, A102. Fails when a CRD that went ends a reflector, or when its return is not seen.
    @Test func aDefinitionThatIsDeletedAndMadeAnew() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate(settings: { $0.times.watchSeconds = 1...1 }) { _ in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
                let live = try await theatre.client.get(
                    .customResourceDefinitions, ObjectKey(namespace: "", name: crd.name))
                let instance = try await theatre.client.get(CaracalDeployment.resource, theatre.key)
                try await theatre.client.delete(CaracalDeployment.resource, theatre.key, uid: instance.uid)
                try await theatre.client.delete(.customResourceDefinitions, live.key, uid: live.uid)
                try await theatre.client.wait(
                    .deployments, ObjectKey(namespace: theatre.namespace, name: "prod-web")
                ) { $0 == nil }
                try await theatre.client.apply(.customResourceDefinitions, crd, fieldManager: "test")
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
            }
        }
    }

    /// C54, B52. Fails when two that see the same write different things.
    @Test func twoOperatorsWithoutAnElectionDoNotFight() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.operate { two in
                    try await theatre.apply()
                    try await theatre.wait(for: "Converged")
                    await one.settle()
                    await two.settle()
                    let before = (one.transport.writes.count, two.transport.writes.count)
                    for _ in 0..<5 {
                        one.runtime.queue.add(theatre.key)
                        two.runtime.queue.add(theatre.key)
                        await one.settle()
                        await two.settle()
                    }
                    #expect(one.transport.writes.count == before.0)
                    #expect(two.transport.writes.count == before.1)
                    let births = await theatre.births(after: 0)
                    #expect(births.values.allSatisfy { $0 == 1 })
                }
            }
        }
    }

    /// C62, A90. Fails when quantities are compared as they are written.
    @Test func anotherSpellingOfAnAmountChangesNothing() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                func resources(_ cpu: JSONValue, _ memory: JSONValue) -> JSONValue {
                    ["api": ["resources": ["requests": ["cpu": cpu], "limits": ["memory": memory]]]]
                }
                try await theatre.apply { $0.set(["spec", "components"], resources("1000m", "1Gi")) }
                try await theatre.wait(for: "Converged")
                await one.settle()
                let key = ObjectKey(namespace: theatre.namespace, name: "prod-api")
                let before = try await theatre.client.get(.deployments, key)
                try await theatre.apply { $0.set(["spec", "components"], resources("1", "1024Mi")) }
                try await theatre.wait(for: "Converged")
                await one.settle()
                let after = try await theatre.client.get(.deployments, key)
                func template(_ object: JSONValue) -> JSONValue? { object.at("spec", "template", "spec") }
                #expect(template(before) == template(after), "no pod restarts")
            }
        }
    }

    /// C50. As much as the API lets somebody hang on an instance and on its objects: it is carried along, and nothing is
    /// written for it. What would be too large is refused with the instance, by its schema.
    @Test func whatOthersHangOnIsCarriedAlong() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                let large = JSONValue.string(String(repeating: "x", count: 250 * 1024))
                try await theatre.apply { $0.set(["metadata", "annotations"], ["someone/large": large]) }
                try await theatre.wait(for: "Converged")
                await one.settle()
                let writes = one.transport.objectWrites.count
                for (type, name) in [(ResourceType.deployments, "prod-api"), (.services, "prod-api")] {
                    try await theatre.client.patch(
                        type, ObjectKey(namespace: theatre.namespace, name: name), .merge,
                        ["metadata": ["annotations": ["someone/large": large]]])
                }
                one.runtime.queue.add(theatre.key)
                await one.settle()
                #expect(one.transport.objectWrites.dropFirst(writes) == [])
                let many = JSONValue.array(
                    (0..<1000).map { ["name": .string("OPA_POLL_SECONDS\($0)"), "value": "1"] })
                await #expect(throws: KubeError.self) {
                    try await theatre.apply { $0.set(["spec", "components"], ["sts": ["env": many]]) }
                }
            }
        }
    }

    /// B39. Fails when a default is written into the spec.
    @Test func theSpecIsTheUsersAlone() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                let path = "/apis/caracal.run/v1alpha1/namespaces/caracal/caracaldeployments/prod"
                #expect(!one.transport.writes.contains { $0.path == path })
            }
        }
    }

    /// B35, C46. Fails when work goes on for an instance that is going.
    @Test func aDeletedInstanceIsNotMadeAgain() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.client.wait(
                    .statefulSets, ObjectKey(namespace: theatre.namespace, name: "prod-sts")
                ) { $0 != nil }
                let instance = try await theatre.client.get(CaracalDeployment.resource, theatre.key)
                try await theatre.client.delete(CaracalDeployment.resource, theatre.key, uid: instance.uid)
                for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) {
                    for object in try await theatre.client.list(type, namespace: theatre.namespace).items {
                        try await theatre.client.wait(type, object.key) { $0 == nil }
                    }
                }
                await one.settle()
                let left = try await theatre.state()
                #expect(left.isEmpty)
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
            }
        }
    }
}
