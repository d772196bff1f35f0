import KubeModel

/// Takes out of an answer what two servers cannot agree on.
struct AnswerMask {
    let namespace: String

    private static let volatile: Set<String> = [
        "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "continue", "clusterIP",
        "clusterIPs",
        "controller-uid", "batch.kubernetes.io/controller-uid", "lastTransitionTime", "selfLink",
    ]

    func masked(_ value: JSONValue, key: String = "") -> JSONValue {
        switch value {
        case .object(let object):
            var result = JSONObject()
            for entry in object.sorted {
                result[entry.key] =
                    Self.volatile.contains(entry.key) && entry.value != .null
                    ? "*" : masked(entry.value, key: entry.key)
            }
            return .object(result)
        case .array(let items):
            var masked = items.map { self.masked($0) }
            if key == "managedFields" { masked = masked.compactMap(withoutCount) }
            guard key == "managedFields" || key == "causes" else { return .array(masked) }
            let sorted = masked.sorted { rank($0, key) < rank($1, key) }
            // A real server judges metadata twice on an update, and says it twice.
            return .array(sorted.reduce(into: []) { if $0.last != $1 { $0.append($1) } })
        case .string(var text):
            // A forbidden change of a pod is shown as a diff of Go structs.
            if let head = text.firstRange(of: "pod updates may not change fields other than") {
                text = String(text[..<head.upperBound])
            }
            if key == "name", text.hasPrefix("gen-") { return "gen-*" }
            return .string(key == "message" ? lines(self.text(text)) : self.text(text))
        default: return value
        }
    }

    /// Who owns the count by an update is not compared: a real server moves it about when a Scale is written. Who owns it
    /// by apply is.
    private func withoutCount(_ entry: JSONValue) -> JSONValue? {
        guard entry["operation"] == "Update", entry.at("fieldsV1", "f:spec", "f:replicas") != nil else { return entry }
        var entry = entry
        entry.set(["fieldsV1", "f:spec", "f:replicas"], nil)
        if entry.at("fieldsV1", "f:spec") == [:] { entry.set(["fieldsV1", "f:spec"], nil) }
        return entry["fieldsV1"] == [:] ? nil : entry
    }

    private func rank(_ item: JSONValue, _ key: String) -> String {
        let fields = key == "causes" ? ["field", "message"] : ["operation", "manager", "subresource"]
        return fields.map { item[$0]?.string ?? "" }.joined(separator: "|")
    }

    /// Conflicts and complaints come in the order of a Go map.
    private func lines(_ text: String) -> String {
        text.contains("\n") ? text.split(separator: "\n").sorted().joined(separator: "\n") : text
    }

    private func text(_ text: String) -> String {
        var text = text.replacing(namespace, with: "{ns}")
        if text.contains("patch: Invalid value: ") || text.hasPrefix("Invalid value: \"{") {
            // The whole patched object stands between; its parts are compared where it is read.
            if let open = text.firstRange(of: "Invalid value: \"{"), let close = text.ranges(of: "}\": ").last {
                text.replaceSubrange(open.upperBound..<close.lowerBound, with: "*")
            }
        }
        // Where the server was built says where its scheme stands.
        text.replace("k8s.io/kubernetes/pkg/api/legacyscheme", with: "pkg/api/legacyscheme")
        // Of an immutable field the server shows its own Go struct.
        if let open = text.firstRange(of: "Invalid value: {"), let close = text.ranges(of: ": field is immutable").last
        {
            text.replaceSubrange(open.upperBound..<close.lowerBound, with: "*")
        }
        text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "{uid}")
        text.replace(/\sat 20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/, with: " at {time}")
        text.replace(/Key: [^ ,]+,/, with: "Key: *,")
        text.replace(/(precondition|record) \([0-9]+\)/) { "\($0.output.1) (*)" }
        text.replace(/ResourceVersion in (precondition|object meta): [0-9]+/) { "ResourceVersion in \($0.output.1): *" }
        text.replace(/gen-[a-z0-9]{5}\b/, with: "gen-*")
        return text
    }
}
