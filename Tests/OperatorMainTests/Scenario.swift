import CaracalAPI
import KubeClient
import KubeModel
import TestSupport

/// What a user does to an instance, and how one sees that the operator is through with it.
enum Scenario: String, CaseIterable, Sendable {
    case install, change, disable, rotate, upgrade, delete

    /// What stands before it.
    var isFromNothing: Bool { self == .install }

    func prepare(_ stage: some Stage) async throws {
        guard !isFromNothing else { return }
        try await stage.apply { if self == .upgrade { $0.set(["spec", "version"], "0.2.1") } }
        try await stage.wait(for: "Converged")
    }

    func act(_ stage: some Stage) async throws {
        switch self {
        case .install, .upgrade: try await stage.apply()
        case .change:
            try await stage.apply {
                $0.set(["spec", "podDefaults"], ["labels": ["team": "x"]])
                $0.set(["spec", "exposure", "peers"], [["ipBlock": ["cidr": "10.0.0.0/16"]]])
            }
        case .disable:
            // Clients keep the issuer: another one would ask for an acknowledgement.
            try await stage.apply {
                $0.set(["spec", "exposure", "sts"], nil)
                $0.set(["spec", "sts"], ["issuerURL": "https://sts.example.com"])
            }
        case .rotate:
            try await stage.client.patch(
                .secrets, ObjectKey(namespace: stage.namespace, name: "caracal-runtime"), .merge,
                ["data": try await stage.rotatedKey()])
        case .delete:
            let instance = try await stage.client.get(CaracalDeployment.resource, stage.key)
            try await stage.client.delete(CaracalDeployment.resource, stage.key, uid: instance.uid)
        }
    }

    /// Waits for a fact that only holds afterwards.
    func end(_ stage: some Stage, _ before: [String: String]) async throws {
        switch self {
        case .delete: try await gone(stage)
        case .rotate:
            let key = ObjectKey(namespace: stage.namespace, name: "prod-coordinator")
            let old = before["Deployment/prod-coordinator"] ?? ""
            try await stage.client.wait(.deployments, key) { object in
                let print = object?.at("spec", "template", "metadata", "annotations", Annotation.fingerprint)
                return !old.contains(print?.string ?? "-")
            }
            // The evidence names the new content, and every reader has it.
            let status = before["CaracalDeployment"] ?? ""
            try await stage.client.wait(CaracalDeployment.resource, stage.key) { object in
                let entry = object?.at("status", "secrets")?.array?.first { $0["key"] == "idempotencyHmacKey" }
                guard let object, let print = entry?["fingerprint"]?.string else { return false }
                return !status.contains(print) && !Operation.hasOpenRotation(object)
            }
            try await stage.wait(for: "Converged")
        case .disable:
            try await stage.client.wait(.ingresses, ObjectKey(namespace: stage.namespace, name: "prod-sts")) {
                $0 == nil
            }
            try await stage.wait(for: "Converged")
        default: try await stage.wait(for: "Converged")
        }
    }

    private func gone<Place: Stage>(_ stage: Place) async throws {
        for type in Place.kinds {
            for object in try await stage.objects(type) { try await stage.client.wait(type, object.key) { $0 == nil } }
        }
    }
}
