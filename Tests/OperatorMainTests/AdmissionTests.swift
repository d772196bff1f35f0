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

/// Somebody else's admission changes what the operator writes, on its way into the cluster.
@Suite(.serialized, .timeLimit(.minutes(3))) struct AdmissionTests {
    /// What a mesh and a LimitRange do: they add, and leave our fields as they are.
    @Sendable private static func mesh(_ object: JSONValue) -> JSONValue {
        guard object.kind == "Deployment" || object.kind == "StatefulSet" else { return object }
        var object = object
        object.set(["metadata", "labels", "mesh/injected"], "true")
        object.set(["spec", "template", "metadata", "annotations", "mesh/status"], "injected")
        let path = ["spec", "template", "spec", "containers"]
        var containers = object.at(path)?.array ?? []
        for index in containers.indices {
            containers[index].set(["resources", "limits", "mesh.example/share"], "1")
        }
        if !containers.contains(where: { $0["name"] == "proxy" }) {
            containers.append([
                "name": "proxy", "image": "mesh/proxy:1", "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent", "resources": [:],
            ])
        }
        object.set(path, .array(containers))
        return object
    }

    /// C36, C38. Fails when what others add counts as a difference: each look would write again.
    @Test func whatIsAddedOnTheWayInIsNotFought() async throws {
        try await Theatre.open { theatre in
            await theatre.cluster.admit(through: Self.mesh)
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let api = try await theatre.client.get(
                    .deployments, ObjectKey(namespace: theatre.namespace, name: "prod-api"))
                #expect(api.label("mesh/injected") == "true")
                #expect(api.at("spec", "template", "spec", "containers")?.array?.count == 2)
                let counts = Dictionary(grouping: one.transport.objectWrites, by: \.path).mapValues(\.count)
                let twice = counts.filter { $0.value > 1 }
                #expect(twice.isEmpty, "each object was written once")
                let writes = one.transport.objectWrites.count
                for _ in 0..<5 {
                    one.runtime.queue.add(theatre.key)
                    await one.settle()
                }
                #expect(one.transport.objectWrites.count == writes, "nothing is written at rest")
            }
        }
    }

    /// C38. An admission that takes our own value back cannot be outdone: it is named, and not fought at the speed of the
    /// watch. Hangs when what is taken back is written for ever.
    @Test func anAdmissionThatTakesOurValuesBackIsNamed() async throws {
        try await Theatre.open { theatre in
            await theatre.cluster.admit { object in
                guard object.kind == "Service", object.name == "prod-web" else { return object }
                var object = object
                object.set(["metadata", "labels", "app.kubernetes.io/part-of"], "theirs")
                return object
            }
            try await theatre.operate { one in
                try await theatre.apply()
                let instance = try await theatre.wait(for: "Contested")
                let message = Operation.condition(instance, "Ready")?["message"]?.string ?? ""
                #expect(message.contains("Service prod-web") && message.contains("mutating webhook"), "\(message)")
                await one.settle()
                #expect(one.transport.writes.count { $0.path.hasSuffix("/services/prod-web") } <= 4)
            }
        }
    }
}
