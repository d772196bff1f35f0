import CaracalAPI
import Crypto
import KubeClient
import KubeModel
import Rendering
import TestSupport

/// An API server, embedded or real, and a namespace on it with the production sample, on which operators are started,
/// killed and started again.
protocol Stage: Sendable {
    /// Works whatever happens to the operator.
    var client: KubeClient { get }
    var namespace: String { get }
}

extension Stage {
    var key: ObjectKey { ObjectKey(namespace: namespace, name: "prod") }

    // MARK: The user

    func apply(_ change: (inout JSONValue) -> Void = { _ in }) async throws {
        var document = try Fixture.production.document
        document.set(["metadata", "namespace"], .string(namespace))
        change(&document)
        try await client.apply(CaracalDeployment.resource, document, fieldManager: "user")
    }

    @discardableResult
    func wait(for reason: String) async throws -> JSONValue {
        let object = try await client.wait(CaracalDeployment.resource, key) { object in
            guard let object, let ready = Operation.condition(object, "Ready") else { return false }
            // The last pod with today's keys is told a moment later.
            if reason == "Converged", Operation.hasOpenRotation(object) { return false }
            return ready["reason"]?.string == reason && ready["observedGeneration"]?.integer == object.generation
        }
        return object ?? .null
    }

    /// A new idempotency key, and the old one as the one before it: what was signed stays readable.
    func rotatedKey() async throws -> JSONValue {
        let secret = try await client.get(.secrets, ObjectKey(namespace: namespace, name: "caracal-runtime"))
        let old = secret.at("data", "idempotencyHmacKey") ?? ""
        let new = KeyedDigest.hmacSHA256(key: Array("rotated".utf8), message: Array(old.text.utf8))
        return [
            "idempotencyHmacKey": .string(Base64.encode(Array(Hex.text(new).utf8))), "idempotencyHmacKeyPrevious": old,
        ]
    }

    // MARK: What can be compared

    /// Kinds the operator makes on every cluster.
    static var kinds: [ResourceType] { ResourceCatalog.kinds.filter { !ResourceCatalog.optionalKinds.contains($0) } }

    func objects(_ type: ResourceType) async throws -> [JSONValue] {
        // Controllers put these two into every namespace.
        try await client.list(type, namespace: namespace).items.filter { object in
            !(type.gvk.kind == "ConfigMap" && object.name == "kube-root-ca.crt")
                && !(type.gvk.kind == "ServiceAccount" && object.name == "default")
        }
    }

    /// Everything the operator is answerable for, without what differs from run to run.
    func state() async throws -> [String: String] {
        var state: [String: String] = [:]
        for type in Self.kinds {
            for object in try await objects(type) {
                var shown = object
                shown.set(["status"], nil)
                state["\(type.gvk.kind)/\(object.name)"] = Mask.text(shown, in: namespace)
            }
        }
        if let instance = try? await client.get(CaracalDeployment.resource, key) {
            state["CaracalDeployment"] = Mask.text(instance, in: namespace)
        }
        return state
    }
}

/// Takes out of a document what differs between two runs that came to the same.
enum Mask {
    /// Counts of pods among them: status follows those at its own pace.
    private static let fields: Set<String> = [
        "uid", "resourceVersion", "creationTimestamp", "managedFields", "lastTransitionTime", "completedAt", "since",
        "time", "firstSeen", "current", "total", "previous",
        "clusterIP", "clusterIPs", "controller-uid", "batch.kubernetes.io/controller-uid",
    ]

    /// The surroundings of the first place where two texts differ: whole documents are too long to read.
    static func difference(_ wanted: String, _ got: String) -> String {
        let (wanted, got) = (Array(wanted.utf8), Array(got.utf8))
        let first = zip(wanted, got).prefix { $0 == $1 }.count
        func near(_ bytes: [UInt8]) -> String {
            String(decoding: bytes[max(0, first - 120)..<min(bytes.count, first + 120)], as: UTF8.self)
        }
        return "wanted …\(near(wanted))…, got …\(near(got))…"
    }

    static func text(_ value: JSONValue, in namespace: String) -> String { mask(value, namespace).text }

    private static func mask(_ value: JSONValue, _ namespace: String) -> JSONValue {
        switch value {
        case .object(let object):
            var masked: JSONObject = [:]
            for entry in object.sorted(by: { $0.key < $1.key }) where !fields.contains(entry.key) {
                // The ledger is JSON within an annotation, and the digest of the document covers it.
                if entry.key == Annotation.migrated || entry.key == Annotation.applied { continue }
                masked[entry.key] = mask(entry.value, namespace)
            }
            return .object(masked)
        case .array(let items): return .array(items.map { mask($0, namespace) })
        case .string(let text):
            return .string(
                text.split(separator: namespace, omittingEmptySubsequences: false).joined(separator: "(namespace)"))
        default: return value
        }
    }
}
