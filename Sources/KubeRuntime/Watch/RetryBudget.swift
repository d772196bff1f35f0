import KubeClient

/// Repeated attempts of the whole process, together: in an outage dozens of watches and keys fail at once, and each
/// one's own pause does not keep their sum small. A token bucket; who finds it empty waits longer.
package struct RetryBudgetState: Sendable {
    package typealias Instant = ContinuousClock.Instant
    private let burst: Double
    private let perSecond: Double
    private var tokens: Double
    private var updated: Instant

    package init(burst: Double = 20, perSecond: Double = 5, now: Instant) {
        (self.burst, self.perSecond, tokens, updated) = (burst, perSecond, burst, now)
    }

    /// The pause before this attempt: the one it wants, and more where too many others are waiting already.
    package mutating func spend(_ pause: Duration, now: Instant) -> Duration {
        let (seconds, attoseconds) = (now - updated).components
        tokens = min(burst, tokens + perSecond * (Double(seconds) + Double(attoseconds) / 1e18))
        updated = now
        tokens -= 1
        return tokens >= 0 ? pause : pause + .milliseconds(Int64(-tokens / perSecond * 1000))
    }
}

/// One per process, shared by everything that tries again.
package final class RetryBudget: Sendable {
    private let state = Locked(RetryBudgetState(now: .now))
    package init() {}
    package func spend(_ pause: Duration) -> Duration { state.withLock { $0.spend(pause, now: .now) } }
}
