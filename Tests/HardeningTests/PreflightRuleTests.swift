import CaracalAPI
import CaracalCatalog
import Crypto
import Hardening
import KubeModel
import Preflight
import Reconciliation
import TestSupport
import Testing

@Suite struct PreflightRuleTests {
    @Test(arguments: Fixture.allCases)
    func aProperInstanceHasNothingToMend(fixture: Fixture) throws {
        let found = try PreflightWorld(fixture).findings().filter { $0.weight > .advice }
        #expect(found == [])
    }

    @Test func theProductionSampleHasNothingAtAll() throws {
        #expect(try PreflightWorld().findings().map(\.rule) == ["allowlist"], "nobody is on the allowlist yet")
    }

    /// One thing spoiled per mutant; its rule must find it, name the readers and say it without the value.
    struct Mutant: Sendable {
        var rule: String
        var says: String
        var spec: @Sendable (inout JSONValue) -> Void = { _ in }
        var spoil: @Sendable (inout PreflightWorld) -> Void = { _ in }
    }

    private static let weak = String(repeating: "ab", count: 32)

    static let mutants: [Mutant] = [
        Mutant(rule: "hmac-key", says: "strict hexadecimal", spoil: { $0.set("auditHmacKey", "0x\(weak)") }),
        Mutant(rule: "hmac-key", says: "has 31 bytes", spoil: { $0.set("streamsHmacKey", String(weak.dropLast(2))) }),
        Mutant(rule: "hmac-key", says: "strict hexadecimal", spoil: { $0.set("gatewayStsHmacKey", weak + "\n") }),
        Mutant(rule: "kek", says: "exactly 32", spoil: { $0.set("secretStoreKek", weak + "00") }),
        Mutant(rule: "kek", says: "pattern", spoil: { $0.set("secretStoreKek", weak) }),
        Mutant(
            rule: "weak-key", says: "guess", spoil: { $0.set("idempotencyHmacKey", String(repeating: "00", count: 32)) }
        ),
        Mutant(rule: "example-value", says: "placeholder", spoil: { $0.set("caracalAuthSecret", "changeme") }),
        Mutant(
            rule: "distinct-keys", says: "caracalCoordinatorToken",
            spoil: {
                $0.set("caracalAdminToken", "one-value")
                $0.set("caracalCoordinatorToken", "one-value")
            }),
        Mutant(rule: "url-form", says: "is not a URL", spoil: { $0.set("redisUrl", "redis.data.svc:6379") }),
        Mutant(rule: "url-form", says: "%40", spoil: { $0.set("redisUrl", "rediss://:a@b@redis.data.svc:6379/0") }),
        Mutant(
            rule: "url-form", says: "names no database",
            spoil: { $0.set("authDatabaseUrl", "postgres://u:p@pg-rw.data.svc") }),
        Mutant(
            rule: "url-matches-spec", says: "spec.database.host",
            spoil: { $0.set("apiDatabaseUrl", "postgres://u:p@other.data.svc:5432/caracal?sslmode=verify-full") }),
        Mutant(
            rule: "url-matches-spec", says: "leads to port 6432",
            spoil: { $0.set("apiDatabaseUrl", "postgres://u:p@pg-rw.data.svc:6432/caracal?sslmode=verify-full") }),
        Mutant(
            rule: "url-matches-spec", says: "names database 3",
            spoil: { $0.set("redisUrl", "rediss://:x@redis.data.svc/3") }),
        Mutant(
            rule: "datastore-tls", says: "Node plaintext",
            spoil: { $0.set("apiDatabaseUrl", "postgres://u:p@pg-rw.data.svc/caracal") }),
        Mutant(
            rule: "datastore-tls", says: "Go fall back",
            spoil: { $0.set("stsDatabaseUrl", "postgres://u:p@pg-rw.data.svc/caracal?sslmode=prefer") }),
        Mutant(
            rule: "datastore-tls", says: "without checking who answers",
            spoil: { $0.set("stsDatabaseUrl", "postgres://u:p@pg-rw.data.svc/caracal?sslmode=require") }),
        Mutant(
            rule: "datastore-tls", says: "plaintext", spoil: { $0.set("redisUrl", "redis://:x@redis.data.svc:6379/0") }),
        Mutant(
            rule: "role-password", says: "auditDbPassword", spoil: { $0.set("auditDbPassword", "another-password") }),
        Mutant(
            rule: "one-instance-per-postgres", says: "other/second",
            spoil: {
                $0.neighbours = [
                    .init(instance: ObjectKey(namespace: "other", name: "second"), postgres: "pg-rw.data:5432")
                ]
            }),
        Mutant(rule: "tunables", says: "too small", spec: { $0.env("audit", "AUDIT_READY_DLQ_MAX", "0") }),
        Mutant(rule: "tunables", says: "at most 300", spec: { $0.env("sts", "OPA_POLL_SECONDS", "301") }),
        Mutant(rule: "tunables", says: "no duration", spec: { $0.env("gateway", "IDLE_TIMEOUT", "30") }),
        Mutant(rule: "tunables", says: "no flag", spec: { $0.env("gateway", "TRUST_PROXY", "yes") }),
        Mutant(
            rule: "tunables", says: "at least 3600",
            spec: { $0.env("coordinator", "IDEMPOTENCY_RETENTION_SECONDS", "60") }),
        Mutant(rule: "gateway-timeouts", says: "READ_TIMEOUT", spec: { $0.env("gateway", "UPSTREAM_TIMEOUT", "1m") }),
        Mutant(
            rule: "issuer-url", says: "sts.example.com",
            spec: { $0.set(["spec", "sts", "issuerURL"], "https://id.example.com") }),
        Mutant(
            rule: "issuer-url", says: "slash",
            spec: { $0.set(["spec", "sts", "issuerURL"], "https://sts.example.com/") }),
        Mutant(
            rule: "issuer-url", says: "no absolute",
            spec: { $0.set(["spec", "sts", "issuerURL"], "https://u@sts.example.com") }),
        Mutant(
            rule: "sign-in-method", says: "nobody could sign in",
            spec: { $0.set(["spec", "web"], ["publicURL": "https://caracal.example.com"]) }),
        Mutant(rule: "mail-pair", says: "web.smtp", spec: { $0.set(["spec", "web", "signIn", "password"], true) }),
        Mutant(
            rule: "allowlist", says: "matches nobody",
            spec: { $0.set(["spec", "web", "allowlist"], ["Ops@example.com"]) }),
        Mutant(rule: "allowlist", says: "not JSON", spoil: { $0.set("operatorAllowlist.json", "ops@example.com") }),
        Mutant(
            rule: "connection-budget", says: "connections may be opened",
            spec: { $0.set(["spec", "database", "maxConnections"], 100) }),
        Mutant(
            rule: "otlp-endpoint", says: "gRPC",
            spec: {
                $0.set(
                    ["spec", "observability"],
                    ["otlp": ["endpoint": "http://otel.obs:4317", "peers": [["ipBlock": ["cidr": "10.1.0.0/16"]]]]])
            }),
        Mutant(
            rule: "upstream-peers", says: "no peer lets",
            spec: { $0.set(["spec", "gateway", "upstreams", "peers"], nil) }),
        Mutant(
            rule: "upstream-peers", says: "every host",
            spec: { $0.set(["spec", "gateway", "upstreams", "allowedHosts"], nil) }),
        Mutant(
            rule: "upstream-peers", says: "namespace tools",
            spec: { $0.set(["spec", "gateway", "upstreams", "allowedHosts"], ["mcp.tools.svc"]) }),
        Mutant(
            rule: "public-origins", says: "caracal.example.com",
            spec: { $0.set(["spec", "web", "publicURL"], "https://other.example.com") }),
        Mutant(
            rule: "public-origins", says: "SameSite=None",
            spec: { $0.set(["spec", "web", "extraOrigins"], ["http://app.example.com"]) }),
        Mutant(rule: "edge-certificate", says: "does not exist", spoil: { $0.absent = ["caracal-web-tls"] }),
        Mutant(
            rule: "edge-certificate", says: "does not belong",
            spoil: { world in
                let key = PreflightWorld.certificate(["x"])?.key
                world.values["caracal-web-tls"]?["tls.key"] = key
            }),
        Mutant(
            rule: "edge-certificate", says: "does not cover caracal.example.com",
            spoil: { $0.set("caracal-web-tls", certificate: PreflightWorld.certificate(["other.example.com"])) }),
        Mutant(
            rule: "edge-certificate", says: "ran out",
            spoil: {
                $0.set(
                    "caracal-web-tls",
                    certificate: PreflightWorld.certificate(["caracal.example.com"], days: -1, from: -90))
            }),
        Mutant(
            rule: "edge-certificate", says: "runs out on",
            spoil: {
                $0.set("caracal-web-tls", certificate: PreflightWorld.certificate(["caracal.example.com"], days: 5))
            }),
        Mutant(
            rule: "edge-certificate", says: "not issued by the one behind",
            spoil: { world in
                let root = PreflightWorld.certificate(["root"])
                let leaf = PreflightWorld.certificate(["caracal.example.com"], issuer: root)
                let other = PreflightWorld.certificate(["stranger"])
                world.values["caracal-web-tls"] = [
                    "tls.crt": (leaf?.certificate ?? []) + (other?.certificate ?? []), "tls.key": leaf?.key ?? [],
                ]
            }),
        Mutant(
            rule: "coordinator-metrics", says: "is not scraped",
            spec: { $0.set(["spec", "observability", "metrics", "serviceMonitor"], [:]) }),
        Mutant(
            rule: "gateway-certificate", says: "does not cover prod-gateway",
            spec: { $0.set(["spec", "gateway", "tls"], ["secretName": "gw"]) },
            spoil: { $0.set("gw", certificate: PreflightWorld.certificate(["gw.example.com"])) }),
        Mutant(
            rule: "gateway-certificate", says: "not a PEM certificate",
            spec: { $0.set(["spec", "gateway", "tls"], ["secretName": "gw"]) },
            spoil: { $0.values["gw"]?["tls.crt"] = Array("nothing".utf8) }),
    ]

