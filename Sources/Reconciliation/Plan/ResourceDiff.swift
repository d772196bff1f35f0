import KubeModel

/// Whether a live object already is what was rendered: every field we have an opinion on has our value. Fields of
/// others are not looked at; fields we once had are found through the digest annotation.
package enum ResourceDiff {
    /// Paths where the live object differs, for logs and status: never values.
    package static func differences(rendered: JSONValue, live: JSONValue) -> [String] {
        var paths: [String] = []
        compare(rendered, live, "", field: "", &paths)
        for part in wholeParts[rendered.kind] ?? [] {
            guard let wanted = rendered.at(part), let shown = live.at(part) else { continue }
            var extra: [String] = []
            compare(shown, wanted, part.joined(separator: "."), field: "", &extra)
            paths += extra.filter { !paths.contains($0) }
        }
        return paths
    }

    /// Parts where more than we asked for is as wrong as less: a port or peer added to a policy rule opens it, a label
    /// added to a selector makes it select nothing. The server adds no defaults to them that we do not write ourselves.
    private static let wholeParts: [String: [[String]]] = [
        "NetworkPolicy": [["spec"]], "Service": [["spec", "selector"]], "PodDisruptionBudget": [["spec", "selector"]],
    ]

    private static func compare(
        _ wanted: JSONValue, _ live: JSONValue?, _ path: String, field: String, _ paths: inout [String]
    ) {
        guard let live, !live.isNull else {
            if !isEmpty(wanted) { paths.append(path) }
            return
        }
        switch (wanted, live) {
        case (.object(let wanted), .object(let live)):
            for entry in wanted {
                let other = live[entry.key]
                // Most fields are equal; no path is made up for them.
                if other == entry.value { continue }
                let child = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                compare(entry.value, other, child, field: entry.key, &paths)
            }
        case (.array(let wanted), .array(let live)): compare(wanted, live, path, field: field, &paths)
        default: if !isEqual(wanted, live, path) { paths.append(path) }
        }
    }

    private static func compare(
        _ wanted: [JSONValue], _ live: [JSONValue], _ path: String, field: String, _ paths: inout [String]
    ) {
        let candidates = ListMapKeys.keys(field)
        guard let keys = candidates.first(where: { keys in wanted.allSatisfy { $0[keys[0]] != nil } }), !wanted.isEmpty
        else {
            guard wanted.count == live.count else { return paths.append(path) }
            for (index, item) in wanted.enumerated() where item != live[index] {
                compare(item, live[index], "\(path)[\(index)]", field: "", &paths)
            }
            return
        }
        for item in wanted {
            let match = live.first { other in keys.allSatisfy { isSame(item[$0], other[$0], key: $0) } }
            if match == item { continue }
            compare(item, match, "\(path)[\(item[keys[0]].map { $0.string ?? $0.text } ?? "")]", field: "", &paths)
        }
    }

    private static func isSame(_ a: JSONValue?, _ b: JSONValue?, key: String) -> Bool {
        key == "protocol" ? (a ?? "TCP") == (b ?? "TCP") : a == b
    }

    /// The API server drops false, zero and empty values: absent is equal to them, or we would write for ever.
    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false), .integer(0), .string(""): true
        case .array(let items): items.isEmpty
        case .object(let object): object.values.allSatisfy(isEmpty)
        default: false
        }
    }

    private static func isEqual(_ wanted: JSONValue, _ live: JSONValue, _ path: String) -> Bool {
        if wanted == live { return true }
        if let a = wanted.double, let b = live.double { return a == b }
        // The server rewrites quantities to their canonical form.
        guard path.contains(".resources.") || path.hasSuffix("sizeLimit"), let a = Quantity(text(wanted)),
            let b = Quantity(text(live))
        else { return false }
        return a == b
    }

    private static func text(_ value: JSONValue) -> String { value.string ?? value.text }
}
