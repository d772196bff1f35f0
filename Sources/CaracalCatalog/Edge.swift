/// Somebody talks to somebody (caracal-runtime.md §2). NetworkPolicies in both directions are made from these.
package struct Edge: Sendable, Hashable {
    package var from: Endpoint
    package var to: Endpoint
    package var why: String
    package var when: Feature

    package init(_ from: Endpoint, _ to: Endpoint, _ why: String, when: Feature = .always) {
        self.from = from
        self.to = to
        self.why = why
        self.when = when
    }

    package enum Endpoint: Sendable, Hashable {
        case component(ComponentName)
        case external(External)
    }

    /// What lies outside the instance; its peers come from the spec.
    package enum External: String, Sendable, CaseIterable {
        case dns
        case database
        case migrationDatabase
        case redis
        case otlpCollector
        case upstreams
        case providers
        case github
        case google
        case mailRelay
        case objectStore
        case podIdentity
        case ingressController
        case prometheus
        /// This operator's own pods.
        case `operator`

        /// The field of the spec that says who it is.
        package var specField: String {
            switch self {
            case .dns: "networkPolicy.dns.peers"
            case .database: "database.peers"
            case .migrationDatabase: "database.migrations.peers"
            case .redis: "redis.peers"
            case .otlpCollector: "observability.otlp.peers"
            case .upstreams: "gateway.upstreams.peers"
            case .providers: "sts.providers.peers"
            case .github: "web.signIn.github.peers"
            case .google: "web.signIn.google.peers"
            case .mailRelay: "web.smtp.peers"
            case .objectStore: "audit.export.s3.peers"
            case .podIdentity: "audit.export.s3.cloudIdentity"
            case .ingressController: "exposure.peers"
            case .prometheus: "observability.metrics.peers"
            case .operator: "(where the operator runs)"
            }
        }
    }

    package static let all: [Edge] =
        state + services + outside + edge

    private static let everyone: [ComponentName] =
        [.sts, .api, .gateway, .audit, .coordinator, .web, .migrate, .authMigrate]
    private static let five: [ComponentName] = [.sts, .api, .gateway, .audit, .coordinator]

    private static let state: [Edge] =
        everyone.map { Edge(.component($0), .external(.dns), "name resolution") }
        + (five + [.web, .authMigrate]).map { Edge(.component($0), .external(.database), "state in Postgres") }
        + [Edge(.component(.migrate), .external(.migrationDatabase), "schema and role logins")]
        + five.map { Edge(.component($0), .external(.redis), "streams, nonces, rate limits") }

    private static let services: [Edge] = [
        Edge(.component(.gateway), .component(.sts), "token exchange, JWKS, readiness"),
        Edge(.component(.api), .component(.sts), "policy simulation, token minting"),
        Edge(.component(.api), .component(.gateway), "model calls through the data plane", when: .control),
        Edge(.component(.api), .component(.coordinator), "model calls through the data plane", when: .control),
        Edge(.component(.coordinator), .component(.sts), "JWKS"),
        Edge(.component(.web), .component(.api), "proxied console calls, readiness"),
        Edge(.component(.web), .component(.coordinator), "proxied console calls, readiness"),
        Edge(.component(.web), .component(.sts), "Control tokens, readiness"),
        Edge(.component(.web), .component(.gateway), "readiness shown in the console"),
        Edge(.component(.web), .component(.audit), "readiness shown in the console"),
    ]

    private static let outside: [Edge] =
        five.map { Edge(.component($0), .external(.otlpCollector), "traces", when: .tracing) } + [
            Edge(.component(.gateway), .external(.upstreams), "governed upstream calls", when: .upstreams),
            Edge(.component(.api), .external(.upstreams), "resource verification", when: .upstreams),
            Edge(.component(.sts), .external(.providers), "token refresh, client credentials", when: .providers),
            Edge(.component(.api), .external(.providers), "provider tests and connections", when: .providers),
            Edge(.component(.web), .external(.github), "GitHub sign-in", when: .github),
            Edge(.component(.web), .external(.google), "Google sign-in", when: .google),
            Edge(.component(.web), .external(.mailRelay), "mail", when: .mail),
            Edge(.component(.audit), .external(.objectStore), "hourly export", when: .auditExport),
            Edge(.component(.audit), .external(.podIdentity), "credentials for the export", when: .podIdentity),
        ]

    private static let edge: [Edge] =
        [.web, .sts, .gateway, .api, .coordinator].map {
            Edge(.external(.ingressController), .component($0), "public edge")
        } + five.map { Edge(.external(.prometheus), .component($0), "metrics", when: .metrics) }
        + (five + [.web]).map { Edge(.external(.operator), .component($0), "why a pod is not ready") }
}
