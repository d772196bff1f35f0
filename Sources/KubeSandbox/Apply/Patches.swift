import KubeModel

enum Patches {
    /// RFC 7386.
    static func merge(_ target: JSONValue, _ patch: JSONValue) -> JSONValue {
        guard let changes = patch.object else { return patch }
        var result = target.object ?? [:]
        for entry in changes {
            result[entry.key] = entry.value.isNull ? nil : merge(result[entry.key] ?? .null, entry.value)
        }
        return .object(result)
    }

    /// RFC 6902.
    static func json(_ target: JSONValue, _ patch: JSONValue) throws(APIFailure) -> JSONValue {
        guard let operations = patch.array else { throw APIFailure.badRequest("a JSON patch is a list of operations") }
        var result = target
        for operation in operations {
            let path = try pointer(operation["path"]?.string)
            switch operation["op"]?.string {
            case "add": result = try edit(result, path) { .insert(operation["value"] ?? .null, $0) }
            case "replace":
                // As the server's library does it, a member that is not there is set.
                result = try edit(result, path) { _ in .set(operation["value"] ?? .null) }
            case "remove":
                guard value(result, path) != nil else { throw missing(path) }
                result = try edit(result, path) { _ in .remove }
            case "test":
                guard value(result, path) == operation["value"] else {
                    throw APIFailure(
                        code: 422, reason: "Invalid",
                        message: "the server rejected our request due to an error in our request", details: [:]
                    )
                }
            case "move", "copy":
                let from = try pointer(operation["from"]?.string)
                guard let moved = value(result, from) else { throw missing(from) }
                if operation["op"] == "move" { result = try edit(result, from) { _ in .remove } }
                result = try edit(result, path) { .insert(moved, $0) }
            default: throw APIFailure.badRequest("unknown JSON patch operation \(operation["op"]?.text ?? "")")
            }
        }
        return result
    }

    private enum Edit {
        case set(JSONValue), insert(JSONValue, isList: Bool), remove
        static func insert(_ value: JSONValue, _ isList: Bool) -> Edit { .insert(value, isList: isList) }
    }

    private static func missing(_ path: [String]) -> APIFailure {
        APIFailure(
            code: 422, reason: "Invalid",
            message: "the server rejected our request due to an error in our request", details: [:]
        )
    }

    private static func pointer(_ text: String?) throws(APIFailure) -> [String] {
        guard let text, text.isEmpty || text.hasPrefix("/") else { throw APIFailure.badRequest("invalid JSON pointer") }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .map { $0.replacing("~1", with: "/").replacing("~0", with: "~") }.map { String($0) }
    }

    private static func value(_ target: JSONValue, _ path: [String]) -> JSONValue? {
        path.reduce(Optional(target)) { value, step in
            if case .array = value { Int(step).flatMap { value?[$0] } } else { value?[step] }
        }
    }

    private static func edit(_ target: JSONValue, _ path: [String], _ make: (Bool) -> Edit) throws(APIFailure)
        -> JSONValue
    {
        guard let step = path.first else {
            switch make(false) {
            case .set(let value), .insert(let value, _): return value
            case .remove: return .null
            }
        }
        let rest = Array(path.dropFirst())
        if var items = target.array {
            let at = step == "-" ? items.count : Int(step) ?? -1
            guard at >= 0, at <= items.count else { throw missing(path) }
            if rest.isEmpty {
                switch make(true) {
                case .set(let value): items[at] = value
                case .insert(let value, _): items.insert(value, at: at)
                case .remove: items.remove(at: at)
                }
            } else {
                guard at < items.count else { throw missing(path) }
                items[at] = try edit(items[at], rest, make)
            }
            return .array(items)
        }
        guard var object = target.object else { throw missing(path) }
        if rest.isEmpty {
            switch make(false) {
            case .set(let value), .insert(let value, _): object[step] = value
            case .remove: object[step] = nil
            }
        } else {
            guard let child = object[step] else { throw missing(path) }
            object[step] = try edit(child, rest, make)
        }
        return .object(object)
    }
}
