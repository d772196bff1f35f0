import KubeModel

/// A set of field paths, as `managedFields` keeps them. A path's elements are written as there: `f:name`, `k:{"name":"x"}`
/// or `v:"x"`. A path may be a member and have members below it.
///
/// The operations are those of sigs.k8s.io/structured-merge-diff's `fieldpath.Set`.
struct FieldSet: Equatable, Sendable {
    private(set) var members: Set<String> = []
    private(set) var children: [String: FieldSet] = [:]

    var isEmpty: Bool { members.isEmpty && children.isEmpty }

    init() {}

    /// From `fieldsV1`.
    init(json: JSONValue) {
        for entry in json.object ?? [:] where entry.key != "." {
            let below = FieldSet(json: entry.value)
            if entry.value["."] != nil || entry.value.object?.isEmpty != false { members.insert(entry.key) }
            if !below.isEmpty { children[entry.key] = below }
        }
    }

    var json: JSONValue {
        let names = members.union(children.keys).sorted()
        return .object(
            JSONObject(
                names.map { name in
                    var inner = children[name]?.json.object ?? [:]
                    if !inner.isEmpty, members.contains(name) {
                        inner = JSONObject([(".", .object([:]))] + inner.map { ($0.key, $0.value) })
                    }
                    return (name, .object(inner))
                }))
    }

    /// Members first, then what lies below, each in order.
    var paths: [[String]] {
        members.sorted().map { [$0] }
            + children.sorted { $0.key < $1.key }.flatMap { name, child in child.paths.map { [name] + $0 } }
    }

    func below(_ element: String) -> FieldSet { children[element] ?? FieldSet() }

    mutating func insert(_ path: [String]) {
        guard let first = path.first else { return }
        if path.count == 1 {
            members.insert(first)
        } else {
            children[first, default: FieldSet()].insert(Array(path.dropFirst()))
        }
    }

    func union(_ other: FieldSet) -> FieldSet {
        var result = self
        result.members.formUnion(other.members)
        result.children.merge(other.children) { $0.union($1) }
        return result
    }

    func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.intersection(other.members)
        for (name, child) in children {
            guard let common = other.children[name].map(child.intersection), !common.isEmpty else { continue }
            result.children[name] = common
        }
        return result
    }

    func subtracting(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.subtracting(other.members)
        for (name, child) in children {
            let left = other.children[name].map(child.subtracting) ?? child
            if !left.isEmpty { result.children[name] = left }
        }
        return result
    }

    /// Without the other's members and everything below them.
    func subtractingTrees(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.subtracting(other.members)
        for (name, child) in children where !other.members.contains(name) {
            let left = other.children[name].map(child.subtractingTrees) ?? child
            if !left.isEmpty { result.children[name] = left }
        }
        return result
    }

    /// Fields of structs on the way to a member become members themselves.
    func withNamedFields(_ type: FieldType) -> FieldSet {
        var result = self
        for (name, child) in children {
            var inner = FieldType.any
            switch type.atom(name.hasPrefix("f:") ? .object([:]) : .array([])) {
            case .map(let map, _) where name.hasPrefix("f:"):
                let field = map.field(String(name.dropFirst(2)))
                if field != nil { result.members.insert(name) }
                inner = field?.type ?? map.element ?? .any
            case .list(let element, _) where name.hasPrefix("k:"): inner = element
            default: break
            }
            result.children[name] = child.withNamedFields(inner)
        }
        return result
    }

    /// `.spec.ports[port=80,protocol="TCP"]`, as messages show a path.
    static func text(_ path: [String]) -> String {
        path.map { element in
            let rest = String(element.dropFirst(2))
            switch element.first {
            case "f": return ".\(rest)"
            case "k":
                let keys = (try? JSONValue(parsing: rest))?.object ?? [:]
                return "[\(keys.map { "\($0.key)=\($0.value.text)" }.joined(separator: ","))]"
            default: return "[=\(rest)]"
            }
        }.joined()
    }
}
