/// A value that is filled in by a closure: `Service.Spec { $0.clusterIP = "None" }`. Every property is optional and
/// nil is left out, so what is written is exactly what we have an opinion on.
package protocol Composed: Encodable, Sendable {
    init()
}

extension Composed {
    package init(_ fill: (inout Self) -> Void) {
        self.init()
        fill(&self)
    }
}

/// The metadata we send. What the server writes (uid, generation, timestamps) has no place in it, so an object that
/// was read can never be sent back.
package struct ObjectMeta: Composed {
    package var name: String?
    package var namespace: String?
    package var labels: [String: String]?
    package var annotations: [String: String]?
    package var ownerReferences: [OwnerReference]?

    package init() {}
}

package struct OwnerReference: Encodable, Sendable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    package var controller = true
    package var blockOwnerDeletion = true

    package init(_ owner: GroupVersionKind, name: String, uid: String) {
        apiVersion = owner.apiVersion
        kind = owner.kind
        self.name = name
        self.uid = uid
    }
}

package struct LabelSelector: Codable, Sendable, Hashable {
    package var matchLabels: [String: String]?
    package var matchExpressions: [Requirement]?

    package struct Requirement: Codable, Sendable, Hashable {
        package var key: String
        package var `operator`: String
        package var values: [String]?
    }

    package init(matchLabels: [String: String]? = nil) { self.matchLabels = matchLabels }
}

/// A Kubernetes object we send. `apiVersion` and `kind` come from the type, never from a stored string.
package protocol KubeObject: Encodable, Sendable {
    static var resource: ResourceType { get }
    var metadata: ObjectMeta { get set }
}

extension KubeObject {
    /// The document as it is applied: identity first, then the fields in API order.
    package func document() throws -> JSONValue {
        let body = try JSONValue(encoding: self).object ?? [:]
        let gvk = Self.resource.gvk
        var document: JSONObject = ["apiVersion": .string(gvk.apiVersion), "kind": .string(gvk.kind)]
        for entry in body { document[entry.key] = entry.value }
        return .object(document)
    }
}
