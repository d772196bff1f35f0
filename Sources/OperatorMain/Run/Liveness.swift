import KubeClient
import KubeRuntime
import Reconciliation

/// Whether the process still gets anywhere. An API server that is away is no reason to restart: everything waits and
/// tries again, and restarting would only add to its load.
struct Liveness: Sendable {
    let queue: WorkQueue
    let stores: ClusterStores
    let leadership: Leadership

    /// A run is ended by its own deadline (120 s) before this; one that goes on is stuck.
    var longestRun = Duration.seconds(240)
    /// A watch is asked for ten minutes at most and given up after 150 s of silence.
    var longestSilence = Duration.seconds(900)
    /// Losing the Lease ends the process at once.
    var electorMargin = Duration.seconds(10)

    /// What is wrong; nothing where all is well.
    func complaints() -> [String] {
        var complaints: [String] = []
        if let longest = queue.figures.running.max(), longest > longestRun {
            complaints.append("a reconciliation has been running for \(longest.components.seconds) s")
        }
        complaints += stores.silent(for: longestSilence).map { "\($0): the watch no longer works" }
        if leadership.isOverdue(by: electorMargin) { complaints.append("the lease is lost, yet the process runs") }
        return complaints
    }
}
