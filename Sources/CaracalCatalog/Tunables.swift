/// What a tunable's value must look like for its reader to start (caracal-runtime.md §3: an unparseable value is a
/// refusal to start).
package enum TunableValue: Sendable, Equatable {
    case text
    case integer(ClosedRange<Int64>)
    /// `1,t,true,0,f,false` for Go services, `1/true/yes/on` and `0/false/no/off` for Node.
    case flag
    /// Go's own syntax, above zero: `1m30s`.
    case duration
}

extension EnvVariable {
    /// Tuning that a user may set. Everything else is secret, set by the operator, or dangerous to touch.
    static let tunables: [EnvVariable] =
        tunables(five, .text, "OTEL_RESOURCE_ATTRIBUTES")
        + tunables(go, .positive, "CARACAL_LOG_QUEUE_SIZE")
        + tunables(five, .positive, "CARACAL_LOG_SAMPLE_DEBUG", "CARACAL_LOG_MAX_FIELD_BYTES")
        + tunables(go, .positive, "DB_MAX_CONNS", "DB_MIN_CONNS")
        + tunables(
            go, .duration, "DB_MAX_CONN_LIFETIME", "DB_MAX_CONN_IDLE", "DB_HEALTH_CHECK_PERIOD", "DB_CONNECT_TIMEOUT")
        + tunables([.api, .coordinator, .web], .positive, "DB_POOL_MAX")
        + tunables(
            [.api, .coordinator, .web], .counting, "DB_STATEMENT_TIMEOUT_MS", "DB_CONNECTION_TIMEOUT_MS",
            "DB_IDLE_TIMEOUT_MS")
        + tunables([.api, .web], .counting, "DB_IDLE_IN_TX_TIMEOUT_MS")
        + tunables([.sts], .integer(1...300), "OPA_POLL_SECONDS")
        + tunables([.sts], .positive, "MAX_GRANT_TTL_SECONDS")
        + tunables([.sts, .api], .positive, "STS_MINT_RATE_LIMIT_PER_MIN", in: Generation.semVer)
        + tunables([.sts], .positive, "STS_SECRET_VERIFY_CONCURRENCY", in: Generation.semVer)
        + tunables(
            [.gateway], .duration, "STS_TIMEOUT", "UPSTREAM_TIMEOUT", "READ_HEADER_TIMEOUT", "READ_TIMEOUT",
            "WRITE_TIMEOUT", "IDLE_TIMEOUT", "REDIS_DIAL_TIMEOUT", "REDIS_READ_TIMEOUT", "REDIS_WRITE_TIMEOUT",
            "REDIS_POOL_TIMEOUT")
        + tunables([.gateway], .positive, "MAX_REQUEST_BYTES", "REDIS_POOL_SIZE", "REDIS_MIN_IDLE_CONNS")
        + tunables([.gateway], .duration, "STREAM_IDLE_TIMEOUT", in: Generation.semVer)
        + tunables([.gateway], .flag, "TRUST_PROXY", in: Generation.semVer)
        + tunables(
            [.audit], .positive, "AUDIT_MAX_DELIVERIES", "AUDIT_CLAIM_IDLE_SECS", "AUDIT_TAMPER_ROLLING_HOURS",
            "AUDIT_READY_DLQ_MAX", "AUDIT_READY_LAG_MAX", "AUDIT_READY_PEL_OLDEST_SECS_MAX")
        + tunables(
            [.api], .counting, "CONTROL_RATE_CAPACITY", "CONTROL_RATE_WINDOW_SEC",
            "CONTROL_INVOKE_IP_RATE_LIMIT_PER_MIN", "CONTROL_REPLAY_TTL_SEC", "API_V1_RATE_LIMIT_PER_MIN",
            "ADMIN_AUTH_FAIL_LIMIT_PER_MIN", "API_READY_OUTBOX_DEAD_MAX", "API_BODY_LIMIT_BYTES",
            "API_MAX_RESOURCES_PER_ZONE", "ADMIN_TOKEN_LAST_USED_DEBOUNCE_SEC", "OUTBOX_POLL_MS", "OUTBOX_LOCK_SEC",
            "OUTBOX_STREAM_MAXLEN", "API_OPERATOR_AUTOPILOT_WRITE_BUDGET", "API_OPERATOR_AI_MAX_OUTPUT_TOKENS",
            "API_OPERATOR_AI_MAX_CALLS_PER_TURN")
        + tunables([.api], .flag, "API_OPERATOR_ENABLED", "API_OPERATOR_AUTOPILOT_ENABLED")
        + tunables([.api], .text, "API_OPERATOR_ALLOWED_CAPABILITIES", "API_OPERATOR_SYSTEM_ZONES")
        + tunables([.api, .coordinator], .flag, "TRUST_PROXY")
        + tunables(
            [.api, .coordinator], .counting, "READY_RATE_LIMIT_PER_MIN", "REQUEST_TIMEOUT_MS", "KEEP_ALIVE_TIMEOUT_MS",
            "OUTBOX_BATCH_SIZE", "OUTBOX_MAX_ATTEMPTS")
        + tunables(
            [.coordinator], .integer(3600 ... .max), "IDEMPOTENCY_RETENTION_SECONDS",
            "GENERATED_IDEMPOTENCY_RETENTION_SECONDS", in: Generation.semVer)
        + tunables([.coordinator], .integer(100 ... .max), "IDEMPOTENCY_MAX_RECEIPTS_PER_SCOPE", in: Generation.semVer)
        + tunables([.coordinator], .integer(1024 ... .max), "COORDINATOR_BODY_LIMIT_BYTES", in: Generation.semVer)
        + tunables([.coordinator], .counting, "SESSION_RETENTION_DAYS", in: Generation.semVer)
        + tunables(
            [.coordinator], .counting, "MAX_AGENTS_PER_ZONE", "MAX_AGENTS_PER_APP", "SERVICE_AGENT_LEASE_SECONDS",
            "DELEGATION_RETENTION_DAYS", "OUTBOX_RETENTION_DAYS", "OUTBOX_INTERVAL_MS", "STREAMS_MAXLEN",
            "JWKS_CACHE_MAX", "TTL_SWEEP_INTERVAL_MS", "SERVICE_LEASE_SWEEP_INTERVAL_MS", "DEADLINE_SWEEP_INTERVAL_MS",
            "SWEEPER_BATCH_SIZE", "RETENTION_CLEANUP_INTERVAL_MS", "RETENTION_CLEANUP_BATCH_SIZE", "RELAY_INTERVAL_MS",
            "RELAY_CLAIM_IDLE_SEC", "RELAY_DEDUPE_WINDOW_SEC", "COORDINATOR_RATE_LIMIT_PER_MIN",
            "VERIFY_RATE_LIMIT_PER_MIN", "INVOCATION_RATE_LIMIT_PER_MIN")

    private static func tunables(
        _ readers: Set<ComponentName>, _ value: TunableValue, _ names: String...,
        in generations: Set<Generation> = Generation.all
    ) -> [EnvVariable] {
        names.map { EnvVariable($0, readers, .tunable(value), in: generations) }
    }
}

extension TunableValue {
    /// Go services take zero for an error.
    fileprivate static let positive = TunableValue.integer(1 ... .max)
    fileprivate static let counting = TunableValue.integer(0 ... .max)
}
