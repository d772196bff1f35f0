import KubeModel

extension TypedDocument {
    /// This document with everything of the applied one put in: maps and keyed lists merge, the rest is replaced.
    func merged(_ applied: JSONValue) -> TypedDocument {
        TypedDocument(value: Self.merge(value, applied, type), type: type)
    }

    private static func merge(_ live: JSONValue?, _ applied: JSONValue?, _ type: FieldType) -> JSONValue? {
        switch type.atom(applied ?? live) {
        case .scalar, .list(_, .atomic), .map(_, isAtomic: true): return applied ?? live
        case .list(let element, let kind):
            let (left, right) = (live?.array ?? [], applied?.array ?? [])
            if left.isEmpty, right.isEmpty { return applied ?? live }
            return .array(merge(left, right, element, kind))
        case .map(let map, _):
            let (left, right) = (live?.object ?? [:], applied?.object ?? [:])
            if left.isEmpty, right.isEmpty { return applied ?? live }
            var result = JSONObject()
            for key in left.keys + right.keys.filter({ left[$0] == nil }) {
                let inner = map.field(key)?.type ?? map.element ?? .any
                result[key] = merge(left[key], right[key], inner)
            }
            return .object(result)
        }
    }

    /// Items of both keep the order of the applied list; others stay where they stood between them.
    private static func merge(_ live: [JSONValue], _ applied: [JSONValue], _ element: FieldType, _ kind: ListKind)
        -> [JSONValue]
    {
        let left = live.map { Self.element($0, element, kind) }
        let right = applied.map { Self.element($0, element, kind) }
        let old = Dictionary(zip(left, live)) { first, _ in first }
        var shared = right.filter { old[$0] != nil }[...]
        var merged: Set<String> = []
        var result: [JSONValue] = []
        var (l, r) = (0, 0)
        func take(_ id: String, _ item: JSONValue) {
            merged.insert(id)
            if let value = merge(old[id], item, element) { result.append(value) }
            if shared.first == id { shared.removeFirst() }
        }
        while l < left.count || r < right.count {
            if l < left.count, r < right.count {
                if left[l] == right[r] {
                    take(right[r], applied[r])
                    l += 1
                    r += 1
                    continue
                }
                if right.contains(left[l]), let next = shared.first, next != left[l] {
                    l += 1
                    continue
                }
            }
            if l < left.count {
                if !right.contains(left[l]) {
                    result.append(live[l])
                    l += 1
                    continue
                }
                if merged.contains(left[l]) { l += 1 }
            }
            if r < right.count {
                take(right[r], applied[r])
                r += 1
            }
        }
        return result
    }

    // MARK: Whether it is what its type says

    /// The complaints of an apply, in the server's words.
    var complaints: [String] {
        var found: [String] = []
        if let value { Self.check(value, type, "", &found) }
        return found
    }

    private static func check(_ value: JSONValue, _ type: FieldType, _ path: String, _ found: inout [String]) {
        func complain(_ text: String) { found.append(path.isEmpty ? text : "\(path): \(text)") }
        if value.isNull { return }
        switch type.atom(value) {
        case .scalar(let scalar):
            switch scalar {
            case .string, .bytes:
                if value.string == nil {
                    complain("expected string, got &value.valueUnstructured{Value:\(shown(value, true))}")
                }
            case .bool: if value.bool == nil { complain("expected boolean, got &{\(shown(value, false))}") }
            case .int32, .int64, .double, .number:
                if value.double == nil { complain("expected numeric (int or float), got \(goType(value))") }
            default:
                if value.object != nil || value.array != nil {
                    complain("expected any scalar, got &{\(shown(value, false))}")
                }
            }
        case .list(let element, let kind):
            guard let items = value.array else { return complain("expected list, got &{\(shown(value, false))}") }
            var seen: Set<String> = []
            for (index, item) in items.enumerated() {
                var id = "[\(index)]"
                if kind != .atomic {
                    if case .map(let keys) = kind, let why = keyless(item, keys, element) {
                        return complain("element \(index): \(why)")
                    }
                    let place = Self.element(item, element, kind)
                    id = FieldSet.text([place])
                    if !seen.insert(place).inserted { complain("duplicate entries for key \(id)") }
                }
                check(item, element, path + id, &found)
            }
        case .map(let map, _):
            guard let object = value.object else { return complain("expected map, got &{\(shown(value, false))}") }
            for entry in object {
                guard let inner = map.field(entry.key)?.type ?? map.element else {
                    found.append("\(path).\(entry.key): field not declared in schema")
                    continue
                }
                check(entry.value, inner, "\(path).\(entry.key)", &found)
            }
        }
    }

    private static func keyless(_ item: JSONValue, _ keys: [String], _ type: FieldType) -> String? {
        guard let object = item.object else {
            return "associative list with keys may not have \(item.isNull ? "a null element" : "non-map elements")"
        }
        var defaults: StructType?
        if case .map(let map, _) = type.atom(item) { defaults = map }
        if keys.contains(where: { object[$0] != nil || defaults?.field($0)?.keyDefault != nil }) { return nil }
        let names = keys.map { "\"\($0)\"" }.joined(separator: " ")
        return
            "associative list with keys has an element that omits all key fields [\(names)] (and doesn't have default values for any key fields)"
    }

    /// As Go prints an interface: quoted in `%#v`, bare in `%v`.
    private static func shown(_ value: JSONValue, _ isQuoted: Bool) -> String {
        switch value {
        case .string(let text): return isQuoted ? "\"\(text)\"" : text
        case .array(let items):
            let list = items.map { shown($0, isQuoted) }
            return isQuoted
                ? "[]interface {}{\(items.map(goValue).joined(separator: ", "))}" : "[\(list.joined(separator: " "))]"
        case .object(let object):
            let entries = object.sorted
            return isQuoted
                ? "map[string]interface {}{\(entries.map { "\"\($0.key)\":\(goValue($0.value))" }.joined(separator: ", "))}"
                : "map[\(entries.map { "\($0.key):\(shown($0.value, false))" }.joined(separator: " "))]"
        default: return value.text
        }
    }

    private static func goValue(_ value: JSONValue) -> String {
        switch value {
        case .null: "interface {}(nil)"
        default: shown(value, true)
        }
    }

    private static func goType(_ value: JSONValue) -> String {
        switch value {
        case .string: "string"
        case .bool: "bool"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        default: "float64"
        }
    }
}
