import CaracalAPI
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// Nodes and pods fail while nobody changes anything.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PodTroubleTests {
    /// C57. Every pod of a component is in trouble at once: the status says which and why, nothing is written but the
    /// status, and when the trouble is over the status says that. Fails when a pod's reason is not told.
    @Test(arguments: ["ImagePullBackOff", "CreateContainerConfigError", "true", "Unschedulable"])
    func whatAPodWaitsForIsToldAndNothingIsDone(trouble: String) async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                let before = one.transport.log.count
                try await annotate(theatre, .string(trouble))
                let reason = trouble == "true" ? "CrashLoopBackOff" : trouble
                let told = try await theatre.wait(for: "ComponentUnavailable")
                #expect(Operation.condition(told, "Ready")?["status"] == "False")
                try await theatre.client.wait(CaracalDeployment.resource, theatre.key) { object in
                    object.flatMap { Operation.condition($0, "Ready") }?["message"]?.string?.contains(reason) == true
                }
                await one.settle()
                try await annotate(theatre, .null)
                try await theatre.wait(for: "Converged")
                await one.settle()
                let writes = one.transport.log.dropFirst(before).filter { $0.method != "GET" }
                let objects = writes.filter { !$0.path.hasSuffix("/status") && !$0.path.contains("/events") }
                #expect(objects.isEmpty, "\(objects)")
                #expect(writes.count <= 12, "\(writes.count) writes of status and Events")
            }
        }
    }

    private func annotate(_ theatre: Theatre, _ trouble: JSONValue) async throws {
        for pod in try await theatre.client.list(.pods, namespace: theatre.namespace).items
        where pod.label(Label.component) == "web" {
            try await theatre.client.patch(
                .pods, pod.key, .merge, ["metadata": ["annotations": ["sandbox.caracal.run/fail": trouble]]])
        }
    }
}
