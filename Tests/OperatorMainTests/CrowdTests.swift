import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import Reconciliation
import TestSupport
import Testing

@testable import OperatorMain

/// Many instances at once.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CrowdTests {
    /// C56. Forty instances come at once and go in another order, ten at a time, while one more is installed: it
    /// is served among them, and nothing of the others is left behind. Fails when what is kept for an instance outlives
    /// it.
    @Test func aCrowdThatComesAndGoesKeepsNobodyWaiting() async throws {
        try await Theatre.open { theatre in
            try await theatre.client.create(
                .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "crowd"]])
            try await theatre.operate(settings: { $0.namespace = nil }) { one in
                // Theirs have no Secrets: each is looked at, told so, and waits.
                var crowd = try (0..<40).map { number in
                    var document = try Fixture.production.document
                    document.set(["metadata", "namespace"], "crowd")
                    document.set(["metadata", "name"], .string("c\(number)"))
                    document.set(["spec", "database", "host"], .string("pg\(number).data.svc"))
                    return document
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, document) in crowd.enumerated() {
                        if index >= 10 { try await group.next() }
                        group.addTask {
                            try await theatre.client.apply(CaracalDeployment.resource, document, fieldManager: "user")
                        }
                    }
                    try await group.waitForAll()
                }
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                while true {
                    let seen = try await theatre.client.list(CaracalDeployment.resource, namespace: "crowd").items
                    let told = seen.compactMap { Operation.condition($0, "Ready")?["reason"]?.string }
                    if told == Array(repeating: "SecretMissing", count: crowd.count) { break }
                    await Task.yield()
                }
                var random = SplitMix64(seed: 56)
                crowd.shuffle(using: &random)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, document) in crowd.enumerated() {
                        if index >= 10 { try await group.next() }
                        group.addTask {
                            let live = try await theatre.client.get(CaracalDeployment.resource, document.key)
                            try await theatre.client.delete(CaracalDeployment.resource, live.key, uid: live.uid)
                        }
                    }
                    try await group.waitForAll()
                }
                let reconciler = one.runtime.reconciler
                while reconciler.remembered.contains(where: { $0.namespace == "crowd" })
                    || reconciler.watchedSecrets.contains(where: { $0.namespace == "crowd" })
                {
                    await Task.yield()
                }
                #expect(one.runtime.stores.instances.count == 1)
                try await theatre.wait(for: "Converged")
            }
        }
    }
}
