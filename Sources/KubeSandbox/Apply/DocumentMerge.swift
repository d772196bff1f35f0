import KubeModel

/// Reads and changes documents along the paths of a ``FieldTree``.
struct DocumentMerge {
    let lists: ListTypes

    /// The live document with everything of the applied one put in: maps and keyed lists merge, the rest is replaced.
    func merged(_ live: JSONValue?, _ applied: JSONValue, path: [String] = []) -> JSONValue {
        switch (live, applied) {
        case (.object(let live)?, .object(let applied)):
            var result = live
            for entry in applied { result[entry.key] = merged(live[entry.key], entry.value, path: path + [entry.key]) }
            return .object(result)
        case (.array(let live)?, .array(let applied)):
            guard let keys = lists.keys(path, applied) else { return .array(applied) }
            var result = live
            for item in applied {
                let id = ListTypes.element(item, keys)
                if let at = result.firstIndex(where: { ListTypes.element($0, keys) == id }) {
                    result[at] = merged(result[at], item, path: path + ["[]"])
                } else {
                    result.append(item)
                }
            }
            return .array(result)
        default: return applied
        }
    }

    func value(_ document: JSONValue?, at steps: [String], path: [String] = []) -> JSONValue? {
        guard let step = steps.first else { return document }
        let rest = Array(steps.dropFirst())
        if step.hasPrefix("f:") {
            let name = String(step.dropFirst(2))
            return value(document?[name], at: rest, path: path + [name])
        }
        guard let items = document?.array, let keys = lists.keys(path, items) else { return nil }
        return value(items.first { ListTypes.element($0, keys) == step }, at: rest, path: path + ["[]"])
    }

    func removing(_ steps: [String], from document: JSONValue, path: [String] = []) -> JSONValue {
        guard let step = steps.first else { return document }
        let rest = Array(steps.dropFirst())
        if step.hasPrefix("f:"), var object = document.object {
            let name = String(step.dropFirst(2))
            guard let child = object[name] else { return document }
            if rest.isEmpty {
                object[name] = nil
            } else {
                let reduced = removing(rest, from: child, path: path + [name])
                // A map that we emptied goes with its last field.
                object[name] = reduced.object?.isEmpty == true && child.object?.isEmpty == false ? nil : reduced
            }
            return .object(object)
        }
        guard var items = document.array, let keys = lists.keys(path, items),
            let at = items.firstIndex(where: { ListTypes.element($0, keys) == step })
        else { return document }
        if rest.isEmpty {
            items.remove(at: at)
        } else {
            items[at] = removing(rest, from: items[at], path: path + ["[]"])
            let left = items[at].object?.keys ?? []
            if !keys.isEmpty, Set(left).isSubset(of: keys), rest.count == 1, keys.contains(String(rest[0].dropFirst(2)))
            {
                items.remove(at: at)
            }
        }
        return .array(items)
    }

    /// Leaves that differ between two documents: what a writer without apply becomes the owner of.
    func changes(from old: JSONValue?, to new: JSONValue) -> (set: [[String]], removed: [[String]]) {
        let (before, after) = (FieldTree(of: old ?? [:], lists: lists), FieldTree(of: new, lists: lists))
        let set = after.leaves.filter { value(old, at: $0) != value(new, at: $0) }
        let removed = before.leaves.filter { value(new, at: $0) == nil }
        return (set, removed)
    }
}
