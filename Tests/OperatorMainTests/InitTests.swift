import CaracalAPI
import KubeModel
import KubeSchema
import KubeYAML
import TestSupport
import Testing

@testable import OperatorMain

@Suite struct InitTests {
    private func service(
        _ name: String, _ namespace: String, _ port: Int64, _ selector: [String: String] = ["app": "x"]
    ) -> JSONValue {
        let labels = JSONObject(
            selector.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value)) })
        return [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "spec": ["selector": .object(labels), "ports": [["port": .integer(port)]]],
        ]
    }

    private func draft(_ survey: ClusterSurvey) -> InstanceDraft {
        InstanceDraft(
            name: "prod", namespace: "caracal", webHost: "c.example.com", stsHost: "s.example.com", release: "1.0.0",
            survey: survey)
    }

    /// What it prints is an instance the API server takes, whatever was found.
    @Test func everyDraftIsValid() throws {
        let full = ClusterSurvey(services: [
            service("pg-ro", "data", 5432),
            service("pg-rw", "data", 5432, ["cnpg.io/cluster": "pg", "role": "primary"]),
            service("redis", "data", 6379), service("ingress-nginx-controller", "edge", 443),
            service("ingress-nginx-controller-admission", "edge", 443),
            service("kube-dns", "kube-system", 53, ["k8s-app": "kube-dns"]),
        ])
        for survey in [ClusterSurvey(services: []), full] {
            let document = try YAML.document(draft(survey).text)
            #expect(try InstanceFile.schema().violations(document) == [])
            #expect(try InstanceFile.schema().prune(document).unknown == [])
            _ = try AuditSubject(offline: try CaracalInstance(document))
        }
        let text = draft(full).text
        #expect(text.contains("host: pg-rw.data.svc   # also found: pg-ro.data.svc"))
        #expect(text.contains("cnpg.io/cluster: \"pg\""))
        #expect(!text.contains("role:"), "labels that move with the leader are no peers")
        #expect(!text.contains("networkPolicy"), "the usual DNS needs no word")
        #expect(draft(ClusterSurvey(services: [])).text.contains("# no Postgres was found"))
    }
}

@Suite struct DiffCommandTests {
    private func difference(_ change: (inout JSONValue) -> Void) throws -> InstanceDifference {
        let live = try Fixture.production.instance()
        var document = try Fixture.production.document
        change(&document)
        let objects = try AuditSubject(offline: live).objects
        return try InstanceDifference(
            live: live, liveSpec: Fixture.production.document["spec"], new: try CaracalInstance(document),
            newSpec: document["spec"], objects: objects)
    }

    @Test func theSameIsNoDifference() throws {
        let same = try difference { _ in }
        #expect(same.isEmpty, "\(same.text)")
    }

    @Test func whatRestartsIsSaidWithItsReason() throws {
        let text = try difference { $0.set(["spec", "observability"], ["logLevel": "debug"]) }.text
        #expect(text.contains("spec.observability (added)"))
        #expect(text.contains("sts: variable LOG_LEVEL"))
    }

    @Test func aPolicyRestartsNobody() throws {
        let changed = try difference { $0.set(["spec", "exposure", "peers"], [["ipBlock": ["cidr": "10.0.0.0/16"]]]) }
        #expect(changed.changed.map(\.object).sorted() == ["NetworkPolicy/prod-sts", "NetworkPolicy/prod-web"])
        #expect(changed.text.contains("no pod restarts"))
    }

    @Test func whatGoesIsNamed() throws {
        let gone = try difference {
            $0.set(["spec", "exposure", "sts"], nil)
            $0.set(["spec", "sts"], ["issuerURL": "https://sts.example.com"])
        }
        #expect(gone.removed == ["Ingress/prod-sts"])
    }
}
