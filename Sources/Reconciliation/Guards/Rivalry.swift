import KubeModel

/// Notices that the same document is written to the same object again and again: somebody takes it back each time. Then
/// it is written seldom, and said, instead of fought over at the speed of a watch. Pure.
struct Rivalry: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Decision: Equatable, Sendable {
        case write
        /// Written too often; not before then.
        case hold(until: Instant)
    }

    private struct History: Sendable {
        var digest: String
        var writes: [Instant] = []
        var pause: Duration = .zero

        /// Quiet for long enough.
        func isOver(_ now: Instant) -> Bool {
            writes.last.map { now - $0 > max(Rivalry.window, pause) * 2 } ?? true
        }
    }

    /// So many writes of one document within `window` are a fight.
    static let tolerance = 3
    static let window = Duration.seconds(60)
    static let pauses = (first: Duration.seconds(15), longest: Duration.seconds(120))
    private var histories: [ObjectID: History] = [:]

    /// Whether the document may be written now. Call ``wrote(_:digest:now:)`` when it was.
    mutating func decide(_ id: ObjectID, digest: String, now: Instant) -> Decision {
        guard var history = histories[id], history.digest == digest, let last = history.writes.last else {
            return .write
        }
        if history.isOver(now) {
            histories[id] = nil
            return .write
        }
        if history.pause == .zero {
            history.writes.removeAll { now - $0 > Self.window }
            guard history.writes.count >= Self.tolerance else { return .write }
            history.pause = Self.pauses.first
            histories[id] = history
        }
        return now < last + history.pause ? .hold(until: last + history.pause) : .write
    }

    mutating func wrote(_ id: ObjectID, digest: String, now: Instant) {
        var history = histories[id] ?? History(digest: digest)
        if history.digest != digest { history = History(digest: digest) }
        if history.pause != .zero { history.pause = min(history.pause * 2, Self.pauses.longest) }
        history.writes = history.writes.suffix(Self.tolerance) + [now]
        histories[id] = history
    }

    mutating func forgetWhatIsOver(now: Instant) { histories = histories.filter { !$0.value.isOver(now) } }

    var count: Int { histories.count }
    func isContested(_ id: ObjectID) -> Bool { histories[id].map { $0.pause != .zero } ?? false }
    var contested: Int { histories.values.count { $0.pause != .zero } }
}
