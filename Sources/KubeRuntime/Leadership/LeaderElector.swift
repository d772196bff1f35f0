import KubeClient
import KubeModel
import Logging

/// The Lease was lost, or could not be renewed in time.
package struct LeadershipLost: Error, CustomStringConvertible {
    package var description: String
}

/// Takes part in the election over one Lease, on a client of its own: no queue of other requests is before it.
///
/// While another holds the Lease it is watched, not asked for: a holder that lets go is followed at once, and a standby
/// sends no requests.
package struct LeaderElector: Sendable {
    private let client: KubeClient
    private let key: ObjectKey
    private let identity: String
    private let times: LeaseTimes
    private let leadership: Leadership
    private let logger: Logger

    package init(
        client: KubeClient, key: ObjectKey, identity: String, times: LeaseTimes = .standard, leadership: Leadership,
        logger: Logger
    ) {
        self.client = client
        self.key = key
        self.identity = identity
        self.times = times
        self.leadership = leadership
        self.logger = logger
    }

    /// Waits for the Lease, says so, and keeps it. Throws ``LeadershipLost`` when it is gone, `CancellationError` when
    /// cancelled; never returns.
    package func run(onLeading: @Sendable () -> Void) async throws {
        try await acquire()
        logger.notice("leading", metadata: ["lease": "\(key)", "identity": "\(identity)"])
        onLeading()
        while true {
            switch leadership.with({ $0.step(now: .now) }) {
            case .wait(let until): try await Task.sleep(until: until, clock: .continuous)
            case .create, .write, .look: try await write()
            case .stop, nil: throw LeadershipLost(description: "Lease \(key) is no longer held by \(identity)")
            }
        }
    }

    /// Gives the Lease back, where it is still ours, so that a successor need not wait for it to run out.
    package func release() async {
        guard let record = leadership.with({ $0.release(now: .now) }) ?? nil else { return }
        let patch = document(holder: "", after: record, duration: .seconds(1), version: record.resourceVersion)
        do {
            _ = try await bounded { try await client.patch(.leases, key, .merge, patch) }
            logger.notice("lease released", metadata: ["lease": "\(key)"])
        } catch { logger.warning("lease not released", metadata: ["lease": "\(key)", "error": "\(error)"]) }
    }

    // MARK: Waiting

    private func acquire() async throws {
        let changes = Bell()
        let sink = LeaseSink(key: key) { record in
            leadership.with { $0.noticed(record, now: .now) }
            changes.ring()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Reflector(client, .leases, .named(key), into: sink, logger: logger).run()
            }
            group.addTask { try await contend(changes) }
            // The reflector ends only when cancelled: whoever ends first is the contender.
            try await group.next()
            group.cancelAll()
        }
    }

    private func contend(_ changes: Bell) async throws {
        while !leadership.mayWrite() {
            switch leadership.with({ $0.step(now: .now) }) {
            case .create, .write: try await write()
            case .wait(let until): await changes.wait(until: until)
            case .look, nil: await changes.wait(until: nil)
            case .stop: throw LeadershipLost(description: "Lease \(key) was lost as it was taken")
            }
            try Task.checkCancellation()
        }
    }

    // MARK: Writing

    /// Takes or renews the Lease, once. Failures are left to the next step, which knows how long there is.
    private func write() async throws {
        let sentAt = ContinuousClock.now
        do {
            let answer: JSONValue
            switch leadership.with({ $0.step(now: sentAt) }) {
            case .create:
                var lease = document(holder: identity, after: nil, duration: times.duration, version: nil)
                lease.set(["apiVersion"], .string(ResourceType.leases.gvk.apiVersion))
                lease.set(["kind"], "Lease")
                lease.set(["metadata"], ["name": .string(key.name), "namespace": .string(key.namespace)])
                let document = lease
                answer = try await bounded { try await client.create(.leases, document) }
            case .write(let record):
                let patch = document(
                    holder: identity, after: record, duration: times.duration, version: record.resourceVersion)
                answer = try await bounded { try await client.patch(.leases, key, .merge, patch) }
            default: return
            }
            leadership.with { $0.wrote(LeaseRecord(answer), sentAt: sentAt) }
        } catch let error as KubeError {
            leadership.with { $0.failed(now: .now) }
            logger.warning("lease not renewed", metadata: ["lease": "\(key)", "error": "\(error.message)"])
            // Somebody else wrote it, or our own write came through and its answer did not: look who has it.
            if [.conflict, .alreadyExists, .notFound].contains(error.code) { try await look() }
        }
    }

    private func look() async throws {
        do {
            let lease = try await bounded { try await client.get(.leases, key) }
            leadership.with { $0.observed(LeaseRecord(lease), now: .now) }
        } catch let error as KubeError {
            if error.code == .notFound { leadership.with { $0.observed(nil, now: .now) } }
        }
    }

    /// A request that is not answered within a retry period is not worth waiting for.
    private func bounded(_ request: @escaping @Sendable () async throws -> JSONValue) async throws -> JSONValue {
        try await withThrowingTaskGroup(of: JSONValue.self) { group in
            group.addTask(operation: request)
            group.addTask {
                try await Task.sleep(for: times.retryPeriod)
                throw KubeError(.transport(.timeout), message: "no answer within \(times.retryPeriod)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func document(holder: String, after record: LeaseRecord?, duration: Duration, version: String?) -> JSONValue
    {
        let now = Timestamp.now().microTime
        let isSame = record?.holder == holder
        let acquired = isSame && record?.acquireTime.isEmpty == false ? record?.acquireTime ?? now : now
        let changes = record.map { $0.transitions + (isSame || holder.isEmpty ? 0 : 1) } ?? 0
        var document: JSONValue = [
            "spec": [
                "holderIdentity": .string(holder), "leaseDurationSeconds": .integer(duration.components.seconds),
                "renewTime": .string(now), "acquireTime": .string(acquired), "leaseTransitions": .integer(changes),
            ]
        ]
        if let version { document.set(["metadata", "resourceVersion"], .string(version)) }
        return document
    }
}

private final class LeaseSink: ObjectSink {
    private let key: ObjectKey
    private let update: @Sendable (LeaseRecord?) -> Void

    init(key: ObjectKey, update: @escaping @Sendable (LeaseRecord?) -> Void) {
        self.key = key
        self.update = update
    }

    func replace(_ objects: [ObjectKey: KeptObject], at resourceVersion: String?) {
        update(objects.values.first.map { LeaseRecord($0.value) })
    }
    func upsert(_ object: JSONValue) { if object.key == key { update(LeaseRecord(object)) } }
    func remove(_ object: JSONValue) { if object.key == key { update(nil) } }
    func interrupted(_ error: KubeError?) {}
}
