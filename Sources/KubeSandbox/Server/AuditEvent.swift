import KubeModel

/// A request in the shape of `audit.k8s.io/v1` Event at level Metadata, one stage per event, so that whatever reads the
/// `--audit-log-path` file of a real API server reads ours. Bodies and the token in the path are never part of it.
struct AuditEvent: Sendable {
    enum Stage: String, Sendable {
        /// A stream has begun, and goes on.
        case responseStarted = "ResponseStarted"
        case responseComplete = "ResponseComplete"
    }

    let id = "\(UInt64.random(in: .min ... .max))"
    let received = Timestamp.now()
    private let request: SandboxRequest

    init(_ request: SandboxRequest) { self.request = request }

    func document(_ stage: Stage, code: Int, answer: JSONValue? = nil) -> JSONValue {
        let path = RequestPath(request.target)
        var event: JSONValue = [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": .string(id),
            "stage": .string(stage.rawValue), "requestURI": .string(request.target), "verb": .string(verb(path)),
            "user": ["username": "sandbox"], "sourceIPs": ["127.0.0.1"], "userAgent": .string(request.userAgent),
            "responseStatus": ["metadata": [:], "code": .integer(Int64(code))],
            "requestReceivedTimestamp": .string(received.microTime),
            "stageTimestamp": .string(Timestamp.now().microTime),
        ]
        guard !path.plural.isEmpty else { return event }
        var object: JSONObject = ["resource": .string(path.plural)]
        object["namespace"] = path.namespace.map { .string($0) }
        // A create says the name in its body only.
        let created = request.method == "POST" && code < 300 ? answer?.name : nil
        object["name"] = (path.name ?? created).map { .string($0) }
        if !path.group.isEmpty { object["apiGroup"] = .string(path.group) }
        object["apiVersion"] = .string(path.version)
        object["subresource"] = path.subresource.map { .string($0) }
        event.set(["objectRef"], .object(object))
        return event
    }

    private func verb(_ path: RequestPath) -> String {
        guard !path.plural.isEmpty else { return request.method.lowercased() }
        switch request.method {
        case "GET" where path.name == nil: return path.isWatch ? "watch" : "list"
        case "POST": return "create"
        case "PUT": return "update"
        case "DELETE" where path.name == nil: return "deletecollection"
        default: return request.method.lowercased()
        }
    }
}
