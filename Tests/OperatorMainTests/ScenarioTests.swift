import CaracalAPI
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

@Suite(.serialized, .timeLimit(.minutes(3))) struct ScenarioTests {
    @Test func oneApplyBecomesARunningInstance() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            let instance = try await operation.wait(for: "Converged")
            #expect(instance.at("status", "readyComponents") == "6/6")
            #expect(instance.at("status", "version") == "1.0.0")
            #expect(instance.at("status", "migrations")?.array?.count == 2)
            for type in ["Ready", "Available", "SecretsReady", "PreflightPassed", "Migrated", "Hardened"] {
                #expect(Operation.condition(instance, type)?["status"] == "True", "\(type)")
            }
            #expect(Operation.condition(instance, "NetworkIsolated")?["status"] == "Unknown")
        }
    }

    @Test func aSecondApplyChangesNothing() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let before = try await operation.versions()
            try await operation.apply()
            // A change that does need a write proves that the operator has looked since.
            try await operation.client.patch(
                CaracalDeployment.resource, operation.key, .merge, ["metadata": ["annotations": ["touched": "1"]]])
            try await operation.apply { $0.set(["spec", "podDefaults"], ["zoneSpread": "ScheduleAnyway"]) }
            try await operation.wait(for: "Converged")
            let after = try await operation.versions()
            #expect(after == before)
        }
    }

    @Test func whatIsDeletedOrEditedComesBack() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            for (type, name) in [
                (ResourceType.services, "prod-api"), (.networkPolicies, "prod-web"), (.deployments, "prod-web"),
                (.statefulSets, "prod-sts"),
                (.podDisruptionBudgets, "prod-sts"), (.serviceAccounts, "prod-audit"), (.ingresses, "prod-web"),
                (.horizontalPodAutoscalers, "prod-web"),
            ] {
                let old = try await operation.object(type, name)
                try await operation.client.delete(type, old.key, uid: old.uid)
                try await operation.client.wait(type, old.key) { $0 != nil && $0?.uid != old.uid }
            }
            let policy = try await operation.object(.networkPolicies, "prod-sts")
            try await operation.client.patch(.networkPolicies, policy.key, .merge, ["spec": ["egress": []]])
            try await operation.client.wait(.networkPolicies, policy.key) {
                $0?.at("spec", "egress") == policy.at("spec", "egress")
            }
        }
    }

    @Test func foreignFieldsStay() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let key = ObjectKey(namespace: "caracal", name: "prod-api")
            try await operation.client.patch(
                .deployments, key, .merge,
                [
                    "metadata": ["labels": ["team": "x"]],
                    "spec": ["template": ["metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": "now"]]]],
                ])
            try await operation.client.patch(.horizontalPodAutoscalers, key, .merge, ["spec": ["minReplicas": 5]])
            try await operation.client.wait(.horizontalPodAutoscalers, key) { $0?.at("spec", "minReplicas") == 2 }
            let deployment = try await operation.object(.deployments, "prod-api")
            #expect(deployment.labels["team"] == "x")
            #expect(
                deployment.at("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
                    == "now")
        }
    }

    @Test func aMissingSecretIsNamedAndHealsByItself() async throws {
        try await Operation.run(withKeys: false) { operation in
            try await operation.apply()
            let waiting = try await operation.wait(for: "SecretMissing")
            #expect(Operation.condition(waiting, "Ready")?["message"]?.string?.contains("caracal-runtime") == true)
            let workloads = try await operation.client.list(.deployments, namespace: "caracal").items
            #expect(workloads.isEmpty)
            try await operation.makeKeys()
            try await operation.wait(for: "Converged")
        }
    }

    @Test func aMissingKeyBlocksItsReadersAlone() async throws {
        try await Operation.run(withKeys: false) { operation in
            var secret = try operation.keys()
            let held = secret.at("data", "auditDatabaseUrl")
            secret.set(["data", "auditDatabaseUrl"], nil)
            try await operation.client.create(.secrets, secret)
            try await operation.apply()
            let waiting = try await operation.wait(for: "SecretKeyMissing")
            #expect(
                Operation.condition(waiting, "Ready")?["message"]?.string?.contains("auditDatabaseUrl; audit wait")
                    == true)
            try await operation.client.wait(.deployments, ObjectKey(namespace: "caracal", name: "prod-web")) {
                $0 != nil
            }
            let names = try await operation.client.list(.deployments, namespace: "caracal").items.map(\.name)
            #expect(!names.contains("prod-audit"))
            try await operation.client.patch(.secrets, secret.key, .merge, ["data": ["auditDatabaseUrl": held ?? ""]])
            try await operation.wait(for: "Converged")
        }
    }

    @Test func aChangedKeyRestartsItsReadersAndNobodyElse() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            func fingerprints() async throws -> [String: JSONValue] {
                var found: [String: JSONValue] = [:]
                for type in [ResourceType.deployments, .statefulSets] {
                    for object in try await operation.client.list(type, namespace: "caracal").items {
                        found[object.name] = object.at(
                            "spec", "template", "metadata", "annotations", Annotation.fingerprint)
                    }
                }
                return found
            }
            let before = try await fingerprints()
            let secret = ObjectKey(namespace: "caracal", name: "caracal-runtime")
            let old = try await operation.client.get(.secrets, secret).at("data", "idempotencyHmacKey") ?? ""
            let fresh = try operation.keys().at("data", "idempotencyHmacKey") ?? ""
            try await operation.client.patch(
                .secrets, secret, .merge, ["data": ["idempotencyHmacKey": fresh, "idempotencyHmacKeyPrevious": old]])
            try await operation.client.wait(.deployments, ObjectKey(namespace: "caracal", name: "prod-coordinator")) {
                $0?.at("spec", "template", "metadata", "annotations", Annotation.fingerprint)
                    != before["prod-coordinator"]
            }
            try await operation.wait(for: "Converged")
            let after = try await fingerprints()
            #expect(after.filter { before[$0.key] != $0.value }.keys.sorted() == ["prod-coordinator"])
        }
    }

    @Test func anUnknownPathIsHeldBeforeAnyJob() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let jobs = try await operation.client.list(.jobs, namespace: "caracal").items.map(\.name)
            try await operation.apply { $0.set(["spec", "version"], "0.2.1") }
            let held = try await operation.wait(for: "UnknownUpgradePath")
            #expect(held.at("status", "version") == "1.0.0")
            #expect(
                Operation.condition(held, "Hardened")?["status"] == "True",
                "what a held object still has is no addition")
            #expect(Operation.condition(held, "Stalled")?["status"] == "True")
            #expect(Operation.condition(held, "Available")?["status"] == "True")
            let now = try await operation.client.list(.jobs, namespace: "caracal").items.map(\.name)
            #expect(now == jobs)
            try await operation.apply()
            try await operation.wait(for: "Converged")
        }
    }

    @Test func aKnownPathMigratesAndRolls() async throws {
        try await Operation.run { operation in
            try await operation.apply { $0.set(["spec", "version"], "0.2.1") }
            try await operation.wait(for: "Converged")
            try await operation.apply()
            let instance = try await operation.wait(for: "Converged")
            #expect(instance.at("status", "version") == "1.0.0")
            #expect(instance.at("status", "migrations")?.array?.allSatisfy { $0["release"] == "1.0.0" } == true)
        }
    }

    @Test func pausedWritesNothing() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            try await operation.apply { $0.set(["spec", "paused"], true) }
            try await operation.wait(for: "PausedBySpec")
            let service = try await operation.object(.services, "prod-api")
            try await operation.client.delete(.services, service.key, uid: service.uid)
            try await operation.apply { $0.set(["spec", "paused"], false) }
            try await operation.client.wait(.services, service.key) { $0 != nil }
            try await operation.wait(for: "Converged")
        }
    }

    @Test func switchingAnAutoscalerOffAndOnNeverDropsToOne() async throws {
        try await Operation.run { operation in
            try await operation.apply {
                $0.set(["spec", "components"], ["api": ["replicas": 4, "autoscaling": ["enabled": false]]])
            }
            try await operation.wait(for: "Converged")
            let key = ObjectKey(namespace: "caracal", name: "prod-api")
            try await operation.apply {
                $0.set(["spec", "components"], ["api": ["autoscaling": ["enabled": true, "minReplicas": 2]]])
            }
            try await operation.client.wait(.horizontalPodAutoscalers, key) { $0 != nil }
            try await operation.wait(for: "Converged")
            let deployment = try await operation.object(.deployments, "prod-api")
            #expect(deployment.at("spec", "replicas") == 4)
        }
    }

    @Test func aSpecThatCannotBeReadOrRenderedIsSaidSo() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            try await operation.apply {
                $0.set(["spec", "components"], ["sts": ["disruption": ["maxUnavailable": 9_223_372_036_854_775_807]]])
            }
            let unreadable = try await operation.wait(for: "InvalidSpec")
            #expect(
                Operation.condition(unreadable, "Ready")?["message"]?.string?.contains(
                    "spec.components.sts.disruption.maxUnavailable") == true)
            #expect(Operation.condition(unreadable, "Stalled")?["status"] == "True")
            #expect(Operation.condition(unreadable, "Available")?["status"] == "True")
            try await operation.apply {
                $0.set(["spec", "redis", "peers"], [["ipBlock": ["cidr": "169.254.169.254/32"]]])
            }
            try await operation.client.wait(CaracalDeployment.resource, operation.key) {
                $0.flatMap { Operation.condition($0, "Ready")?["message"]?.string?.contains("never opened") } == true
            }
            try await operation.apply()
            try await operation.wait(for: "Converged")
        }
    }

    @Test func aPausedDeploymentIsResumedAndForeignVariablesAreNamed() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let key = ObjectKey(namespace: "caracal", name: "prod-api")
            try await operation.client.patch(.deployments, key, .merge, ["spec": ["paused": true]])
            try await operation.client.wait(.deployments, key) { $0?.at("spec", "paused")?.bool != true }
            let variable: JSONValue = ["name": "NODE_OPTIONS", "value": "--require /x"]
            try await operation.client.patch(
                .deployments, key, .json,
                [["op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": variable]])
            try await operation.client.wait(CaracalDeployment.resource, operation.key) {
                $0.flatMap { Operation.condition($0, "Hardened")?["message"]?.string?.contains("NODE_OPTIONS") } == true
            }
        }
    }

    @Test func whatIsNoLongerWantedGoes() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            try await operation.apply {
                $0.set(["spec", "exposure", "sts"], nil)
                $0.set(["spec", "sts"], ["issuerURL": "https://sts.example.com"])
            }
            try await operation.client.wait(.ingresses, ObjectKey(namespace: "caracal", name: "prod-sts")) { $0 == nil }
            try await operation.wait(for: "Converged")
            let ingresses = try await operation.client.list(.ingresses, namespace: "caracal").items.map(\.name)
            #expect(ingresses == ["prod-web"])
        }
    }

    @Test func deletingLeavesClaimsAndSecrets() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            let instance = try await operation.wait(for: "Converged")
            try await operation.client.delete(CaracalDeployment.resource, operation.key, uid: instance.uid)
            for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) {
                for object in try await operation.client.list(type, namespace: "caracal").items {
                    try await operation.client.wait(type, object.key) { $0 == nil }
                }
            }
            let claims = try await operation.client.list(.persistentVolumeClaims, namespace: "caracal").items.count
            let secrets = try await operation.client.list(.secrets, namespace: "caracal").items.map(\.name)
            #expect(claims == 4)
            #expect(secrets.contains("caracal-runtime"))
        }
    }
}
