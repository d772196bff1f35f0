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
    private let logger: Logger

    package init(client: KubeClient, controller: String, instance: String, logger: Logger) {
        self.client = client
        self.controller = controller
        self.instance = instance
        self.logger = logger
    }

    /// One Event about an object; `note` is cut at the API's limit of 1 KiB.
    package func record(
        _ kind: Kind, about type: ResourceType, key: ObjectKey, uid: String, reason: String, action: String,
        note: String
    ) async {
        let suffix = String(UInt64.random(in: .min ... .max), radix: 16)
        let event: JSONValue = [
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
        do { try await client.create(.events, event) } catch {
            logger.debug("event not recorded", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }
}
