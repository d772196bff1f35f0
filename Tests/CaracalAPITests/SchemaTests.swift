import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import KubeSchema
import KubeYAML
import TestSupport
import Testing

@Suite struct SchemaTests {
    private static let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
    private static var openAPI: JSONValue { crd.at("spec", "versions")?[0]?.at("schema", "openAPIV3Schema") ?? .null }

    @Test func theFileIsWhatTheCodeSays() {
        #expect(Golden.compare(YAML.text(Self.crd), "crds/caracaldeployments.caracal.run.yaml") == .equal)
    }

    @Test func clientSideApplyHasRoom() { #expect(Self.crd.bytes.count < 100 * 1024) }

    /// Two ordinary rules over unbounded values are refused as too expensive.
    @Test func everythingIsBounded() {
        var unbounded: [String] = []
        func walk(_ schema: JSONValue, _ path: String) {
            if schema["x-kubernetes-preserve-unknown-fields"]?.bool == true { return }
            switch schema["type"]?.string {
            case "string":
                if schema["maxLength"] == nil, schema["enum"] == nil, schema["format"] == nil { unbounded.append(path) }
            case "array": if schema["maxItems"] == nil { unbounded.append(path) }
            case "object":
                if schema["additionalProperties"] != nil, schema["maxProperties"] == nil { unbounded.append(path) }
            default: break
            }
            for entry in schema["properties"]?.object ?? [:] { walk(entry.value, "\(path).\(entry.key)") }
            if let items = schema["items"] { walk(items, "\(path)[]") }
            if let values = schema["additionalProperties"] { walk(values, "\(path){}") }
        }
        walk(Self.openAPI, "")
        #expect(unbounded == [])
    }

    @Test func everyFieldIsExplained() {
        var silent: [String] = []
        func walk(_ schema: JSONValue, _ path: String) {
            for entry in schema["properties"]?.object ?? [:] where path + entry.key != "metadata" {
                if entry.value["description"]?.string?.isEmpty != false { silent.append("\(path).\(entry.key)") }
                walk(entry.value, "\(path).\(entry.key)")
            }
            if let items = schema["items"] { walk(items, "\(path)[]") }
        }
        walk(Self.openAPI, "")
        #expect(silent == [])
    }

    @Test(arguments: Fixture.allCases)
    func samplesAreValid(fixture: Fixture) throws {
        let schema = try StructuralSchema(Self.openAPI)
        let document = try fixture.document
        #expect(schema.violations(document) == [])
        #expect(schema.prune(document).unknown == [])
    }

    @Test func aProductionInstanceIsShort() {
        let lines = (Repository.read("manifests/samples/production.yaml") ?? "").split(separator: "\n")
        #expect(lines.count <= 25)
    }

    /// What the API server refuses at apply, and the words that help.
    static let refusals: [(name: String, path: [String], value: JSONValue?, says: String)] = [
        ("rc release in stable", ["spec", "version"], "2026.07.03-rc.1", "stable needs a stable release"),
        ("unknown version", ["spec", "version"], "9.9.9", "Unsupported value"),
        ("no public address", ["spec", "exposure", "web"], nil, "set exposure.web.host"),
        ("http public URL", ["spec", "web", "publicURL"], "http://c.example.com", "https web.publicURL"),
        ("host without TLS", ["spec", "exposure", "web", "tls"], nil, "an exposed host needs TLS"),
        (
            "both TLS ways", ["spec", "exposure", "web", "tls", "external"], ["reason": "x"],
            "either secretName or external.reason"
        ),
        (
            "upstream with port", ["spec", "gateway", "upstreams", "allowedHosts"], ["a.example.com:443"],
            "without port or path"
        ),
        (
            "upstream with scheme", ["spec", "gateway", "upstreams", "allowedHosts"], ["https://a.example.com"],
            "without scheme"
        ),
        (
            "upstream wildcard", ["spec", "gateway", "upstreams", "allowedHosts"], ["*.example.com"],
            "a wildcard could never match"
        ),
        (
            "upstream trailing dot", ["spec", "gateway", "upstreams", "allowedHosts"], ["a.example.com."],
            "trailing dot"
        ),
        (
            "HPA min > max", ["spec", "components", "api", "autoscaling"], ["minReplicas": 5, "maxReplicas": 2],
            "must not be greater than maxReplicas"
        ),
        (
            "untunable variable", ["spec", "components", "api", "env"], [["name": "NODE_OPTIONS", "value": "x"]],
            "Unsupported value"
        ),
        (
            "snippet", ["spec", "exposure", "annotations"], ["nginx.ingress.kubernetes.io/server-snippet": "x"],
            "snippet annotations"
        ),
        (
            "redirect off", ["spec", "exposure", "annotations"], ["nginx.ingress.kubernetes.io/ssl-redirect": "false"],
            "redirection to https must stay on"
        ),
        (
            "extra rule without port", ["spec", "networkPolicy"],
            ["extraEgress": [["component": "api", "to": [["ipBlock": ["cidr": "10.0.0.0/8"]]]]]],
            "at least one peer and one port"
        ),
        (
            "extra rule without peer", ["spec", "networkPolicy"],
            ["extraIngress": [["component": "api", "ports": [["port": 80]]]]], "at least one peer and one port"
        ),
        ("empty peer", ["spec", "redis", "peers"], [[:]], "a peer is one of"),
        (
            "budget that blocks drains", ["spec", "components", "api", "disruption"], ["maxUnavailable": 0],
            "blocks every drain"
        ),
        ("plaintext datastore", ["spec", "redis", "tls"], "Disable", "in the clear"),
        (
            "OTLP over gRPC", ["spec", "observability", "otlp"],
            ["endpoint": "http://otel:4317", "peers": [["scope": "Internet"]]], "usually 4318"
        ),
        ("password sign-up without mail", ["spec", "web", "signIn", "password"], true, "set smtp"),
        ("nobody can sign in", ["spec", "web"], nil, "nobody could sign in"),
        ("two edges", ["spec", "exposure", "gatewayAPI"], ["parentRefs": [["name": "g"]]], "choose one of"),
        ("long name", ["metadata", "name"], .string(String(repeating: "a", count: 41)), "at most 40"),
        ("name with a dot", ["metadata", "name"], "a.b", "lower-case letters"),
        ("missing host", ["spec", "database", "host"], nil, "spec.database.host: Required value"),
        ("port out of range", ["spec", "database", "port"], 70000, "less than or equal to 65535"),
        ("wrong type", ["spec", "paused"], "yes", "must be of type boolean"),
        ("waiver without reason", ["spec", "hardening"], ["waivers": [["rule": "image-digest"]]], "Required value"),
    ]

    @Test(arguments: refusals.indices)
    func refuses(index: Int) throws {
        let refusal = Self.refusals[index]
        var document = try Fixture.production.document
        document.set(refusal.path, refusal.value)
        let found = try StructuralSchema(Self.openAPI).violations(document).map(\.description)
        #expect(found.contains { $0.contains(refusal.says) }, "\(refusal.name): \(found)")
    }

    /// The schema and the Swift types are kept in step by hand; this fails where one has what the other lacks.
    @Test func everySpecFieldIsDecoded() throws {
        let spec = try Fixture.everything.instance().spec
        let properties = Self.openAPI.at("properties", "spec", "properties")?.object?.keys ?? []
        #expect(Set(properties) == Set(Mirror(reflecting: spec).children.compactMap(\.label)))
    }
}
