import KubeClient
import KubeModel

/// What runs remember between each other, so that they neither flap nor fight.
final class ReconcileGuards: Sendable {
    struct State: Sendable {
        var refusals = RefusalMemory()
        var rivalry = Rivalry()
        var rollouts: RolloutBudget
        var churn = SecretChurn()
        /// Deleted by us, not seen to be gone yet.
        var deleted: Set<String> = []
    }

    private let state: Locked<State>

    init(rolloutLimit: Int) { state = Locked(State(rollouts: RolloutBudget(limit: rolloutLimit))) }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }
}
