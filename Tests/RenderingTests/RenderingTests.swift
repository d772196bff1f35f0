import CaracalAPI
import CaracalCatalog
import KubeModel
import Rendering
import TestSupport
import Testing

@Suite struct RenderingTests {
    private func objects(_ context: RenderContext, _ kind: String) throws -> [JSONValue] {
        try ResourceCatalog.render(context).map(\.document).filter { $0.gvk.kind == kind }
    }

    private func pod(_ context: RenderContext, _ component: String) throws -> JSONValue {
        let workloads = try objects(context, "Deployment") + objects(context, "StatefulSet")
        return try #require(workloads.first { $0.name.hasSuffix("-\(component)") }?.at("spec", "template", "spec"))
    }

    private func env(_ pod: JSONValue) -> [String: String] {
        Dictionary(
            (pod["containers"]?[0]?["env"]?.array ?? []).compactMap { item in
                item["name"]?.string.flatMap { name in item["value"]?.string.map { (name, $0) } }
            }
        ) { $1 }
    }

    @Test func aComponentMountsOnlyTheKeysItReads() throws {
        let context = try Fixture.production.context()
        let pod = try pod(context, "audit")
        let items =
            pod["volumes"]?.array?.first { $0["name"] == "runtime-secrets" }?.at("projected", "sources")?[0]?.at(
                "secret", "items")?.array ?? []
        #expect(
            Set(items.compactMap { $0["key"]?.string }) == [
                "auditDatabaseUrl", "redisUrl", "auditHmacKey", "metricsBearer",
            ])
        #expect(
            pod["volumes"]?.array?.first { $0["name"] == "runtime-secrets" }?.at("projected", "defaultMode") == 0o440)
    }

    @Test func theGatewayReachesStsByASingleLabel() throws {
        #expect(env(try pod(try Fixture.production.context(), "gateway"))["STS_URL"] == "http://prod-sts:8080")
    }

    @Test func controlNeedsTheInsecureURLOverrideAndOpensItsGate() throws {
        let environment = env(try pod(try Fixture.everything.context(), "api"))
        #expect(environment["CARACAL_ALLOW_INSECURE_CONFIG_URLS"] == "true")
        #expect(environment["CONTROL_API_TOKEN_FILE"] == "/run/secrets/caracal/caracalAdminToken")
        #expect(environment["CONTROL_GATE_FILE"] == "/etc/caracal/control/enabled")
        #expect(try objects(try Fixture.everything.context(), "ConfigMap").map(\.name).contains("full-control-gate"))
    }

    @Test func gatewayTLSSwitchesProbesAndURLs() throws {
        let context = try Fixture.everything.context()
        let container = try #require(try pod(context, "gateway")["containers"]?[0])
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            #expect(container.at(probe, "httpGet", "scheme") == "HTTPS")
        }
        #expect(env(try pod(context, "web"))["CARACAL_GATEWAY_URL"] == "https://full-gateway:8081")
    }

    @Test func probesOutlastTheHandlers() throws {
        for component in Catalog.caracal.components {
            let container = try #require(
                try pod(try Fixture.production.context(), component.name.rawValue)["containers"]?[0])
            let timeout = container.at("readinessProbe", "timeoutSeconds")?.integer ?? 0
            #expect(timeout > Int64(component.readinessSeconds))
            #expect(
                container.at("readinessProbe", "httpGet", "path") != container.at("livenessProbe", "httpGet", "path"))
        }
    }

    @Test func graceCoversPreStopAndDrain() throws {
        for component in Catalog.caracal.components {
            let pod = try pod(try Fixture.production.context(), component.name.rawValue)
            let grace = pod["terminationGracePeriodSeconds"]?.integer ?? 0
            let sleep = pod["containers"]?[0]?.at("lifecycle", "preStop", "sleep", "seconds")?.integer ?? 0
            #expect(grace >= sleep + component.drainSeconds)
        }
    }

    @Test func openShiftChoosesItsOwnNumbers() throws {
        let context = try Fixture.production.context { $0.set(["spec", "platform"], "OpenShift") }
        let pod = try pod(context, "sts")
        #expect(pod.at("securityContext", "runAsUser") == nil)
        #expect(pod.at("securityContext", "fsGroup") == nil)
        #expect(pod.at("securityContext", "runAsNonRoot") == true)
        let policy = try #require(try objects(context, "NetworkPolicy").first { $0.name == "prod-sts" })
        #expect(policy.text.contains("5353"))
    }

    @Test func replicasAreLeftToAnAutoscaler() throws {
        let context = try Fixture.production.context()
        let api = try #require(try objects(context, "Deployment").first { $0.name == "prod-api" })
        #expect(api.at("spec", "replicas") == nil)
        let sts = try #require(try objects(context, "StatefulSet").first { $0.name == "prod-sts" })
        #expect(sts.at("spec", "replicas") == 2)
    }

    @Test func autoscaledReplayNeverScalesIn() throws {
        let context = try Fixture.everything.context()
        let scaler = try #require(try objects(context, "HorizontalPodAutoscaler").first { $0.name == "full-gateway" })
        #expect(scaler.at("spec", "behavior", "scaleDown", "selectPolicy") == "Disabled")
    }

    @Test func scaleToZeroTakesTheAutoscalerAway() throws {
        let context = try Fixture.production.context { $0.set(["spec", "components"], ["api": ["replicas": 0]]) }
        #expect(try !objects(context, "HorizontalPodAutoscaler").map(\.name).contains("prod-api"))
        #expect(try objects(context, "Deployment").first { $0.name == "prod-api" }?.at("spec", "replicas") == 0)
    }

    @Test func publicPathsOnly() throws {
        let ingress = try #require(
            try objects(try Fixture.production.context(), "Ingress").first { $0.name == "prod-sts" })
        let paths = (ingress.at("spec", "rules")?[0]?.at("http", "paths")?.array ?? []).compactMap {
            $0["path"]?.string
        }
        #expect(
            Set(paths) == [
                "/oauth/2/token", "/.well-known/jwks.json", "/v1/run/manifest", "/v1/run/credential", "/approvals",
            ])
    }

    @Test func theGatewaysInternalPathsLeadNowhere() throws {
        let ingress = try #require(
            try objects(try Fixture.everything.context(), "Ingress").first { $0.name == "full-gateway" })
        for path in ingress.at("spec", "rules")?[0]?.at("http", "paths")?.array ?? [] where path["path"] != "/" {
            #expect(path.at("backend", "service", "name") == "full-nowhere")
        }
    }

    private func generationA() throws -> RenderContext {
        try Fixture.everything.context {
            $0.set(["spec", "mode"], "rc")
            $0.set(["spec", "version"], "2026.07.03-rc.1")
        }
    }

    @Test func generationAHasItsOwnKeysAndVariables() throws {
        let sts = env(try pod(try generationA(), "sts"))
        #expect(sts["ZONE_KEK_FILE"] == "/run/secrets/caracal/zoneKek")
        #expect(sts["DATABASE_URL_FILE"] == "/run/secrets/caracal/databaseUrl")
        #expect(sts["SECRET_STORE_KEK_FILE"] == nil)
        #expect(sts["CARACAL_MODE"] == "rc")
        let web = env(try pod(try generationA(), "web"))
        #expect(web["CARACAL_OPERATOR_EMAILS"] == "ops@example.com,@example.org")
        #expect(web["CARACAL_OPERATOR_ALLOWLIST_FILE"] == nil)
        #expect(env(try pod(try generationA(), "api"))["CARACAL_ALLOW_INSECURE_CONFIG_URLS"] == nil)
    }

    @Test func generationAFacesClientsWithItsOwnPaths() throws {
        let ingress = try #require(try objects(try generationA(), "Ingress").first { $0.name == "full-sts" })
        let paths = (ingress.at("spec", "rules")?[0]?.at("http", "paths")?.array ?? []).compactMap {
            $0["path"]?.string
        }
        #expect(Set(paths) == ["/oauth/2/token", "/.well-known/jwks.json", "/step-up"])
    }

    @Test func inventedCatalogDataIsEnough() throws {
        var catalog = Catalog.caracal
        var extra = try #require(catalog.component(.audit))
        extra.name = "notary"
        extra.port = 7000
        catalog.components.append(extra)
        catalog.environment.append(EnvVariable("NOTARY_STS_URL", ["notary"], .service(.sts)))
        catalog.secretKeys.append(
            SecretKey(
                name: "notaryKey", format: .hmacKey, presence: .required, generations: Generation.all,
                readers: [.init("notary", "NOTARY_KEY")]))
        catalog.edges.append(Edge(.component("notary"), .component(.sts), "stamps"))
        let context = try Fixture.production.context(catalog: catalog)
        let environment = env(try pod(context, "notary"))
        #expect(environment["NOTARY_STS_URL"] == "http://prod-sts:8080")
        #expect(environment["NOTARY_KEY_FILE"] == "/run/secrets/caracal/notaryKey")
        let policies = try objects(context, "NetworkPolicy")
        #expect(
            policies.first { $0.name == "prod-notary" }?.annotations[Annotation.edges]?.contains("notary>sts") == true)
        #expect(policies.first { $0.name == "prod-sts" }?.annotations[Annotation.edges]?.contains("notary>sts") == true)
        #expect(try objects(context, "PodDisruptionBudget").map(\.name).contains("prod-notary"))
    }
}
