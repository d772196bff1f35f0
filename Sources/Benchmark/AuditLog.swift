import KubeClient
import KubeModel

/// One request of the operator, as the server saw it.
struct AuditedRequest: Sendable, Hashable {
    var id: String
    var verb: String
    var uri: String
    /// `deployments.apps`, `caracaldeployments.caracal.run/status`; empty for what is no resource.
    var resource: String
    var name: String
    var code: Int

    var isWatch: Bool { verb == "watch" }
    /// A dry run changes nothing.
    var isWrite: Bool { !["get", "list", "watch", "head"].contains(verb) && !isDryRun }
    var isDryRun: Bool { uri.contains("dryRun=All") }
    /// What is read or written, without the query: the same for two writes of one object.
    var path: String { String(uri.prefix { $0 != "?" }) }
}

/// The server's own account of who asked what: the sandbox's `--audit-log`, or the `--audit-log-path` of a real one
/// (`audit.k8s.io/v1`, level Metadata or higher, log mode blocking).
struct AuditLog: Sendable {
    let path: String

    /// Where the file ends now.
    func end() throws -> Int {
        let bytes = try TextFile.bytes(path, from: 0)
        return (bytes.lastIndex(of: 10) ?? -1) + 1
    }

    /// What the operator asked since `offset`, each request once, and where to continue.
    func requests(since offset: Int) throws -> (requests: [AuditedRequest], end: Int) {
        let bytes = try TextFile.bytes(path, from: offset)
        guard let last = bytes.lastIndex(of: 10) else { return ([], offset) }
        return (Self.requests(in: bytes[...last]), offset + last + 1)
    }

    static func requests(in bytes: ArraySlice<UInt8>) -> [AuditedRequest] {
        var order: [String] = []
        var found: [String: AuditedRequest] = [:]
        for line in bytes.split(separator: 10) {
            guard let event = try? JSONValue(parsing: Array(line)),
                event["userAgent"]?.string?.hasPrefix(KubeClient.userAgent) == true,
                let id = event["auditID"]?.string
            else { continue }
            // A real server may write several stages of a request: the last one has the code.
            if found.updateValue(AuditedRequest(id: id, event), forKey: id) == nil { order.append(id) }
        }
        return order.compactMap { found[$0] }
    }
}

extension AuditedRequest {
    init(id: String, _ event: JSONValue) {
        self.id = id
        verb = event["verb"]?.string ?? ""
        uri = event["requestURI"]?.string ?? ""
        let object = event["objectRef"] ?? [:]
        let group = object["apiGroup"]?.string ?? ""
        resource =
            (object["resource"]?.string ?? "") + (group.isEmpty ? "" : ".\(group)")
            + (object["subresource"]?.string.map { "/\($0)" } ?? "")
        name = object["name"]?.string ?? ""
        code = Int(event.at("responseStatus", "code")?.integer ?? 0)
    }
}

extension [AuditedRequest] {
    func counts(_ key: (AuditedRequest) -> String) -> [(key: String, count: Int)] {
        reduce(into: [String: Int]()) { $0[key($1), default: 0] += 1 }.map { ($0.key, $0.value) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}
