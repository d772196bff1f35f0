/// A key of the runtime Secret and who really reads it: the least-privilege mount list (caracal-runtime.md §4).
package struct SecretKey: Sendable {
    package var name: String
    /// The variable each reader takes the file's path from, without `_FILE`.
    package var readers: [Reader]
    package var format: Format
    package var presence: Presence
    package var generations: Set<Generation>
    package var rotation = Rotation.restart

    /// How a new value may take the old one's place (caracal-runtime.md §9).
    package enum Rotation: Sendable, Equatable {
        /// Readers restart, in the order of the waves.
        case restart
        /// One signs what another verifies, and there is no overlap: all readers restart at once.
        case together
        /// What it costs is for a person to accept, by name.
        case acknowledged(String)
        /// The other key holds the value that was current before; without it what was sealed or signed is lost.
        case staged(previous: String)
    }

    package struct Reader: Sendable {
        package var component: ComponentName
        package var variable: String
        package var generations: Set<Generation>
        package var when: Feature
        /// Read where it exists, not needed to start.
        package var isOptional: Bool
    }

    /// The shape the services themselves enforce at start (caracal-runtime.md §4, §5).
    package enum Format: Sendable, Equatable {
        case text
        /// Hexadecimal, exactly this many bytes, and no weak pattern.
        case kek
        /// Hexadecimal, at least 32 bytes.
        case hmacKey
        case postgresURL
        case redisURL
        case smtpURL
        case json
        /// Certificates or keys in PEM.
        case pem
    }

    package enum Presence: Sendable, Equatable {
        case required
        /// Mounted only where the Secret has it.
        case optional
    }

    init(
        _ name: String, _ format: Format, in generations: Set<Generation> = Generation.all,
        _ presence: Presence = .required, _ readers: Reader...
    ) {
        self.name = name
        self.format = format
        self.generations = generations
        self.presence = presence
        self.readers = readers
    }

    fileprivate func rotated(_ rotation: Rotation) -> SecretKey {
        var copy = self
        copy.rotation = rotation
        return copy
    }

    package init(
        name: String, format: Format, presence: Presence, generations: Set<Generation>, readers: [Reader]
    ) {
        self.name = name
        self.format = format
        self.presence = presence
        self.generations = generations
        self.readers = readers
    }
}

extension SecretKey.Reader {
    package init(
        _ component: ComponentName, _ variable: String, in generations: Set<Generation> = Generation.all,
        when: Feature = .always, optional isOptional: Bool = false
    ) {
        self.init(
            component: component, variable: variable, generations: generations, when: when, isOptional: isOptional)
    }
}

extension SecretKey {
    private typealias By = Reader

    package static let all: [SecretKey] = databaseURLs + passwords + keys + tokens + signIn

    private static let databaseURLs: [SecretKey] = [
        SecretKey(
            "databaseUrl", .postgresURL, in: [.a], .required, By(.sts, "DATABASE_URL"), By(.gateway, "DATABASE_URL"),
            By(.audit, "DATABASE_URL"), By(.api, "DATABASE_URL"), By(.coordinator, "DATABASE_URL")),
        SecretKey("apiDatabaseUrl", .postgresURL, in: Generation.semVer, .required, By(.api, "DATABASE_URL")),
        SecretKey("stsDatabaseUrl", .postgresURL, in: Generation.semVer, .required, By(.sts, "DATABASE_URL")),
        SecretKey("gatewayDatabaseUrl", .postgresURL, in: Generation.semVer, .required, By(.gateway, "DATABASE_URL")),
        SecretKey("auditDatabaseUrl", .postgresURL, in: Generation.semVer, .required, By(.audit, "DATABASE_URL")),
        SecretKey(
            "coordinatorDatabaseUrl", .postgresURL, in: Generation.semVer, .required, By(.coordinator, "DATABASE_URL")),
        SecretKey(
            "authDatabaseUrl", .postgresURL, .required, By(.web, "CARACAL_AUTH_DATABASE_URL"),
            By(.authMigrate, "CARACAL_AUTH_DATABASE_URL")),
        SecretKey(
            "redisUrl", .redisURL, .required, By(.sts, "REDIS_URL"), By(.gateway, "REDIS_URL"), By(.audit, "REDIS_URL"),
            By(.api, "REDIS_URL"), By(.coordinator, "REDIS_URL")),
    ]

    private static let passwords: [SecretKey] = [
        SecretKey("postgresPassword", .text, .required, By(.migrate, "PGPASSWORD")),
        role("api"), role("sts"), role("gateway"), role("audit"), role("coordinator"), role("auth"),
    ]

    private static func role(_ service: String) -> SecretKey {
        SecretKey(
            "\(service)DbPassword", .text, in: Generation.semVer, .required,
            By(.migrate, "CARACAL_\(service.uppercased())_DB_PASSWORD"))
    }

