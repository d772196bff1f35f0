import KubeModel

/// Decides what becomes of an Event: a new object, one more of a series, or nothing. Pure.
///
/// As client-go's correlator has it: at most 25 at once and then one in five minutes about one object, and what is said
/// again is counted on the Event that is there.
package struct EventCorrelator: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package struct Subject: Hashable, Sendable {
        package var uid: String
        package var reason: String
        package var note: String
        package init(uid: String, reason: String, note: String) {
            (self.uid, self.reason, self.note) = (uid, reason, note)
        }
    }

    package enum Decision: Equatable, Sendable {
        case create
        /// `count` of the series, this one included.
        case count(Int, on: ObjectKey)
        case drop
    }

    private struct Series: Sendable {
        var key: ObjectKey
        var count = 1
        var last: Instant
    }

    /// A series nobody added to for this long is over.
    private static let window = Duration.seconds(360)
    private static let burst = 25.0
    private static let secondsPerEvent = 300.0
    private static let limit = 1024

    private var series: [Subject: Series] = [:]
    private var tokens: [String: (left: Double, updated: Instant)] = [:]

    package init() {}

    package mutating func decide(_ subject: Subject, now: Instant) -> Decision {
        guard spend(subject.uid, now) else { return .drop }
        guard var known = series[subject], now - known.last < Self.window else { return .create }
        known.count += 1
        known.last = now
        series[subject] = known
        return .count(known.count, on: known.key)
    }

    package mutating func created(_ subject: Subject, as key: ObjectKey, now: Instant) {
        if series.count >= Self.limit { series = series.filter { now - $0.value.last < Self.window } }
        if series.count < Self.limit { series[subject] = Series(key: key, last: now) }
    }

    /// The Event is gone (they live for an hour): the next one is a new object.
    package mutating func lost(_ subject: Subject) { series[subject] = nil }

    private mutating func spend(_ uid: String, _ now: Instant) -> Bool {
        if tokens.count >= Self.limit { tokens = [:] }
        let known = tokens[uid] ?? (Self.burst, now)
        let (seconds, _) = (now - known.updated).components
        let left = min(Self.burst, known.left + Double(seconds) / Self.secondsPerEvent)
        guard left >= 1 else { return false }
        tokens[uid] = (left - 1, now)
        return true
    }
}
