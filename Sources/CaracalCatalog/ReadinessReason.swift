/// The words with which services say why they are not ready (caracal-runtime.md §5), and what to look at. Anything else they
/// answer is not copied.
package struct ReadinessReason: Sendable {
    package var word: String
    package var hint: String

    private init(_ word: String, _ hint: String) { (self.word, self.hint) = (word, hint) }

    /// The first known word in an answer.
    package static func read(_ text: String) -> ReadinessReason? { all.first { text.contains($0.word) } }

    /// Longer words first where one is part of another.
    package static let all: [ReadinessReason] = [
        ReadinessReason("postgres_unreachable", "caracal-operator explain <component> database"),
        ReadinessReason("redis_unavailable", "caracal-operator explain <component> redis"),
        ReadinessReason("redis_unreachable", "caracal-operator explain <component> redis"),
        ReadinessReason("audit_replay_unavailable", "the replay volume cannot be written"),
        ReadinessReason("stream_consumers_not_ready", "Redis streams: wait, then look at Redis"),
        ReadinessReason("audit_evidence_lost", "latched until the pod restarts: find out what was lost first"),
        ReadinessReason("bindings_unavailable", "the gateway cannot read its bindings from Postgres"),
        ReadinessReason("revocation_snapshot_stale", "the gateway cannot reload revocations from Postgres"),
        ReadinessReason("sts_unreachable", "caracal-operator explain gateway sts; is sts ready?"),
        ReadinessReason("consumer_unhealthy", "the audit consumer stands still: Redis"),
        ReadinessReason("audit_dlq_threshold", "the audit dead-letter queue is not empty"),
        ReadinessReason("audit_lag_threshold", "the audit consumer falls behind"),
        ReadinessReason("audit_pel_oldest_threshold", "an audit event is not acknowledged"),
        ReadinessReason("outbox_unreachable", "the outbox table cannot be read"),
        ReadinessReason("outbox_dead_messages", "a dead outbox row makes every replica unready (trap 13)"),
        ReadinessReason("outbox_dead", "a dead outbox row makes every replica unready (trap 13)"),
        ReadinessReason("draining", "it is being stopped"),
    ]
}