    private static let keys: [SecretKey] = [
        SecretKey("zoneKek", .kek, in: [.a], .required, By(.sts, "ZONE_KEK"), By(.api, "ZONE_KEK"))
            .rotated(
                .acknowledged(
                    "this release has no overlap and no re-seal tool: provider secrets and zone signing keys are lost")),
        SecretKey(
            "secretStoreKek", .kek, in: Generation.semVer, .required, By(.sts, "SECRET_STORE_KEK"),
            By(.api, "SECRET_STORE_KEK")
        ).rotated(.staged(previous: "secretStoreKekPrevious")),
        SecretKey(
            "secretStoreKekPrevious", .kek, in: Generation.semVer, .optional,
            By(.sts, "SECRET_STORE_KEK_PREVIOUS", optional: true), By(.api, "SECRET_STORE_KEK_PREVIOUS", optional: true)
        ),
        SecretKey(
            "auditHmacKey", .hmacKey, .required, By(.sts, "AUDIT_HMAC_KEY"), By(.gateway, "AUDIT_HMAC_KEY"),
            By(.audit, "AUDIT_HMAC_KEY"), By(.coordinator, "AUDIT_HMAC_KEY"), By(.api, "AUDIT_HMAC_KEY")
        ).rotated(
            .acknowledged(
                "there is no overlap: the start-up sweep flags every older row of the retention window as tampered, and events in flight go to the dead-letter queue (trap 10)"
            )),
        SecretKey(
            "streamsHmacKey", .hmacKey, .required, By(.sts, "STREAMS_HMAC_KEY"), By(.gateway, "STREAMS_HMAC_KEY"),
            By(.api, "STREAMS_HMAC_KEY"), By(.coordinator, "STREAMS_HMAC_KEY")
        ).rotated(.together),
        SecretKey(
            "gatewayStsHmacKey", .hmacKey, .required, By(.sts, "GATEWAY_STS_HMAC_KEY"),
            By(.gateway, "GATEWAY_STS_HMAC_KEY"),
            By(.api, "GATEWAY_STS_HMAC_KEY")
        ).rotated(.together),
        SecretKey(
            "idempotencyHmacKey", .hmacKey, in: Generation.semVer, .required, By(.coordinator, "IDEMPOTENCY_HMAC_KEY")
        ).rotated(.staged(previous: "idempotencyHmacKeyPrevious")),
        SecretKey(
            "idempotencyHmacKeyPrevious", .hmacKey, in: Generation.semVer, .optional,
            By(.coordinator, "IDEMPOTENCY_HMAC_KEY_PREVIOUS", optional: true)),
    ]

    private static let tokens: [SecretKey] = [
        SecretKey(
            "caracalAdminToken", .text, .required, By(.api, "CARACAL_ADMIN_TOKEN"),
            By(.api, "CONTROL_API_TOKEN", when: .control),
            By(.web, "CARACAL_ADMIN_TOKEN")
        ).rotated(
            .acknowledged(
                "the first API pod with the new value revokes the old one at once, an old pod that restarts later revokes the new one, and a value once revoked is never revived: use one that was never used (trap 9)"
            )),
        SecretKey(
            "caracalCoordinatorToken", .text, .required, By(.coordinator, "CARACAL_COORDINATOR_TOKEN"),
            By(.web, "CARACAL_COORDINATOR_TOKEN")),
        SecretKey(
            "caracalAuthSecret", .text, .required, By(.web, "CARACAL_AUTH_SECRET"),
            By(.authMigrate, "CARACAL_AUTH_SECRET")),
        SecretKey(
            "metricsBearer", .text, .required, By(.sts, "METRICS_BEARER"), By(.gateway, "METRICS_BEARER"),
            By(.audit, "METRICS_BEARER"), By(.api, "METRICS_BEARER"), By(.coordinator, "METRICS_BEARER")),
        SecretKey("stsAdminToken", .text, .optional, By(.sts, "STS_ADMIN_TOKEN", optional: true)),
        SecretKey("auditAdminToken", .text, .optional, By(.audit, "AUDIT_ADMIN_TOKEN", optional: true)),
    ]

    private static let signIn: [SecretKey] = [
        SecretKey("githubClientId", .text, .required, By(.web, "GITHUB_CLIENT_ID", when: .github)),
        SecretKey("githubClientSecret", .text, .required, By(.web, "GITHUB_CLIENT_SECRET", when: .github)),
        SecretKey("googleClientId", .text, .required, By(.web, "GOOGLE_CLIENT_ID", when: .google)),
        SecretKey("googleClientSecret", .text, .required, By(.web, "GOOGLE_CLIENT_SECRET", when: .google)),
        SecretKey("smtpUrl", .smtpURL, .required, By(.web, "CARACAL_SMTP_URL", when: .mail)),
        SecretKey(
            "operatorAllowlist.json", .json, in: Generation.semVer, .optional,
            By(.web, "CARACAL_OPERATOR_ALLOWLIST", when: .noAllowlist, optional: true)),
    ]
}
