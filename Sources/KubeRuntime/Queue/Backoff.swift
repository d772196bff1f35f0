/// Growing pauses for a key that keeps failing: doubled from `base` up to `limit`. Pure; jitter comes from the caller.
package struct Backoff: Sendable {
    package var base: Duration
    package var limit: Duration

    package init(base: Duration = .milliseconds(200), limit: Duration = .seconds(120)) {
        self.base = base
        self.limit = limit
    }

    /// `random` in 0..<1 spreads the pause over its upper half. `lasted` is for how long it has been failing: changes may
    /// make a key fail ten times in a second, and what has failed for seconds is not left alone for minutes.
    package func pause(failures: Int, lasted: Duration? = nil, random: Double) -> Duration {
        let doubled = base * Int(1 << min(failures, 20))
        let capped = min(doubled, limit, lasted.map { max(base, $0 * 2) } ?? limit)
        return capped / 2 + capped * random / 2
    }
}
