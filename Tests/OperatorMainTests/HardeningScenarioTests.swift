import CaracalAPI
import CaracalCatalog
import Crypto
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// Rows of the page's checklist and troubleshooting table, provoked on the whole operator.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HardeningScenarioTests {
    private static let secret = ObjectKey(namespace: "caracal", name: "caracal-runtime")

    private func put(_ key: String, _ value: String, _ operation: Operation) async throws {
        let data: JSONValue = ["data": [key: .string(Base64.encode(Array(value.utf8)))]]
        try await operation.client.patch(.secrets, Self.secret, .merge, data)
    }

    /// The condition, once it has this reason or status.
    private func condition(_ operation: Operation, _ type: String, reason: String? = nil, status: String? = nil)
        async throws -> JSONValue
    {
        let object = try await operation.client.wait(CaracalDeployment.resource, operation.key) { shown in
            guard let shown, let found = Operation.condition(shown, type) else { return false }
            if let reason { return found["reason"]?.string == reason }
            return found["status"]?.string == status
        }
        return object.flatMap { Operation.condition($0, type) } ?? .null
    }

    private func generations(_ operation: Operation) async throws -> [String: Int64] {
        var found: [String: Int64] = [:]
        for type in [ResourceType.deployments, .statefulSets] {
            for object in try await operation.client.list(type, namespace: "caracal").items {
                found[object.name] = object.generation
            }
        }
        return found
    }

    /// First row of the troubleshooting table. Fails when a bad key reaches pods, or when others are held with its readers.
    @Test func aKeySpoiledInPlaceRollsNobodyAndHeals() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let before = try await generations(operation)
            let good = try await operation.client.get(.secrets, Self.secret).at("data", "streamsHmacKey") ?? ""
            try await put("streamsHmacKey", "0xnothex", operation)
            let ready = try await operation.wait(for: "SecretMalformed")
            let message = Operation.condition(ready, "Ready")?["message"]?.string ?? ""
            for part in [
                "caracal-runtime: streamsHmacKey", "strict hexadecimal", "openssl rand -hex 32", "hmac-key", "prod-",
            ] {
                #expect(message.contains(part), "\(part): \(message)")
            }
            #expect(Operation.condition(ready, "PreflightPassed")?["status"] == "False")
            #expect(Operation.condition(ready, "Available")?["status"] == "True")
            #expect(try await generations(operation) == before)
            try await operation.client.patch(.secrets, Self.secret, .merge, ["data": ["streamsHmacKey": good]])
            try await operation.wait(for: "Converged")
            #expect(try await generations(operation) == before, "the old value is what runs")
        }
    }

    /// Fails when a name that leads to a bad Secret takes down what runs, or when going back by name rolls anything.
    @Test func aVersionedNameIsJudgedFirstAndTakenBackByName() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let before = try await generations(operation)
            var bad = try operation.keys()
            bad.set(["metadata", "name"], "caracal-runtime-2")
            bad.set(["data", "auditHmacKey"], .string(Base64.encode(Array("short".utf8))))
            try await operation.client.create(.secrets, bad)
            try await operation.apply { $0.set(["spec", "secrets", "runtimeSecretName"], "caracal-runtime-2") }
            let held = try await operation.wait(for: "SecretMalformed")
            #expect(Operation.condition(held, "Available")?["status"] == "True")
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let after = try await generations(operation)
            #expect(["prod-sts", "prod-gateway", "prod-audit"].allSatisfy { after[$0] == before[$0] })
        }
    }

    /// Traps 9 and 10. Fails when the value is rolled unasked, or when the printed command does not help.
    @Test func anAdminTokenIsRotatedWhenSomebodySaysSo() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let before = try await generations(operation)
            try await put("caracalAdminToken", "never-used-before-1f6b", operation)
            let held = try await operation.wait(for: "RotationAwaitsAcknowledgement")
            let message = Operation.condition(held, "Ready")?["message"]?.string ?? ""
            #expect(try await generations(operation) == before)
            let word = message.split(separator: "acknowledge=").last?.prefix { $0 != " " } ?? ""
            try await operation.client.patch(
                CaracalDeployment.resource, operation.key, .merge,
                ["metadata": ["annotations": [Annotation.acknowledge: .string(String(word))]]])
            try await operation.wait(for: "Converged")
            let after = try await generations(operation)
            #expect(after.filter { before[$0.key] != $0.value }.keys.sorted() == ["prod-api", "prod-web"])
            let instance = try await operation.client.wait(CaracalDeployment.resource, operation.key) { object in
                let entry = object?.at("status", "secrets")?.array?.first { $0["key"] == "caracalAdminToken" }
                return entry?["completedAt"] != nil && entry?["previous"] == nil
            }
            let entry = instance?.at("status", "secrets")?.array?.first { $0["key"] == "caracalAdminToken" }
            #expect(entry?["consumers"] == ["api", "web"])
        }
    }

    /// External TLS. Fails when a certificate that clients would refuse passes for one they take.
    @Test func theEdgesCertificateIsJudged() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            #expect(try await condition(operation, "TLSReady", status: "True")["reason"] == "Passed")
            let key = ObjectKey(namespace: "caracal", name: "caracal-web-tls")
            func replace(_ hosts: [String], days: Int64) async throws {
                let today = Int64(Timestamp.now().seconds)
                let made = try #require(
                    MadeCertificate.make(
                        hosts: hosts, notBefore: today - 90 * 86_400, notAfter: today + days * 86_400))
                try await operation.client.patch(
                    .secrets, key, .merge,
                    [
                        "data": [
                            "tls.crt": .string(Base64.encode(made.certificate)),
                            "tls.key": .string(Base64.encode(made.key)),
                        ]
                    ])
            }
            try await replace(["other.example.com"], days: 30)
            let wrong = try await condition(operation, "TLSReady", reason: "CertificateInvalid")
            #expect(
                wrong["message"]?.string?.contains("does not cover caracal.example.com") == true,
                "\(wrong.text)")
            try await replace(["caracal.example.com"], days: -1)
            _ = try await condition(operation, "TLSReady", reason: "CertificateExpired")
            _ = try await condition(operation, "Hardened", status: "False")
            try await replace(["caracal.example.com"], days: 10)
            let soon = try await condition(operation, "TLSReady", reason: "CertificateExpiring")
            #expect(soon["status"] == "True")
            let old = try await operation.client.get(.secrets, key)
            try await operation.client.delete(.secrets, key, uid: old.uid)
            _ = try await condition(operation, "TLSReady", reason: "CertificateMissing")
            try await operation.wait(for: "Converged")
        }
    }

    /// Fourth row of the troubleshooting table. Fails when the two values are not named, or when clients lose their issuer
    /// without anybody having said so.
    @Test func anIssuerThatClientsDoNotUseIsNamed() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            try await operation.apply { $0.set(["spec", "sts"], ["issuerURL": "https://id.example.com"]) }
            let held = try await operation.wait(for: "ChangeAwaitsAcknowledgement")
            let message = Operation.condition(held, "Ready")?["message"]?.string ?? ""
            #expect(message.contains("from https://sts.example.com to https://id.example.com"))
            let tls = try await condition(operation, "TLSReady", reason: "EndpointMismatch")
            for value in ["https://id.example.com", "sts.example.com"] {
                #expect(tls["message"]?.string?.contains(value) == true)
            }
            try await operation.apply()
            try await operation.wait(for: "Converged")
        }
    }

    /// NetworkPolicy row. Fails when what others open goes unseen, or stays told when it is gone.
    @Test func aPolicyOfOthersIsNamedAndForgotten() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            let policy: JSONValue = [
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": ["name": "helper", "namespace": "caracal"],
                "spec": ["podSelector": [:], "policyTypes": ["Ingress"], "ingress": [[:]]],
            ]
            let made = try await operation.client.create(.networkPolicies, policy)
            let broken = try await condition(operation, "Hardened", status: "False")
            #expect(broken["message"]?.string?.contains("NetworkPolicy/helper") == true)
            try await operation.client.delete(.networkPolicies, made.key, uid: made.uid)
            _ = try await condition(operation, "Hardened", status: "True")
        }
    }

    /// Trap 3. Fails when the second migration is started all the same.
    @Test func aSecondInstanceOnOnePostgresIsHeldBeforeItsJob() async throws {
        try await Operation.run { operation in
            try await operation.apply()
            try await operation.wait(for: "Converged")
            var second = try Fixture.production.document
            second.set(["metadata", "name"], "second")
            second.set(["spec", "database", "host"], "pg-rw.data.svc.cluster.local")
            try await operation.client.apply(CaracalDeployment.resource, second, fieldManager: "user")
            let key = ObjectKey(namespace: "caracal", name: "second")
            let held = try await operation.client.wait(CaracalDeployment.resource, key) {
                $0.flatMap { Operation.condition($0, "Ready")?["reason"] } == "PreflightFailed"
            }
            #expect(
                held.flatMap { Operation.condition($0, "Ready")?["message"]?.string?.contains("caracal/prod") } == true)
            let jobs = try await operation.client.list(.jobs, namespace: "caracal").items.map(\.name)
            #expect(!jobs.contains { $0.hasPrefix("second-") })
        }
    }
}
