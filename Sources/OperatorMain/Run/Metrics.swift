import KubeClient
import KubeRuntime

/// The operator's metrics under the names existing controller dashboards know.
final class Metrics: ControllerObserver, Sendable {
    private struct State {
        var reconciles: [String: Int] = [:]
        var reconcileSeconds = Histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
        var requests: [String: Int] = [:]
        var requestSeconds: [String: Histogram] = [:]
        var active = 0
        var limit = 0
        var waits = Histogram(bounds: [0.001, 0.01, 0.1, 1, 5, 10, 30, 60, 300])
        var warnings = 0
    }

    private struct Histogram {
        var bounds: [Double]
        var counts: [Int]
        var sum = 0.0
        var count = 0
        init(bounds: [Double]) {
            self.bounds = bounds
            counts = Array(repeating: 0, count: bounds.count)
        }
        mutating func add(_ value: Double) {
            sum += value
            count += 1
            for (index, bound) in bounds.enumerated() where value <= bound { counts[index] += 1 }
        }
        func lines(_ name: String, _ labels: String) -> [String] {
            zip(bounds, counts).map { "\(name)_bucket{\(labels),le=\"\($0)\"} \($1)" }
                + [
                    "\(name)_bucket{\(labels),le=\"+Inf\"} \(count)", "\(name)_sum{\(labels)} \(sum)",
                    "\(name)_count{\(labels)} \(count)",
                ]
        }
    }

    private let state = Locked(State())
    private static let controller = "controller=\"caracaldeployment\""

    func workersLimit(_ count: Int) { state.withLock { $0.limit = count } }

    func reconciled(result: String, duration: Duration) {
        state.withLock {
            $0.reconciles[result, default: 0] += 1
            $0.reconcileSeconds.add(duration.inSeconds)
        }
    }

    func workers(active: Int) { state.withLock { $0.active = active } }

    func taken(waited: Duration) { state.withLock { $0.waits.add(waited.inSeconds) } }

    func warned() { state.withLock { $0.warnings += 1 } }

