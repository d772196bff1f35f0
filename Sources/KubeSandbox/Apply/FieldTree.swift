import KubeModel

/// A set of field paths, as `managedFields` keeps them. A node without children is a leaf: the field itself is owned.
struct FieldTree: Equatable, Sendable {
    /// `f:name`, `k:{"name":"x"}` or `v:"x"`.
    var children: [String: FieldTree] = [:]

    var isEmpty: Bool { children.isEmpty }

    /// The fields a document sets.
    init(of value: JSONValue, lists: ListTypes, path: [String] = []) {
        switch value {
        case .object(let object):
            for entry in object {
                children["f:\(entry.key)"] = FieldTree(of: entry.value, lists: lists, path: path + [entry.key])
            }
        case .array(let items):
            guard let keys = lists.keys(path, items) else { return }
            for item in items {
                children[ListTypes.element(item, keys)] = FieldTree(of: item, lists: lists, path: path + ["[]"])
            }
        default: break
        }
    }

    init() {}

    /// From `fieldsV1`.
    init(json: JSONValue) {
        for entry in json.object ?? [:] where entry.key != "." { children[entry.key] = FieldTree(json: entry.value) }
    }

    var json: JSONValue {
        .object(JSONObject(children.sorted { $0.key < $1.key }.map { ($0.key, $0.value.withSelf($0.key)) }))
    }

    /// List items are owned as such besides their fields.
    private func withSelf(_ key: String) -> JSONValue {
        guard key.hasPrefix("k:"), var object = json.object else { return json }
        object = JSONObject([(".", .object([:]))] + object.map { ($0.key, $0.value) })
        return .object(object)
    }

    var leaves: [[String]] {
        children.isEmpty ? [[]] : children.flatMap { key, child in child.leaves.map { [key] + $0 } }
    }

    /// True where the set holds the path or something above or below it.
    func covers(_ path: [String]) -> Bool {
        var node = self
        for step in path {
            guard let next = node.children[step] else { return false }
            node = next
        }
        return true
    }

    mutating func insert(_ path: [String]) {
        guard let first = path.first else { return }
        var child = children[first] ?? FieldTree()
        child.insert(Array(path.dropFirst()))
        children[first] = child
    }

    mutating func remove(_ path: [String]) {
        guard let first = path.first, var child = children[first] else { return }
        if path.count == 1 {
            children[first] = nil
            return
        }
        child.remove(Array(path.dropFirst()))
        children[first] = child.isEmpty ? nil : child
    }
}

/// Which lists are merged by key, by the place they stand in. Built-in kinds by the name of the field, custom resources by
/// their schema.
struct ListTypes: Sendable {
    var schema: JSONValue?

    /// nil: the list is one value. Empty: a set of scalars.
    func keys(_ path: [String], _ items: [JSONValue]) -> [String]? {
        if let schema { return custom(path, schema) }
        switch path.last ?? "" {
        case "containers", "initContainers", "volumes", "env", "imagePullSecrets": return ["name"]
        case "volumeMounts": return ["mountPath"]
        case "conditions": return ["type"]
        case "ownerReferences": return ["uid"]
        case "finalizers": return []
        case "topologySpreadConstraints": return ["topologyKey", "whenUnsatisfiable"]
        case "ports" where path.contains("containers"): return ["containerPort", "protocol"]
        case "ports" where path == ["spec", "ports"]: return ["port", "protocol"]
        default: return nil
        }
    }

    private func custom(_ path: [String], _ root: JSONValue) -> [String]? {
        if path == ["metadata", "ownerReferences"] { return ["uid"] }
        if path == ["metadata", "finalizers"] { return [] }
        var node: JSONValue? = root
        for step in path {
            node = step == "[]" ? node?["items"] : node?.at("properties", step) ?? node?["additionalProperties"]
        }
        switch node?["x-kubernetes-list-type"]?.string {
        case "map": return node?["x-kubernetes-list-map-keys"]?.array?.compactMap(\.string) ?? []
        case "set": return []
        default: return nil
        }
    }

    static func element(_ item: JSONValue, _ keys: [String]) -> String {
        if keys.isEmpty { return "v:\(item.text)" }
        let values = keys.sorted().compactMap { key in
            (item[key] ?? (key == "protocol" ? "TCP" : nil)).map { (key: key, value: $0) }
        }
        return "k:\(JSONValue.object(JSONObject(values)).text)"
    }
}
