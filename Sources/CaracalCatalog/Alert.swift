/// An alert on Caracal's own metrics (caracal-runtime.md §10).
package struct Alert: Sendable {
    package var name: String
    package var expression: String
    /// How long it must hold, as Prometheus writes durations.
    package var hold: String
    package var severity: String
    package var summary: String
    package var generations: Set<Generation>

    init(
        _ name: String, _ expression: String, _ hold: String, _ severity: String, _ summary: String,
        in generations: Set<Generation> = Generation.all
    ) {
        self.name = name
        self.expression = expression
        self.hold = hold
        self.severity = severity
        self.summary = summary
        self.generations = generations
    }

    /// The chart's alerts, with two repairs: a gauge's growth is `delta`, not `increase`, and the policy-age alert
    /// fires only while compilation also fails, because the age alone grows for ever on a stable policy.
    package static let all: [Alert] = [
        Alert(
            "CaracalSTSOPACompileErrors", "increase(caracal_sts_opa_compile_errors_total[5m]) > 0", "2m", "warning",
            "STS fails to compile a policy."),
        Alert(
            "CaracalSTSPolicyBundleStale",
            "caracal_sts_opa_max_policy_age_seconds > 300 and on (namespace, pod) increase(caracal_sts_opa_compile_errors_total[10m]) > 0",
            "5m", "warning", "STS serves an old policy because the new one does not compile."),
        Alert(
            "CaracalSTSProviderRefreshErrors", "increase(caracal_sts_provider_refresh_errors_total[5m]) > 0", "2m",
            "warning", "STS fails to refresh provider tokens."),
        Alert(
            "CaracalSTSProviderCircuitOpen", "increase(caracal_sts_provider_circuit_open_total[5m]) > 0", "2m",
            "warning", "STS stopped calling a provider."),
        Alert(
            "CaracalAuditDLQNonEmpty", "caracal_audit_dlq_size > 0", "2m", "warning",
            "Audit events wait in the dead-letter queue."),
        Alert(
            "CaracalAuditDLQGrowth", "delta(caracal_audit_dlq_size[10m]) > 0", "5m", "critical",
            "The audit dead-letter queue grows."),
        Alert(
            "CaracalAuditConsumerLagHigh", "caracal_audit_consumer_lag > 1000", "5m", "warning",
            "The audit consumer falls behind."),
        Alert(
            "CaracalGatewayAuditReplayBacklogOld", "caracal_gateway_audit_replay_oldest_age_seconds > 300", "5m",
            "warning", "A gateway pod holds undelivered audit events: restart it once Redis is back."),
        Alert(
            "CaracalSTSAuditReplayBacklogOld", "caracal_sts_audit_replay_oldest_age_seconds > 300", "5m", "warning",
            "An STS pod holds undelivered audit events: restart it once Redis is back."),
        Alert(
            "CaracalGatewayAuditEvidenceLost", "caracal_gateway_audit_dropped_total > 0", "0m", "critical",
            "The gateway dropped audit evidence.", in: Generation.semVer),
        Alert(
            "CaracalSTSAuditEvidenceLost", "caracal_sts_audit_dropped_total > 0", "0m", "critical",
            "STS dropped audit evidence.", in: Generation.semVer),
        Alert(
            "CaracalAuditTamperDetected",
            "increase(caracal_audit_tamper_mismatch_total[5m]) + increase(caracal_audit_tamper_chain_breaks_total[5m]) + increase(caracal_audit_tamper_hmac_failures_total[5m]) > 0",
            "0m", "critical", "The audit trail does not verify."),
        Alert(
            "CaracalAPIOutboxDeadMessages", "caracal_api_outbox_dead_total > 0", "2m", "critical",
            "A dead outbox row makes every API replica unready."),
        Alert(
            "CaracalAPIOutboxPendingOldest", "caracal_api_outbox_oldest_pending_age_seconds > 300", "5m", "warning",
            "The API's outbox is stuck."),
        Alert(
            "CaracalGatewaySTSExchangeErrors", "increase(caracal_gateway_sts_exchange_errors_total[5m]) > 0", "2m",
            "warning", "Token exchanges fail or are denied."),
        Alert(
            "CaracalGatewaySTSCircuitOpen", "caracal_gateway_sts_circuit_open > 0", "1m", "critical",
            "The gateway stopped calling STS."),
        Alert(
            "CaracalGatewayRevocationSnapshotStale", "caracal_gateway_revocation_snapshot_fresh <= 0", "2m", "critical",
            "The gateway's revocation snapshot is stale."),
        Alert(
            "CaracalGatewayRevocationPropagationLag", "caracal_gateway_revocation_propagation_seconds > 30", "2m",
            "critical", "Revocations reach the gateway late."),
        Alert(
            "CaracalGatewayRevocationReloadErrors", "increase(caracal_gateway_revocation_reload_errors_total[5m]) > 0",
            "2m", "critical", "The gateway cannot reload revocations."),
        Alert(
            "CaracalPostgresPoolSaturation", "max by (service) (caracal_db_pool_in_use_ratio) > 0.9", "5m", "warning",
            "The gateway's connection pool is nearly used up."),
    ]
}