    func request(method: String, status: Int, duration: Duration) {
        state.withLock {
            $0.requests["code=\"\(status == 0 ? "<error>" : String(status))\",method=\"\(method)\"", default: 0] += 1
            $0.requestSeconds[
                "verb=\"\(method)\"", default: Histogram(bounds: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30])
            ].add(duration.inSeconds)
        }
    }

    /// What is asked for at the moment of the scrape.
    struct Gauges {
        var queue: WorkQueue.Figures
        var instances: Int
        var isLeading: Bool
        var contested: Int
        var watches: [(resource: String, age: Duration?, isFailing: Bool)]
    }

    /// The Prometheus text format.
    func text(_ gauges: Gauges) -> String {
        let state = state.withLock { $0 }
        var lines: [String] = []
        func family(_ name: String, _ type: String, _ help: String, _ samples: [String]) {
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"] + samples
        }
        family(
            "controller_runtime_reconcile_total", "counter", "Reconciliations per result.",
            ["success", "error", "requeue_after", "timeout"].map {
                "controller_runtime_reconcile_total{\(Self.controller),result=\"\($0)\"} \(state.reconciles[$0] ?? 0)"
            })
        family(
            "controller_runtime_reconcile_errors_total", "counter", "Reconciliations that failed.",
            ["controller_runtime_reconcile_errors_total{\(Self.controller)} \(state.reconciles["error"] ?? 0)"])
        family(
            "controller_runtime_reconcile_time_seconds", "histogram", "Length of a reconciliation.",
            state.reconcileSeconds.lines("controller_runtime_reconcile_time_seconds", Self.controller))
        family(
            "controller_runtime_max_concurrent_reconciles", "gauge", "Workers.",
            ["controller_runtime_max_concurrent_reconciles{\(Self.controller)} \(state.limit)"])
        family(
            "controller_runtime_active_workers", "gauge", "Workers at work.",
            ["controller_runtime_active_workers{\(Self.controller)} \(state.active)"])
        family(
            "controller_runtime_reconcile_timeouts_total", "counter",
            "Reconciliations that were ended by their deadline.",
            ["controller_runtime_reconcile_timeouts_total{\(Self.controller)} \(state.reconciles["timeout"] ?? 0)"])
        let queue = "\(Self.controller),name=\"caracaldeployment\""
        family(
            "workqueue_depth", "gauge", "Keys that are due and wait for a worker, by priority.",
            WorkQueue.Priority.allCases.map {
                "workqueue_depth{\(queue),priority=\"\($0)\"} \(gauges.queue.depth[$0] ?? 0)"
            })
        family(
            "workqueue_next_due_seconds", "gauge", "Until the next key is due; absent where none waits.",
            gauges.queue.nextDue.map { ["workqueue_next_due_seconds{\(queue)} \($0.inSeconds)"] } ?? [])
        family(
            "workqueue_adds_total", "counter", "Keys added that were not waiting already.",
            ["workqueue_adds_total{\(queue)} \(gauges.queue.adds)"])
        family(
            "workqueue_retries_total", "counter", "Keys added again after a failure.",
            ["workqueue_retries_total{\(queue)} \(gauges.queue.retries)"])
        family(
            "workqueue_queue_duration_seconds", "histogram", "How long a key waits for a worker.",
            state.waits.lines("workqueue_queue_duration_seconds", queue))
        family(
            "workqueue_work_duration_seconds", "histogram", "How long a key is worked on.",
            state.reconcileSeconds.lines("workqueue_work_duration_seconds", queue))
        let running = gauges.queue.running.map(\.inSeconds)
        family(
            "workqueue_unfinished_work_seconds", "gauge", "Age of all work under way, added up.",
            ["workqueue_unfinished_work_seconds{\(queue)} \(running.reduce(0, +))"])
        family(
            "workqueue_longest_running_processor_seconds", "gauge", "Age of the oldest work under way.",
            ["workqueue_longest_running_processor_seconds{\(queue)} \(running.max() ?? 0)"])
        family(
            "rest_client_requests_total", "counter", "Requests to the API server.",
            state.requests.sorted { $0.key < $1.key }.map { "rest_client_requests_total{\($0.key)} \($0.value)" })
        family(
            "rest_client_request_duration_seconds", "histogram", "Length of a request.",
            state.requestSeconds.sorted { $0.key < $1.key }.flatMap {
                $0.value.lines("rest_client_request_duration_seconds", $0.key)
            })
        family(
            "rest_client_warnings_total", "counter", "Warnings of the API server.",
            ["rest_client_warnings_total \(state.warnings)"])
        family(
            "leader_election_master_status", "gauge", "1 where this process may write.",
            ["leader_election_master_status{name=\"caracal-operator\"} \(gauges.isLeading ? 1 : 0)"])
        family(
            "caracal_operator_watch_age_seconds", "gauge", "Since when the API server has said nothing about a kind.",
            gauges.watches.map {
                "caracal_operator_watch_age_seconds{resource=\"\($0.resource)\"} \($0.age?.inSeconds ?? -1)"
            })
        family(
            "caracal_operator_watch_failing", "gauge", "1 where a kind cannot be read at the moment.",
            gauges.watches.map {
                "caracal_operator_watch_failing{resource=\"\($0.resource)\"} \($0.isFailing ? 1 : 0)"
            })
        family(
            "caracal_operator_contested_objects", "gauge", "Objects that somebody else keeps changing back.",
            ["caracal_operator_contested_objects \(gauges.contested)"])
        family(
            "caracal_operator_instances", "gauge", "CaracalDeployments watched.",
            ["caracal_operator_instances \(gauges.instances)"])
        family(
            "caracal_operator_build_info", "gauge", "Version.",
            ["caracal_operator_build_info{version=\"\(OperatorVersion.current)\"} 1"])
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
