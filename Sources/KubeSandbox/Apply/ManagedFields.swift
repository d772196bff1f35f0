import KubeModel

/// Who owns which field, and what an apply does to a document.
///
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/
struct ManagedFields {
    struct Owner: Hashable {
        var manager: String
        var operation: String
        var subresource: String
    }

    private(set) var sets: [(owner: Owner, fields: FieldTree, time: String)] = []
    private let merge: DocumentMerge
    private let apiVersion: String

    init(_ object: JSONValue?, lists: ListTypes, apiVersion: String) {
        merge = DocumentMerge(lists: lists)
        self.apiVersion = apiVersion
        for entry in object?.metadata["managedFields"]?.array ?? [] {
            let owner = Owner(
                manager: entry["manager"]?.string ?? "", operation: entry["operation"]?.string ?? "",
                subresource: entry["subresource"]?.string ?? "")
            sets.append((owner, FieldTree(json: entry["fieldsV1"] ?? [:]), entry["time"]?.string ?? ""))
        }
    }

    var json: JSONValue {
        .array(
            sets.filter { !$0.fields.isEmpty }.map { owner, fields, time in
                var entry: JSONObject = [
                    "manager": .string(owner.manager), "operation": .string(owner.operation),
                    "apiVersion": .string(apiVersion),
                    "time": .string(time), "fieldsType": "FieldsV1", "fieldsV1": fields.json,
                ]
                if !owner.subresource.isEmpty { entry["subresource"] = .string(owner.subresource) }
                return .object(entry)
            })
    }

    /// Fields of which others own another value, with their managers.
    func conflicts(_ document: JSONValue, live: JSONValue, owner: Owner) -> [(manager: String, path: [String])] {
        FieldTree(of: owned(document), lists: merge.lists).leaves.flatMap { path in
            sets.filter { $0.owner != owner && $0.fields.covers(path) }
                .filter { _ in merge.value(live, at: path) != merge.value(document, at: path) }
                .map { ($0.owner.manager, path) }
        }
    }

    /// The live document after an apply: ours put in, what we no longer name and nobody else owns taken out.
    mutating func apply(_ document: JSONValue, to live: JSONValue, owner: Owner, time: String) -> JSONValue {
        let new = FieldTree(of: owned(document), lists: merge.lists)
        let old = sets.first { $0.owner == owner }?.fields ?? FieldTree()
        var result = merge.merged(live, document)
        for path in old.leaves where !path.isEmpty && !new.covers(path) {
            if sets.contains(where: { $0.owner != owner && $0.fields.covers(path) }) { continue }
            result = merge.removing(path, from: result)
        }
        for path in new.leaves where merge.value(live, at: path) != merge.value(document, at: path) {
            for index in sets.indices where sets[index].owner != owner { sets[index].fields.remove(path) }
        }
        replace(owner, new, time)
        return result
    }

    /// After a create, update or patch: the writer owns what it changed.
    mutating func update(from old: JSONValue?, to new: JSONValue, owner: Owner, time: String) {
        let changes = merge.changes(from: old.map(owned), to: owned(new))
        guard !changes.set.isEmpty || !changes.removed.isEmpty else { return }
        for path in changes.set + changes.removed {
            for index in sets.indices where sets[index].owner != owner { sets[index].fields.remove(path) }
        }
        var fields = sets.first { $0.owner == owner }?.fields ?? FieldTree()
        for path in changes.removed { fields.remove(path) }
        for path in changes.set { fields.insert(path) }
        replace(owner, fields, time)
    }

    private mutating func replace(_ owner: Owner, _ fields: FieldTree, _ time: String) {
        if let at = sets.firstIndex(where: { $0.owner == owner }) {
            if sets[at].fields != fields { sets[at] = (owner, fields, time) }
        } else {
            sets.append((owner, fields, time))
        }
    }

    /// Identity and what the server writes belong to nobody.
    private func owned(_ document: JSONValue) -> JSONValue {
        guard var object = document.object else { return document }
        object["apiVersion"] = nil
        object["kind"] = nil
        if var metadata = object["metadata"]?.object {
            for field in [
                "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields",
                "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
            ] {
                metadata[field] = nil
            }
            object["metadata"] = metadata.isEmpty ? nil : .object(metadata)
        }
        return .object(object)
    }

    /// `.spec.replicas`, as conflict messages show a path.
    static func text(_ path: [String]) -> String {
        path.map { step in
            step.hasPrefix("f:")
                ? ".\(step.dropFirst(2))"
                : "[\(step.dropFirst(2).replacing("{", with: "").replacing("}", with: "").replacing(":", with: "="))]"
        }.joined()
    }
}