    @Test(arguments: mutants.indices)
    func mutantIsFoundByItsRule(index: Int) throws {
        let mutant = Self.mutants[index]
        var world = try PreflightWorld(.production, mutant.spec)
        mutant.spoil(&world)
        let found = try world.findings()
        let own = found.filter { $0.rule == mutant.rule && $0.message.contains(mutant.says) }
        #expect(!own.isEmpty, "\(mutant.rule) \(mutant.says): \(found.map(\.message))")
        for finding in found {
            for value in world.values.values.flatMap(\.values) where value.count > 8 {
                #expect(!finding.message.contains(String(decoding: value, as: UTF8.self)))
            }
        }
    }

    /// `internal-urls` guards what the renderer makes: only an invented catalog can break it.
    @Test func everyRuleHasAMutant() {
        let covered = Set(Self.mutants.map(\.rule)).union(["internal-urls"])
        #expect(covered == Set(PreflightCatalog.ids))
    }

    @Test func aDottedServiceNameWouldBeFound() throws {
        var catalog = Catalog.caracal
        for index in catalog.environment.indices where catalog.environment[index].name == "STS_URL" {
            catalog.environment[index].source = .literal("http://prod-sts.caracal.svc:8080")
        }
        let context = try Fixture.production.context(catalog: catalog)
        let found = PreflightCatalog.check(
            context.preflightInput(context.secretRequirements(), states: [:], neighbours: [], now: PreflightWorld.now))
        #expect(found.contains { $0.rule == "internal-urls" && $0.readers == [.gateway] })
    }

    /// What the catalog says is judged beforehand is, and nothing else.
    @Test func theCatalogNamesTheRules() {
        let named = Catalog.caracal.startupRules.filter { $0.judged == .preflight }.map(\.id)
        #expect(Set(named).subtracting(["secret-present"]) == Set(PreflightCatalog.ids))
        #expect(Set(named).count == named.count)
    }

    @Test func everyRuleIsMappedAndEveryRowHasARule() {
        #expect(Set(RuleReference.all.map(\.rule)) == Set(RuleCatalog.ids))
        #expect(RuleReference.all.count == RuleCatalog.ids.count)
        #expect(Set(RuleReference.all.flatMap(\.rows)) == Set(ChecklistRow.allCases))
    }
}

extension JSONValue {
    fileprivate mutating func env(_ component: String, _ name: String, _ value: String) {
        set(["spec", "components", component, "env"], [["name": .string(name), "value": .string(value)]])
    }
}
