import KubeClient
import KubeModel

/// What runs remember between each other, so that they neither flap nor fight.
final class ReconcileGuards: Sendable {
    struct State: Sendable {
        var refusals = RefusalMemory()
        var rivalry = Rivalry()
        var rollouts: RolloutBudget
        var churn = SecretChurn()
        /// Uids of what was deleted by us and not seen to be gone yet, and when.
        var deleted: [String: ContinuousClock.Instant] = [:]

        /// Lets go of what nothing will be decided by any more: objects come and go for years.
        mutating func forgetWhatIsOver(now: ContinuousClock.Instant) {
            refusals.forgetWhatIsOver(now: now)
            rivalry.forgetWhatIsOver(now: now)
            deleted = deleted.filter { now - $0.value < .seconds(600) }
        }
    }

    private let state: Locked<State>

    init(rolloutLimit: Int) { state = Locked(State(rollouts: RolloutBudget(limit: rolloutLimit))) }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }
}
