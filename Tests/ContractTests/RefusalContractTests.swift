import CaracalAPI
import CaracalCatalog
import Hardening
import KubeClient
import KubeModel
import KubeSchema
import Rendering
import TestSupport
import Testing

/// The offline verdict on a CaracalDeployment is the API server's, to the word.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RefusalContractTests {
    static let mutations: [(path: [String], value: JSONValue?)] = [
        (["spec", "mode"], "prod"), (["spec", "version"], "2026.07.03-rc.1"), (["spec", "database", "host"], nil),
        (["spec", "database", "port"], 0), (["spec", "database", "port"], 70000), (["spec", "database", "port"], "x"),
        (["spec", "paused"], "yes"),
        (["spec", "redis", "peers"], []), (["spec", "redis", "peers"], [[:]]),
        (["spec", "exposure", "web", "tls"], nil),
        (["spec", "exposure", "web", "host"], "Not A Host"), (["spec", "exposure", "annotations"], ["a-snippet": "x"]),
        (["spec", "gateway", "upstreams", "allowedHosts"], ["a", "a"]),
        (["spec", "gateway", "upstreams", "allowedHosts"], ["*.a"]),
        (["spec", "components"], ["api": ["replicas": -1]]),
        (["spec", "components"], ["api": ["autoscaling": ["minReplicas": 3, "maxReplicas": 2]]]),
        (["spec", "components"], ["api": ["env": [["name": "NODE_OPTIONS", "value": "x"]]]]),
        (["spec", "components"], ["api": ["disruption": ["maxUnavailable": "0%"]]]),
        (["spec", "networkPolicy"], ["extraEgress": [["component": "api", "ports": [["port": 80]]]]]),
        (
            ["spec", "secrets", "keys"],
            [["name": "redisUrl", "secretName": "a"], ["name": "redisUrl", "secretName": "b"]]
        ),
        (["spec", "hardening"], ["waivers": [["rule": "image-digest", "reason": "", "until": "soon"]]]),
        (["spec", "web", "publicURL"], "ftp://x"), (["spec", "redis", "tls"], "Disable"),
        (["spec", "logLevel"], "x"), (["spec", "observability"], ["logLevel": "loud"]),
        (["spec", "images"], ["digests": [["image": "caracal-go", "digest": "sha256:1"]]]),
    ]

    @Test(arguments: ContractServer.available)
    func offlineVerdictIsTheServers(server: ContractServer) async throws {
        let json = try #require(ContractServer.crd.at("spec", "versions")?[0]?.at("schema", "openAPIV3Schema"))
        let schema = try StructuralSchema(json)
        try await server.with { client, namespace in
            for (index, mutation) in Self.mutations.enumerated() {
                var document = try Fixture.production.document
                document.set(["metadata", "namespace"], .string(namespace))
                document.set(["metadata", "name"], .string("m\(index)"))
                document.set(mutation.path, mutation.value)
                let offline = schema.violations(document).map(\.description).sorted()
                var online: [String] = []
                do { try await client.create(CaracalDeployment.resource, document, dryRun: true) } catch let error
                    as KubeError
                {
                    online = (error.status?.at("details", "causes")?.array ?? []).map { cause in
                        "\(cause["field"]?.string ?? ""): \(cause["message"]?.string ?? "")"
                    }.sorted()
                }
                #expect(
                    offline == online, "\(mutation.path.joined(separator: ".")) = \(mutation.value?.text ?? "(none)")")
            }
        }
    }
}

extension RenderContext {
    /// A rendered StatefulSet without its owner, in another namespace.
    func statefulSet(in namespace: String) throws -> JSONValue? {
        var set = try ResourceCatalog.render(self).first { $0.resource == .statefulSets }?.document
        set?.set(["metadata", "namespace"], .string(namespace))
        set?.set(["metadata", "ownerReferences"], nil)
        return set
    }
}
