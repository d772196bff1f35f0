import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Preflight
import Reconciliation
import Rendering

/// Every long-running part of the operator, under one task group: what ends one ends all, in order.
struct OperatorRuntime: Sendable {
    let client: KubeClient
    let metrics: Metrics
    let logger: Logger
    let queue = WorkQueue()
    let reflectors = ReflectorGroup()
    let stores: ClusterStores
    let kinds: KindRegistry
    let controller: Controller

    init(client: KubeClient, namespace: String?, digestKey: DigestKey, workers: Int, metrics: Metrics, logger: Logger) {
        self.client = client
        self.metrics = metrics
        self.logger = logger
        stores = ClusterStores(
            client: client, namespace: namespace, queue: queue, reflectors: reflectors, logger: logger)
        kinds = KindRegistry(client: client)
        let secrets = SecretWatch(
            client: client, inspector: SecretInspector(key: digestKey), reflectors: reflectors, queue: queue,
            logger: logger)
        let events = EventRecorder(
            client: client, controller: "caracal.run/operator",
            instance: Environment.all["HOSTNAME"] ?? "caracal-operator", logger: logger)
        let reconciler = CaracalReconciler(
            client: client, stores: stores, secrets: secrets, digestKey: digestKey, catalog: .caracal, kinds: kinds,
            events: events, logger: logger)
        controller = Controller(
            queue: queue, reconciler: reconciler, observer: metrics, workers: workers, logger: logger)
        metrics.workersLimit(workers)
    }

    /// Returns after SIGTERM or SIGINT, when the workers have come to a write boundary.
    func run(healthAddress: ListenAddress?) async throws {
        let signals = StopSignals()
        let new = try await kinds.refresh()
        for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) { stores.watch(type) }
        for type in new { stores.watch(type) }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reflectors.run() }
                group.addTask { try await controller.run() }
                group.addTask { try await kinds.run(watching: stores) { requeueAll() } }
                if let healthAddress {
                    let endpoint = HealthEndpoint(
                        address: healthAddress, metrics: metrics, stores: stores, queue: queue)
                    group.addTask { try await endpoint.run() }
                }
                group.addTask {
                    let name = await signals.next()
                    logger.info("stopping", metadata: ["signal": "\(name)"])
                }
                try await group.next()
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) { throw error }
                }
            }
        } catch is CancellationError {}
    }

    private func requeueAll() { for instance in stores.instances.all() { queue.add(instance.key) } }
}
