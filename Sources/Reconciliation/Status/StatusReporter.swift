import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import Logging

/// Writes a status where it differs from the last one, and an Event where the Ready reason changes.
struct StatusReporter: Sendable {
    let client: KubeClient
    let stores: ClusterStores
    let events: EventRecorder
    let logger: Logger
    private let lastWrite = Locked<[ObjectKey: ContinuousClock.Instant]>([:])

    /// Counts alone are not worth a write more often than this.
    private static let pace = Duration.seconds(5)

    init(client: KubeClient, stores: ClusterStores, events: EventRecorder, logger: Logger) {
        self.client = client
        self.stores = stores
        self.events = events
        self.logger = logger
    }

    /// While something is waited for, its deadline is looked at every half minute. What is waited for after every deadline
    /// has passed is likely to be waited for tomorrow: what would help is watched, and between two looks the instance
    /// is put aside like one that has converged.
    static func pause(waiting status: JSONValue, now: Timestamp) -> Duration {
        let since = status.at("operation", "since")?.string.flatMap { Timestamp($0) }
        let waited = since.map { now.seconds - $0.seconds } ?? 0
        return waited <= Double(StatusComposer.jobDeadline.components.seconds) ? .seconds(30) : .seconds(180)
    }

    func report(
        _ instance: InstanceIdentity, _ status: JSONValue, isWaiting: Bool = false, wasRefused: Bool = false,
        lookAgain: Duration? = nil
    ) async throws -> ReconcileResult {
        let pause = Self.pause(waiting: status, now: .now())
        let result: ReconcileResult =
            wasRefused
            ? .refused
            : isWaiting ? .after(min(pause, lookAgain ?? pause)) : lookAgain.map { .after($0) } ?? .done
        guard status != instance.status else { return result }
        let (old, new) = (Self.reason(instance.status), Self.reason(status))
        if old == new, Self.essence(status) == Self.essence(instance.status),
            let last = lastWrite.withLock({ $0[instance.key] }), ContinuousClock.now - last < Self.pace
        {
            return .after(Self.pace)
        }
        let gvk = CaracalDeployment.resource.gvk
        let document: JSONValue = [
            "apiVersion": .string(gvk.apiVersion), "kind": .string(gvk.kind),
            "metadata": [
                "name": .string(instance.key.name), "namespace": .string(instance.key.namespace),
            ],
            "status": status,
        ]
        do {
            let answer = try await client.apply(
                CaracalDeployment.resource, document, fieldManager: FieldManager.status, subresource: "status")
            stores.instances.wrote(answer)
        } catch let error as KubeError where error.code == .notFound { return .done }
        lastWrite.withLock { $0[instance.key] = .now }
        if old != new, let new {
            let message = Self.ready(status)?["message"]?.string ?? ""
            logger.info(
                "status", metadata: ["object.key": "\(instance.key)", "reason": "\(new)", "message": "\(message)"])
            let isGood = Self.ready(status)?["status"] == "True"
            await events.record(
                isGood || new == Reason.rollingOut.rawValue || new == Reason.migrationRunning.rawValue
                    ? .normal : .warning,
                about: CaracalDeployment.resource, key: instance.key, uid: instance.uid, reason: new,
                action: "Reconcile", note: message)
        }
        return result
    }

    /// Lets go of what is only asked for within ``pace``.
    func forgetWhatIsOver(now: ContinuousClock.Instant) {
        lastWrite.withLock { writes in writes = writes.filter { now - $0.value < Self.pace } }
    }

    private static func ready(_ status: JSONValue) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"] == "Ready" }
    }
    private static func reason(_ status: JSONValue) -> String? { ready(status)?["reason"]?.string }

    /// The part of a status whose change a person should see at once.
    private static func essence(_ status: JSONValue) -> JSONValue {
        let conditions = (status["conditions"]?.array ?? []).map { condition -> JSONValue in
            [condition["type"]?.text ?? "", condition["status"]?.text ?? "", condition["reason"]?.text ?? ""].map(
                JSONValue.string
            ).asArray
        }
        return [
            "conditions": .array(conditions), "migrations": status["migrations"] ?? .null,
            "generation": status["observedGeneration"] ?? .null, "wave": status.at("operation", "wave") ?? .null,
        ]
    }
}

extension Array where Element == JSONValue {
    fileprivate var asArray: JSONValue { .array(self) }
}
