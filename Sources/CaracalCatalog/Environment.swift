extension EnvVariable {
    package static let all: [EnvVariable] = common + urls + features + web + jobs + tunables

    static let go: Set<ComponentName> = [.sts, .gateway, .audit]
    static let five: Set<ComponentName> = [.sts, .gateway, .audit, .api, .coordinator]
    static let six: Set<ComponentName> = five.union([.web])

    private static let common: [EnvVariable] = [
        // Always explicit and lower case: unset means stable for some checks and development for others (trap 16).
        EnvVariable("CARACAL_MODE", five, .setting(.mode)),
        EnvVariable("CARACAL_ENV", [.sts, .gateway, .audit, .api, .coordinator, .web], .literal("production")),
        EnvVariable("NODE_ENV", [.api, .coordinator, .web, .authMigrate], .literal("production")),
        EnvVariable("CARACAL_VERSION", six, .setting(.version)),
        EnvVariable("PORT", six, .setting(.port)),
        // Node services bind loopback in every mode but rc and stable, where no probe reaches them.
        EnvVariable("HOST", [.api, .coordinator, .web], .literal("0.0.0.0")),
        EnvVariable("LOG_LEVEL", six, .setting(.logLevel)),
        EnvVariable("OTEL_EXPORTER_OTLP_ENDPOINT", five, .setting(.otlpEndpoint), when: .tracing),
        EnvVariable("OTEL_EXPORTER_OTLP_PROTOCOL", five, .literal("http/protobuf"), when: .tracing),
        EnvVariable("AUDIT_REPLAY_DIR", [.sts, .gateway], .literal("/var/lib/caracal/audit-replay")),
        EnvVariable(
            "NODE_EXTRA_CA_CERTS", [.api, .coordinator, .web, .authMigrate], .setting(.caBundleFile), when: .trustBundle
        ),
        // Go reads the default bundle as well: the directory adds to it.
        EnvVariable("SSL_CERT_DIR", go, .setting(.caBundleDirectory), when: .trustBundle),
        EnvVariable(
            "CARACAL_TLS_EXTRA_CA_FILE", [.sts], .setting(.caBundleFile), in: Generation.semVer, when: .trustBundle),
    ]

    private static let urls: [EnvVariable] = [
        EnvVariable("ISSUER_URL", [.sts, .coordinator], .setting(.issuerURL)),
        EnvVariable("STS_URL", [.gateway, .api, .coordinator], .service(.sts)),
        EnvVariable("CARACAL_GATEWAY_URL", [.api, .web], .service(.gateway)),
        EnvVariable("CARACAL_COORDINATOR_URL", [.api, .web], .service(.coordinator)),
        EnvVariable("CARACAL_API_URL", [.web], .service(.api)),
        EnvVariable("CARACAL_STS_URL", [.web], .service(.sts)),
        EnvVariable("CARACAL_AUDIT_URL", [.web], .service(.audit)),
        EnvVariable("AGENT_COORDINATOR_SCOPE", [.coordinator], .literal("agent:lifecycle")),
    ]

    private static let features: [EnvVariable] = [
        EnvVariable("UPSTREAM_HOST_ALLOWLIST", [.gateway], .setting(.upstreamHosts)),
        EnvVariable(
            "CARACAL_PRIVATE_EGRESS_HOSTS", [.sts, .api], .setting(.privateEgressHosts), in: Generation.semVer),
        EnvVariable("TLS_CERT_FILE", [.gateway], .setting(.tlsCertificateFile), when: .gatewayTLS),
        EnvVariable("TLS_KEY_FILE", [.gateway], .setting(.tlsKeyFile), when: .gatewayTLS),
        EnvVariable("CONTROL_AUDIENCE", [.sts, .api, .web], .setting(.controlAudience), when: .control),
        EnvVariable("CARACAL_CONTROL_ENABLED", [.api], .literal("true"), when: .control),
        EnvVariable("STS_JWKS_URL", [.api], .setting(.controlJWKSURL), when: .control),
        EnvVariable("STS_ISSUER_URL", [.api], .setting(.issuerURL), when: .control),
        EnvVariable("CONTROL_GATE_FILE", [.api], .setting(.controlGateFile), when: .control),
        // The SDK refuses in-cluster http URLs in production without it (trap 7).
        EnvVariable(
            "CARACAL_ALLOW_INSECURE_CONFIG_URLS", [.api], .literal("true"), in: Generation.semVer, when: .control),
        EnvVariable("AUDIT_RETENTION_DAYS", [.audit, .api], .setting(.retentionDays)),
        EnvVariable("AUDIT_EXPORT_S3_BUCKET", [.audit], .setting(.exportBucket), when: .auditExport),
        EnvVariable("AUDIT_EXPORT_S3_REGION", [.audit], .setting(.exportRegion), when: .auditExport),
        EnvVariable("AUDIT_EXPORT_S3_ENDPOINT", [.audit], .setting(.exportEndpoint), when: .auditExport),
        EnvVariable(
            "AUDIT_EXPORT_TMP_DIR", [.audit], .literal("/var/lib/caracal/audit-export"), in: Generation.semVer,
            when: .auditExport),
    ]

    private static let web: [EnvVariable] = [
        EnvVariable("CARACAL_AUTH_URL", [.web], .setting(.publicURL)),
        EnvVariable("CARACAL_WEB_ORIGIN", [.web], .setting(.trustedOrigins)),
        EnvVariable("CARACAL_AUTH_SECURE_COOKIES", [.web], .literal("true")),
        EnvVariable("CARACAL_AUTH_COOKIE_SAME_SITE", [.web], .setting(.sameSite), in: Generation.semVer),
        EnvVariable("CARACAL_AUTH_AUTO_MIGRATE", [.web], .literal("false")),
        // Behind an ingress every user would otherwise share one client address and its rate limits.
        EnvVariable("CARACAL_AUTH_TRUST_PROXY", [.web], .literal("true"), in: Generation.semVer),
        EnvVariable("CARACAL_REQUIRE_SIGN_IN_METHOD", [.web], .literal("1"), in: [.b], when: .signIn),
        EnvVariable("CARACAL_AUTH_DATABASE_SSL", [.web, .authMigrate], .setting(.authDatabaseSSL)),
        EnvVariable("CARACAL_PASSWORD_SIGNUP", [.web], .literal("true"), when: .password),
        EnvVariable("CARACAL_SMTP_FROM", [.web], .setting(.mailFrom), when: .mail),
        EnvVariable(
            "CARACAL_OPERATOR_ALLOWLIST_FILE", [.web], .setting(.allowlistFile), in: Generation.semVer, when: .allowlist
        ),
        EnvVariable("CARACAL_OPERATOR_EMAILS", [.web], .setting(.allowlistEmails), in: [.a], when: .allowlist),
    ]

    private static let jobs: [EnvVariable] = [
        EnvVariable("PGHOST", [.migrate], .setting(.migrationHost)),
        EnvVariable("PGPORT", [.migrate], .setting(.migrationPort)),
        EnvVariable("PGUSER", [.migrate], .setting(.migrationUser)),
        EnvVariable("PGDATABASE", [.migrate], .setting(.databaseName)),
        EnvVariable("PGSSLMODE", [.migrate], .setting(.postgresSSLMode)),
        EnvVariable("PGSSLROOTCERT", [.migrate], .setting(.postgresRootCertificate)),
        EnvVariable("TMPDIR", [.migrate], .literal("/tmp")),
    ]
}
