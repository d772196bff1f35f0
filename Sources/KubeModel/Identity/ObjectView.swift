/// Reads the common parts of any object the API returned. Lossy on purpose: nothing read this way is written back.
extension JSONValue {
    package var gvk: GroupVersionKind {
        GroupVersionKind(apiVersion: self["apiVersion"]?.string ?? "", kind: self["kind"]?.string ?? "")
    }
    package var kind: String { self["kind"]?.string ?? "" }
    package var metadata: JSONValue { self["metadata"] ?? .object([:]) }
    package var name: String { metadata["name"]?.string ?? "" }
    package var namespace: String { metadata["namespace"]?.string ?? "" }
    package var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
    package var uid: String { metadata["uid"]?.string ?? "" }
    package var resourceVersion: String { metadata["resourceVersion"]?.string ?? "" }
    package var generation: Int64 { metadata["generation"]?.integer ?? 0 }
    package var isTerminating: Bool { metadata["deletionTimestamp"]?.string != nil }
    package var labels: [String: String] { metadata["labels"]?.stringMap ?? [:] }
    package var annotations: [String: String] { metadata["annotations"]?.stringMap ?? [:] }
    /// One label, without making a dictionary of all.
    package func label(_ name: String) -> String? { metadata["labels"]?[name]?.string }
    package func annotation(_ name: String) -> String? { metadata["annotations"]?[name]?.string }

    /// The owner that is the controller of this object, if any.
    package var controllerOwner: (kind: String, name: String, uid: String)? {
        for reference in metadata["ownerReferences"]?.array ?? [] where reference["controller"]?.bool == true {
            guard let kind = reference["kind"]?.string, let name = reference["name"]?.string,
                let uid = reference["uid"]?.string
            else { continue }
            return (kind, name, uid)
        }
        return nil
    }

    package var stringMap: [String: String]? {
        guard let object else { return nil }
        return Dictionary(object.compactMap { entry in entry.value.string.map { (entry.key, $0) } }) { $1 }
    }
}
