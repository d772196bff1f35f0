import KubeClient
import KubeModel
import Rendering

/// When a refusal is believed. An API server that has just started refuses what it will allow a moment later, and a
/// webhook may be away for seconds; saying so in status at once would have to be taken back. Pure.
struct RefusalMemory: Sendable {
    typealias Instant = ContinuousClock.Instant
    private var refused: [ObjectID: (first: Instant, last: Instant)] = [:]

    /// How long the same object must be refused before it is told; nil for what says nothing about this object.
    static func patience(_ code: KubeError.Code) -> Duration? {
        switch code {
        case .invalid, .unknownType: .zero
        case .forbidden: .seconds(2)
        case .unavailable, .other, .conflict, .ownershipConflict: .seconds(10)
        default: nil
        }
    }

    /// True where the refusal has lasted long enough to be told as the object's own.
    mutating func isBelieved(_ id: ObjectID, _ code: KubeError.Code, now: Instant) -> Bool {
        guard let patience = Self.patience(code) else { return false }
        let first = refused[id]?.first ?? now
        refused[id] = (first, now)
        return now - first >= patience
    }

    mutating func accepted(_ id: ObjectID) { refused[id] = nil }

    /// What is refused is tried again within two minutes; what was not tried for five times as long is gone or changed.
    mutating func forgetWhatIsOver(now: Instant) { refused = refused.filter { now - $0.value.last < .seconds(600) } }

    var count: Int { refused.count }
}

/// One object, whoever made it.
struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    var kind: String
    var key: ObjectKey
    init(_ object: RenderedObject) { (kind, key) = (object.resource.gvk.kind, object.key) }
    init(kind: String, key: ObjectKey) { (self.kind, self.key) = (kind, key) }
    var description: String { "\(kind) \(key.name)" }
}
