import KubeModel

/// Kubernetes' strategic merge of built-in kinds, with the directives kubectl writes.
enum StrategicMerge {
    static func merge(_ target: JSONValue, _ patch: JSONValue, type: FieldType, isCustom: Bool) throws(APIFailure)
        -> JSONValue
    {
        guard !isCustom else {
            throw APIFailure(
                code: 415, reason: "UnsupportedMediaType",
                message:
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
            )
        }
        return merged(target, patch, type)
    }

    private static func merged(_ target: JSONValue, _ patch: JSONValue, _ type: FieldType) -> JSONValue {
        guard let changes = patch.object else { return patch }
        if changes["$patch"] == "replace" { return .object(changes.filter { key, _ in key != "$patch" }) }
        var map: StructType?
        if case .map(let found, _) = type.atom(.object(changes)) { map = found }
        var result = target.object ?? [:]
        if let keep = changes["$retainKeys"]?.array?.compactMap(\.string) {
            result = result.filter { key, _ in keep.contains(key) }
        }
        for entry in changes where !entry.key.hasPrefix("$") {
            let inner = map?.field(entry.key)?.type ?? map?.element ?? .any
            switch entry.value {
            case .null: result[entry.key] = nil
            case .array(let items): result[entry.key] = list(result[entry.key]?.array ?? [], items, inner)
            default: result[entry.key] = merged(result[entry.key] ?? .null, entry.value, inner)
            }
        }
        for entry in changes where entry.key.hasPrefix("$deleteFromPrimitiveList/") {
            let field = String(entry.key.dropFirst("$deleteFromPrimitiveList/".count))
            let gone = entry.value.array ?? []
            result[field] = .array((result[field]?.array ?? []).filter { !gone.contains($0) })
        }
        return .object(result)
    }

    /// The key of a strategic merge is the first of apply's keys (`patchMergeKey`).
    private static func list(_ target: [JSONValue], _ patch: [JSONValue], _ type: FieldType) -> JSONValue {
        guard case .list(let element, let kind) = type.atom(.array(patch)), kind != .atomic,
            !patch.contains(where: { $0["$patch"] == "replace" })
        else { return .array(patch.filter { $0["$patch"] == nil }) }
        guard case .map(let keys) = kind, let key = keys.first else {
            return .array(patch.reduce(into: target) { if !$0.contains($1) { $0.append($1) } })
        }
        var result = target
        for item in patch {
            let at = result.firstIndex { $0[key] == item[key] }
            if item["$patch"] == "delete" {
                if let at { result.remove(at: at) }
            } else if let at {
                result[at] = merged(result[at], item, element)
            } else {
                result.append(merged([:], item, element))
            }
        }
        return .array(result)
    }
}
