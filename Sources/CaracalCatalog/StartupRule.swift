/// Something a Caracal service asks for before it starts or becomes ready (caracal-runtime.md §5), or that production
/// asks of it (harden-production, caracal-runtime.md §0), and where it can be judged without running it.
package struct StartupRule: Sendable {
    /// Kebab-case; what findings, waivers and acknowledgements name.
    package var id: String
    package var services: Set<ComponentName>
    package var generations: Set<Generation>
    package var demand: String
    package var judged: Judged

    package enum Judged: String, Sendable, CaseIterable {
        /// By a preflight rule of this id, from spec, Secrets or certificates.
        case preflight
        /// The renderer cannot produce anything else.
        case byConstruction
        /// Only a running Postgres, Redis, registry or file system tells.
        case live
    }

    init(
        _ id: String, _ services: Set<ComponentName>, in generations: Set<Generation> = Generation.all,
        _ demand: String,
        _ judged: Judged
    ) {
        self.id = id
        self.services = services
        self.generations = generations
        self.demand = demand
        self.judged = judged
    }

    package static let all: [StartupRule] = judgedBeforehand + built + live

    private static let five: Set<ComponentName> = EnvVariable.five
    private static let everyone: Set<ComponentName> = EnvVariable.six.union([.migrate, .authMigrate])

    private static let judgedBeforehand: [StartupRule] = [
        StartupRule("secret-present", everyone, "Every key the service reads is there and not empty.", .preflight),
        StartupRule(
            "hmac-key", five,
            "HMAC keys are strict hexadecimal of at least 32 bytes. Node stops reading at the first bad character and may start with a key that Go refuses.",
            .preflight),
        StartupRule(
            "kek", [.sts, .api],
            "The key-encryption key is strict hexadecimal of exactly 32 bytes and no weak pattern.",
            .preflight),
        StartupRule("url-form", everyone, "URLs have the client's scheme, a host, and an escaped login.", .preflight),
        StartupRule(
            "url-matches-spec", everyone,
            "Host, port and database of a URL are those of the spec: NetworkPolicies are made from the spec.",
            .preflight),
        StartupRule(
            "datastore-tls", everyone,
            "URLs mean TLS to the client that reads them: for Go sslmode require or better, for Node a mode at all; rediss:// for Redis.",
            .preflight),
        StartupRule(
            "role-password", [.sts, .api, .gateway, .audit, .coordinator, .web, .authMigrate], in: Generation.semVer,
            "The password in a role's URL is the one the migration gives the role.", .preflight),
        StartupRule("distinct-keys", everyone, "No value serves as two keys.", .preflight),
        StartupRule("example-value", everyone, "No value is one from documentation or a placeholder.", .preflight),
        StartupRule("weak-key", five, "HMAC keys are no repeated pattern or run.", .preflight),
        StartupRule(
            "one-instance-per-postgres", [.migrate],
            "No other instance uses the same Postgres cluster: roles are cluster-wide and made without a guard (trap 3).",
            .preflight),
        StartupRule(
            "tunables", EnvVariable.six, "Whole numbers, flags and durations parse and keep their bounds.", .preflight),
        StartupRule("gateway-timeouts", [.gateway], "READ_TIMEOUT exceeds STS_TIMEOUT + UPSTREAM_TIMEOUT.", .preflight),
        StartupRule(
            "issuer-url", [.sts, .coordinator],
            "The issuer is an absolute URL without login, query or fragment, and is where clients reach STS.",
            .preflight),
        StartupRule(
            "sign-in-method", [.web], in: [.b], "Google, GitHub or mail sign-in is set up.", .preflight),
        StartupRule(
            "mail-pair", [.web], "A mail relay comes with a sender, and password sign-up with a relay.", .preflight),
        StartupRule(
            "allowlist", [.web], in: Generation.semVer, "The allowlist file is one the console can read.", .preflight),
        StartupRule(
            "internal-urls", [.gateway, .api],
            "http to another service goes to a single label (trap 8); Control over http is allowed explicitly (trap 7).",
            .preflight),
        StartupRule(
            "gateway-certificate", [.gateway], "The serving certificate and key are readable and belong together.",
            .preflight),
        StartupRule(
            "connection-budget", EnvVariable.six,
            "Most replicas times pool size stays within database.maxConnections.", .preflight),
        StartupRule(
            "otlp-endpoint", five, "The collector is asked over HTTP; 4317 is gRPC, which is not spoken.", .preflight),
        StartupRule(
            "coordinator-metrics", [.coordinator],
            "Who scrapes the coordinator knows that it cannot be scraped with the bearer alone (trap 4).", .preflight),
        StartupRule(
            "upstream-peers", [.gateway],
            "An allowlisted upstream has a network peer that lets it be reached, and the other way round.",
            .preflight),
        StartupRule(
            "public-origins", [.web], "Public URL, extra origins and hosts of the edge agree and are https.", .preflight
        ),
        StartupRule(
            "edge-certificate", [.web, .sts, .gateway, .api, .coordinator],
            "The edge's certificate is readable, in order, in date, has its key and covers the host.", .preflight),
    ]

    private static let built: [StartupRule] = [
        StartupRule(
            "mode", five, "CARACAL_MODE is dev, rc or stable, in lower case, and always set (trap 16).", .byConstruction
        ),
        StartupRule("fixed-ports", EnvVariable.six, "PORT is the one the service insists on.", .byConstruction),
        StartupRule(
            "no-fail-open", five, "INSECURE_STS, INSECURE_HTTP and JTI_FAIL_OPEN are not set.", .byConstruction),
        StartupRule("readable-files", everyone, "Every listed _FILE is mounted where it is named.", .byConstruction),
        StartupRule("otlp-protocol", five, "The protocol is http/protobuf.", .byConstruction),
        StartupRule(
            "internal-addresses", [.gateway, .api, .coordinator],
            "STS_URL, CARACAL_GATEWAY_URL, CARACAL_COORDINATOR_URL, ISSUER_URL and the scope are set.", .byConstruction),
        StartupRule(
            "control-variables", [.api], "Control comes with JWKS, issuer, audience, token and audit key.",
            .byConstruction),
        StartupRule("gateway-tls-pair", [.gateway], "Both TLS files or neither.", .byConstruction),
        StartupRule(
            "cookies", [.web], in: Generation.semVer, "SameSite is lax, or none with secure cookies.", .byConstruction),
    ]

    private static let live: [StartupRule] = [
        StartupRule(
            "postgres-superuser", [.migrate], "The migration login is a superuser of PostgreSQL 17 or newer (trap 2).",
            .live),
        StartupRule(
            "datastores-reachable", [.gateway, .api, .coordinator],
            "Postgres and Redis answer at start; the schema is migrated and its grants are there.", .live),
        StartupRule("replay-directory", [.sts, .gateway], "The replay directory can be written.", .live),
        StartupRule("redis-eviction", five, "Redis evicts nothing and has Streams, EVAL and XAUTOCLAIM.", .live),
        StartupRule("session-pooling", five, "A pooler in front of Postgres keeps sessions.", .live),
        StartupRule(
            "images-resolve", everyone, in: [.a],
            "The images of CalVer releases still exist in the registry (trap 15).", .live),
        StartupRule(
            "seeding", [.api], "With an admin token, Postgres and schema are ready before the service is.", .live),
    ]
}
