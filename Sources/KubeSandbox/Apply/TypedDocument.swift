import KubeModel

/// A document and its type: the walks of sigs.k8s.io/structured-merge-diff's `typed` package.
struct TypedDocument {
    var value: JSONValue?
    let type: FieldType

    // MARK: Which fields it sets

    var fieldSet: FieldSet {
        var set = FieldSet()
        if let value { Self.collect(value, type, [], &set) }
        return set
    }

    private static func collect(_ value: JSONValue, _ type: FieldType, _ path: [String], _ set: inout FieldSet) {
        switch type.atom(value) {
        case .scalar: set.insert(path)
        case .list(_, .atomic), .map(_, isAtomic: true): set.insert(path)
        case .list(let element, let kind):
            let items = value.array ?? []
            let ids = items.map { Self.element($0, element, kind) }
            for (item, id) in zip(items, ids) {
                if ids.filter({ $0 == id }).count == 1 { collect(item, element, path + [id], &set) }
                set.insert(path + [id])
            }
        case .map(let map, _):
            for entry in value.object ?? [:] {
                let field = map.field(entry.key)
                let inner = path + ["f:\(entry.key)"]
                collect(entry.value, field?.type ?? map.element ?? .any, inner, &set)
                if entry.value.isNull || entry.value.object?.isEmpty == true || field == nil { set.insert(inner) }
            }
        }
    }

    /// A list item's place: its keys, or the item itself in a set.
    static func element(_ item: JSONValue, _ type: FieldType, _ kind: ListKind) -> String {
        guard case .map(let keys) = kind else { return "v:\(item.text)" }
        var defaults: StructType?
        if case .map(let map, _) = type.atom(.object([:])) { defaults = map }
        let found = keys.sorted().compactMap { key in
            (item[key] ?? defaults?.field(key)?.keyDefault).map { (key: key, value: $0) }
        }
        return "k:\(JSONValue.object(JSONObject(found)).text)"
    }

    // MARK: What differs

    struct Comparison {
        var removed = FieldSet()
        var modified = FieldSet()
        var added = FieldSet()

        func without(_ fields: FieldSet) -> Comparison {
            Comparison(
                removed: removed.subtractingTrees(fields), modified: modified.subtractingTrees(fields),
                added: added.subtractingTrees(fields))
        }
    }

    func comparison(to new: JSONValue?) -> Comparison {
        var result = Comparison()
        if value != nil || new != nil { Self.compare(value, new, type, [], &result) }
        return result
    }

    private static func compare(
        _ old: JSONValue?, _ new: JSONValue?, _ type: FieldType, _ path: [String], _ result: inout Comparison
    ) {
        var isLeaf = false
        switch type.atom(new ?? old) {
        case .scalar, .list(_, .atomic), .map(_, isAtomic: true): isLeaf = true
        case .list(let element, let kind):
            let (left, right) = (old?.array ?? [], new?.array ?? [])
            isLeaf = left.isEmpty && right.isEmpty
            var seen: Set<String> = []
            for id in (left + right).map({ Self.element($0, element, kind) }) where seen.insert(id).inserted {
                let (a, b) = (
                    left.filter { Self.element($0, element, kind) == id },
                    right.filter { Self.element($0, element, kind) == id }
                )
                switch (a.count, b.count) {
                case (0...1, 0...1): compare(a.first, b.first, element, path + [id], &result)
                case (2..., 2...): if a != b { result.modified.insert(path + [id]) }
                case (2..., _):
                    if let item = b.first { compare(nil, item, element, path + [id], &result) }
                    result.removed.insert(path + [id])
                default:
                    if let item = a.first { compare(item, nil, element, path + [id], &result) }
                    result.added.insert(path + [id])
                }
            }
        case .map(let map, _):
            let (left, right) = (old?.object ?? [:], new?.object ?? [:])
            isLeaf = left.isEmpty && right.isEmpty
            for key in left.keys + right.keys.filter({ left[$0] == nil }) {
                let inner = map.field(key)?.type ?? map.element ?? .any
                compare(left[key], right[key], inner, path + ["f:\(key)"], &result)
            }
        }
        guard !path.isEmpty else { return }
        if old == nil {
            result.added.insert(path)
        } else if new == nil {
            result.removed.insert(path)
        } else if isLeaf, old != new {
            result.modified.insert(path)
        }
    }

    // MARK: Taking out

    func removing(_ items: FieldSet) -> TypedDocument {
        TypedDocument(value: value.flatMap { Self.remove(items, $0, type) }, type: type)
    }

    /// nil where nothing is left that was not asked to go.
    private static func remove(_ gone: FieldSet, _ value: JSONValue, _ type: FieldType) -> JSONValue? {
        switch (type.atom(value), value) {
        case (.list(_, .atomic), _), (.map(_, isAtomic: true), _): return nil
        case (.list(let element, let kind), .array(let items)):
            var left: [JSONValue] = []
            var isTouched = false
            for item in items {
                let id = Self.element(item, element, kind)
                if gone.members.contains(id) { continue }
                let below = gone.below(id)
                if below.isEmpty {
                    left.append(item)
                } else {
                    isTouched = true
                    left.append(remove(below, item, element) ?? empty(item))
                }
            }
            return left.isEmpty && !isTouched ? nil : .array(left)
        case (.map(let map, _), .object(let object)):
            var left = JSONObject()
            var isTouched = false
            for entry in object {
                let id = "f:\(entry.key)"
                if gone.members.contains(id) { continue }
                let below = gone.below(id)
                if below.isEmpty {
                    left[entry.key] = entry.value
                } else {
                    isTouched = true
                    let inner = map.field(entry.key)?.type ?? map.element ?? .any
                    left[entry.key] = remove(below, entry.value, inner) ?? empty(entry.value)
                }
            }
            return left.isEmpty && !isTouched ? nil : .object(left)
        default: return value
        }
    }

    private static func empty(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object: [:]
        case .array: []
        default: .null
        }
    }
}
