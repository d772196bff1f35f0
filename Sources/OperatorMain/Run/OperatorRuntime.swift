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
    let metrics: Metrics
    let logger: Logger
    let queue: WorkQueue
    let leadership: Leadership
    let elector: LeaderElector?
    let reflectors = ReflectorGroup()
    let reconciler: CaracalReconciler
    let stores: ClusterStores
    let kinds: KindRegistry
    let controller: Controller

    struct Settings: Sendable {
        /// nil for all.
        var namespace: String?
        var workers = 4
        var concurrentRollouts = 4
        /// Where this operator's pods are.
        var operatorNamespace = OperatorName.namespace
        var times = ReflectorTimes()
    }

    /// The Lease to work under; nil to work without an election.
    struct Election: Sendable {
        /// A client of its own: no other request is before the Lease's.
        var client: KubeClient
        var lease: ObjectKey
        var identity: String
        var times = LeaseTimes.standard
    }

    init(
        client: KubeClient, settings: Settings, election: Election? = nil, digestKey: DigestKey, metrics: Metrics,
        logger: Logger
    ) {
        self.metrics = metrics
        self.logger = logger
        let leadership = election.map { Leadership(identity: $0.identity, times: $0.times) } ?? Leadership()
        self.leadership = leadership
        elector = election.map {
            LeaderElector(
                client: $0.client, key: $0.lease, identity: $0.identity, times: $0.times, leadership: leadership,
                logger: logger)
        }
        let client = client.writing { leadership.mayWrite() }
        let budget = RetryBudget()
        queue = WorkQueue(budget: budget)
        stores = ClusterStores(
            client: client, namespace: settings.namespace, queue: queue, reflectors: reflectors, budget: budget,
            times: settings.times, logger: logger)
        kinds = KindRegistry(client: client)
        let secrets = SecretWatch(
            client: client, inspector: SecretInspector(key: digestKey), reflectors: reflectors, queue: queue,
            budget: budget, logger: logger)
        let events = EventRecorder(
            client: client, controller: "caracal.run/operator",
            instance: Environment.all["HOSTNAME"] ?? "caracal-operator", logger: logger)
        reconciler = CaracalReconciler(
            client: client, stores: stores, secrets: secrets, digestKey: digestKey, catalog: .caracal, kinds: kinds,
            events: events, leadership: leadership, concurrentRollouts: settings.concurrentRollouts,
            operatorNamespace: settings.operatorNamespace,
            logger: logger)
        controller = Controller(
            queue: queue, reconciler: reconciler, observer: metrics, workers: settings.workers, logger: logger)
        metrics.workersLimit(settings.workers)
    }

    /// Returns after SIGTERM or SIGINT, when the workers have come to a write boundary and the Lease is given back.
    /// Throws ``LeadershipLost`` when another may write now.
    func run(healthAddress: ListenAddress?) async throws {
        let signals = StopSignals()
        try await watch()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await work(until: signals, healthAddress) }
                if let elector { group.addTask { try await elector.run { requeueAll() } } }
                defer { group.cancelAll() }
                // The work ends on a signal, the elector only by throwing.
                try await group.next()
                // Nothing of ours is under way any more: the next holder may begin.
                await elector?.release()
            }
        } catch is CancellationError {}
    }

    /// Starts the watches of every kind there is.
    private func watch() async throws {
        let new = try await kinds.refresh()
        for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) { stores.watch(type) }
        for type in new { stores.watch(type) }
    }

    private func work(until signals: StopSignals, _ healthAddress: ListenAddress?) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await reflectors.run() }
            group.addTask { try await controller.run() }
            group.addTask { try await rest() }
            group.addTask { try await kinds.run(watching: stores) { requeueAll() } }
            if let healthAddress {
                let endpoint = HealthEndpoint(
                    address: healthAddress, metrics: metrics,
                    liveness: Liveness(queue: queue, stores: stores, leadership: leadership), stores: stores
                ) { gauges() }
                group.addTask { try await endpoint.run() }
            }
            group.addTask {
                guard let name = await signals.next() else { return }
                logger.info("stopping", metadata: ["signal": "\(name)"])
            }
            try await group.next()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    /// Now and then what nobody works with is put aside.
    private func rest() async throws {
        // Once a minute in any case, and the first time at once: what starting took, and what went, is needed no more.
        for turn in 0... {
            try await Task.sleep(for: .seconds(10))
            // Longer than anything is waited for between two looks.
            if reconciler.letIdleRest(after: .seconds(45)) || turn % 6 == 0 { ProcessMemory.giveBack() }
        }
    }

    private func gauges() -> Metrics.Gauges {
        Metrics.Gauges(
            queue: queue.figures, instances: stores.instances.count, isLeading: leadership.mayWrite(),
            contested: reconciler.contestedObjects, watches: stores.lastHeard)
    }

    private func requeueAll() { for key in stores.instances.keys { queue.add(key, priority: .low) } }
}
