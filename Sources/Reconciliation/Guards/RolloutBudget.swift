import KubeModel

/// How many instances may roll their pods at once for a reason that nobody typed: a new operator with other templates,
/// a Secret that all of them share. What a spec asks for is not held. Pure.
struct RolloutBudget: Sendable {
    let limit: Int
    private var rolling: Set<ObjectKey> = []
    /// Rolling because its spec asks for it, until it is done: later waves of one change are part of it.
    private var asked: Set<ObjectKey> = []

    init(limit: Int) { self.limit = limit }

    /// True where the instance may begin, or is at it already.
    mutating func begin(_ instance: ObjectKey) -> Bool {
        if rolling.contains(instance) || asked.contains(instance) { return true }
        guard rolling.count < limit else { return false }
        rolling.insert(instance)
        return true
    }

    mutating func beginAsked(_ instance: ObjectKey) { asked.insert(instance) }

    mutating func end(_ instance: ObjectKey) {
        rolling.remove(instance)
        asked.remove(instance)
    }
}
