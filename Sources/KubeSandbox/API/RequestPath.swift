import KubeModel
import KubeSchema

/// A request's target, taken apart.
struct RequestPath: Sendable {
    var group = ""
    var version = ""
    var namespace: String?
    var plural = ""
    var name: String?
    var subresource: String?
    /// There is more than a subresource.
    var isTooLong = false
    var query: [String: String] = [:]
    var segments: [String] = []

    init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        for item in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decode(pair[0])] = pair.count > 1 ? Self.decode(pair[1]) : ""
        }
        segments = parts[0].split(separator: "/").map { Self.decode($0) }
        var rest = segments[...]
        switch rest.popFirst() {
        case "api": version = rest.popFirst() ?? ""
        case "apis":
            group = rest.popFirst() ?? ""
            version = rest.popFirst() ?? ""
        default: return
        }
        if rest.first == "namespaces", rest.count >= 3 {
            rest.removeFirst()
            namespace = rest.removeFirst()
        }
        plural = rest.popFirst() ?? ""
        name = rest.popFirst()
        subresource = rest.popFirst()
        isTooLong = !rest.isEmpty
    }

    var isDryRun: Bool { query["dryRun"] == "All" }

    /// What a write's query asks for, or why it cannot be (apimachinery's `ValidatePatchOptions` and its like).
    func writeOptions(_ kind: String, userAgent: String, isApply: Bool = false) throws(APIFailure) -> WriteOptions {
        var found: [Violation] = []
        let given = query["fieldManager"] ?? ""
        if isApply, given.isEmpty {
            found.append(
                Violation(
                    path: "fieldManager", cause: "FieldValueRequired",
                    detail: "Required value: is required for apply patch"))
        } else if kind == "PatchOptions", !isApply, query["force"] != nil {
            found.append(
                Violation(
                    path: "force", cause: "FieldValueForbidden",
                    detail: "Forbidden: may not be specified for non-apply patch"))
        }
        if let value = query["dryRun"], value != "All" {
            found.append(.unsupportedOption("dryRun", "[\"\(value)\"]", ["All"]))
        }
        let validation = query["fieldValidation"] ?? ""
        if !["", "Ignore", "Warn", "Strict"].contains(validation) {
            found.append(
                .unsupportedOption("fieldValidation", "\"\(validation)\"", ["", "Ignore", "Strict", "Warn"]))
        }
        if !found.isEmpty { throw APIFailure.invalidOptions(kind, found) }
        return WriteOptions(
            manager: given.isEmpty ? String(userAgent.prefix { $0 != "/" }) : given, isDryRun: isDryRun,
            isForced: query["force"] == "true", validation: .init(rawValue: validation) ?? .warn)
    }

    /// A delete's body, or its query where it has none.
    func deleteOptions(_ body: JSONValue?) throws(APIFailure) -> JSONValue {
        var options = body ?? [:]
        if body == nil {
            if let policy = query["propagationPolicy"] { options.set(["propagationPolicy"], .string(policy)) }
            if let dryRun = query["dryRun"] { options.set(["dryRun"], [.string(dryRun)]) }
        }
        var found: [Violation] = []
        let policies = ["Foreground", "Background", "Orphan"]
        if let policy = options["propagationPolicy"]?.string, !policies.contains(policy) {
            found.append(.unsupportedOption("propagationPolicy", "\"\(policy)\"", policies + ["nil"]))
        }
        if let dryRun = options["dryRun"]?.array, !dryRun.allSatisfy({ $0 == "All" }) {
            found.append(.unsupportedOption("dryRun", JSONValue.array(dryRun).text, ["All"]))
        }
        if !found.isEmpty { throw APIFailure.invalidOptions("DeleteOptions", found) }
        return options
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Violation {
    fileprivate static func unsupportedOption(_ path: String, _ value: String, _ supported: [String]) -> Violation {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return Violation(
            path: path, cause: "FieldValueNotSupported",
            detail: "Unsupported value: \(value): supported values: \(list)")
    }
}
