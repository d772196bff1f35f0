import Glibc
import KubeClient
import KubeModel
import Logging

/// Writes Events for people. Failing to do so is logged and otherwise ignored: an Event is never worth a retry.
package struct EventRecorder: Sendable {
    package enum Kind: String, Sendable { case normal = "Normal", warning = "Warning" }

    private let client: KubeClient
    private let controller: String
    private let instance: String
    private let correlator = Locked(EventCorrelator())
    private let logger: Logger

    package init(client: KubeClient, controller: String, instance: String, logger: Logger) {
        self.client = client
        self.controller = controller
        self.instance = instance
        self.logger = logger
    }

    /// One Event about an object; `note` is cut at the API's limit of 1 KiB. What is said again is counted, and what is
    /// said too often is dropped.
    package func record(
        _ kind: Kind, about type: ResourceType, key: ObjectKey, uid: String, reason: String, action: String,
        note: String
    ) async {
        let subject = EventCorrelator.Subject(uid: uid, reason: reason, note: note)
        do {
            switch correlator.withLock({ $0.decide(subject, now: .now) }) {
            case .drop: logger.debug("event dropped", metadata: ["reason": "\(reason)"])
            case .count(let count, let known):
                let series: JSONValue = [
                    "series": [
                        "count": .integer(Int64(count)), "lastObservedTime": .string(Timestamp.now().microTime),
                    ]
                ]
                do { try await client.patch(.events, known, .merge, series) } catch let error as KubeError
                    where error.code == .notFound
                {
                    correlator.withLock { $0.lost(subject) }
                }
            case .create:
                let created = try await client.create(
                    .events, event(kind, type, key, uid: uid, reason: reason, action: action, note: note))
                correlator.withLock { $0.created(subject, as: created.key, now: .now) }
            }
        } catch {
            logger.debug("event not recorded", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }

    private func event(
        _ kind: Kind, _ type: ResourceType, _ key: ObjectKey, uid: String, reason: String, action: String, note: String
    ) -> JSONValue {
        let suffix = String(UInt64.random(in: .min ... .max), radix: 16)
        return [
            "apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": ["name": .string("\(key.name).\(suffix)"), "namespace": .string(key.namespace)],
            "eventTime": .string(Timestamp.now().microTime),
            "reportingController": .string(controller), "reportingInstance": .string(instance),
            "type": .string(kind.rawValue), "reason": .string(reason), "action": .string(action),
            "note": .string(String(decoding: Array(note.utf8.prefix(1000)), as: UTF8.self)),
            "regarding": [
                "apiVersion": .string(type.gvk.apiVersion), "kind": .string(type.gvk.kind), "name": .string(key.name),
                "namespace": .string(key.namespace), "uid": .string(uid),
            ],
        ]
    }
}
