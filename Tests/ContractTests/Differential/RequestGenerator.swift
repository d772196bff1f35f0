import CaracalAPI
import KubeModel

/// One request, the same for every server: what only a server knows stands in it as `@version:path`, `@uid:path` or `@next:path`.
struct GeneratedRequest: Sendable, CustomStringConvertible {
    var method: String
    /// `{ns}` is the run's namespace.
    var path: String
    var query: [(String, String)] = []
    var contentType = "application/json"
    var body: JSONValue?

    /// Leaves something behind.
    var isPersistentWrite: Bool { method != "GET" && !query.contains { $0.0 == "dryRun" } && body?["dryRun"] == nil }

    var description: String {
        let query = query.map { "\($0)=\($1)" }.joined(separator: "&")
        return "\(method) \(path)\(query.isEmpty ? "" : "?\(query)") [\(contentType)] \(body?.text ?? "")"
    }
}

/// Makes requests from a seed alone: never from an answer, so that a run can be replayed.
struct RequestGenerator {
    private var random: SeededRandom
    private let kinds = GeneratedKind.all

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func next() -> GeneratedRequest {
        let kind = random.pick(kinds)
        let name = random.pick(["a", "a", "a", "b"])
        switch Int.random(in: 0..<100, using: &random) {
        case ..<22: return create(kind, name)
        case ..<30: return read(kind, name)
        case ..<36: return list(kind)
        case ..<44: return mergePatch(kind, name)
        case ..<49: return jsonPatch(kind, name)
        case ..<69: return apply(kind, name)
        case ..<78: return replace(kind, name)
        case ..<84: return status(kind, name)
        case ..<87: return scale(kind, name)
        case ..<94: return delete(kind, name)
        default: return oddity(kind, name)
        }
    }

    private func collection(_ type: ResourceType, namespace: String = "{ns}") -> String {
        let root = type.gvk.group.isEmpty ? "/api/\(type.gvk.version)" : "/apis/\(type.gvk.group)/\(type.gvk.version)"
        return "\(root)/namespaces/\(namespace)/\(type.plural)"
    }

    private func item(_ kind: GeneratedKind, _ name: String) -> String { "\(collection(kind.type))/\(name)" }

    // MARK: Bodies

    private mutating func document(_ kind: GeneratedKind, _ name: String) -> JSONValue {
        var object: JSONObject = [
            "apiVersion": .string(kind.type.gvk.apiVersion), "kind": .string(kind.type.gvk.kind),
        ]
        var metadata: JSONObject = ["name": .string(name)]
        if random.once(in: 2) { metadata["namespace"] = "{ns}" }
        if random.once(in: 3) { metadata["labels"] = ["l": .string(random.pick(["1", "2"]))] }
        if random.once(in: 4) { metadata["annotations"] = ["example.com/a": .string(random.pick(["x", ""]))] }
        if random.once(in: 12) { metadata["finalizers"] = ["example.com/f"] }
        object["metadata"] = .object(metadata)
        for entry in kind.body(&random) { object[entry.key] = entry.value }
        return .object(object)
    }

    /// Sometimes something small is wrong.
    private mutating func spoiled(_ document: JSONValue) -> JSONValue {
        var document = document
        guard random.once(in: 8) else { return document }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: document.set(["unknownField"], 1)
        case 1: if document["spec"] != nil { document.set(["spec", "nope"], "x") }
        case 2: document.set(["metadata", "labels"], ["l": 5])
        case 3: document.set(["metadata", "labels"], ["l": "not valid!"])
        case 4: document.set(["metadata", "annotations"], "text")
        case 5: document.set(["metadata", "namespace"], "elsewhere")
        case 6: document.set(["apiVersion"], "v9")
        case 7: document.set(["metadata", "unknown"], true)
        case 8: document.set(["spec"], "text")
        default: document.set(["metadata", "labels", "bad key"], "x")
        }
        return document
    }

    private mutating func options(_ manager: Bool = true) -> [(String, String)] {
        var query: [(String, String)] = []
        if manager, random.once(in: 2) { query.append(("fieldManager", random.pick(["one", "two", "three"]))) }
        if random.once(in: 10) { query.append(("dryRun", random.pick(["All", "All", "All", "Some"]))) }
        if random.once(in: 6) {
            query.append(("fieldValidation", random.pick(["Strict", "Strict", "Warn", "Ignore", "Never"])))
        }
        return query
    }

    // MARK: Requests

    private mutating func create(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        let body = spoiled(document(kind, name))
        return GeneratedRequest(method: "POST", path: collection(kind.type), query: options(), body: body)
    }

    private mutating func read(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        var path = item(kind, name)
        if kind.hasStatus, random.once(in: 6) { path += "/status" }
        if kind.hasScale, random.once(in: 4) { path += "/scale" }
        return GeneratedRequest(method: "GET", path: path)
    }

    /// Options that cannot be honoured; those that can ask for a moment only one of two servers had.
    private mutating func refusedRead(_ path: String) -> GeneratedRequest {
        let options: [[(String, String)]] = [
            [("resourceVersionMatch", "NotOlderThan")],
            [("resourceVersionMatch", "Exact"), ("resourceVersion", "0")],
            [("resourceVersionMatch", "Latest"), ("resourceVersion", "1")],
            [("resourceVersionMatch", "Exact"), ("resourceVersion", "1"), ("continue", "x")],
            [("sendInitialEvents", "true")],
            [("watch", "1"), ("resourceVersionMatch", "NotOlderThan")],
            [("watch", "true"), ("resourceVersionMatch", "Exact"), ("continue", "x")],
        ]
        return GeneratedRequest(method: "GET", path: path, query: random.pick(options))
    }

    private mutating func list(_ kind: GeneratedKind) -> GeneratedRequest {
        let path = collection(kind.type)
        if random.once(in: 8) { return refusedRead(path) }
        var query: [(String, String)] = []
        if random.once(in: 3) {
            query.append(
                ("labelSelector", random.pick(["l=1", "l!=1", "l in (1,2)", "!l", "l", "l notin (1)", "l==2"])))
        }
        if random.once(in: 4) {
            query.append(
                ("fieldSelector", random.pick(["metadata.name=a", "metadata.name!=a", "metadata.namespace={ns}"])))
        }
        if random.once(in: 3) {
            query.append(("limit", "1"))
            if random.once(in: 3) { query.append(("continue", "@next:\(path)")) }
        }
        return GeneratedRequest(method: "GET", path: path, query: query)
    }

    private mutating func mergePatch(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        var patch: JSONObject = [:]
        switch Int.random(in: 0..<7, using: &random) {
        case 0: patch["metadata"] = ["labels": ["l": .string(random.pick(["1", "3"]))]]
        case 1: patch["metadata"] = ["labels": .null]
        case 2: patch["metadata"] = ["annotations": ["example.com/b": "1", "example.com/a": .null]]
        case 3: patch["metadata"] = ["resourceVersion": .string(random.pick(["1", "@version:\(item(kind, name))"]))]
        case 4: patch["metadata"] = ["finalizers": .null]
        default: patch = kind.body(&random)
        }
        return GeneratedRequest(
            method: "PATCH", path: item(kind, name), query: options(), contentType: "application/merge-patch+json",
            body: spoiled(.object(patch)))
    }

    private mutating func jsonPatch(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        let operations: [JSONValue] = [
            ["op": "add", "path": "/metadata/annotations", "value": ["example.com/j": "1"]],
            ["op": "remove", "path": "/metadata/labels"],
            ["op": "test", "path": "/metadata/name", "value": "a"],
            ["op": "test", "path": "/metadata/name", "value": "other"],
            ["op": "add", "path": "/metadata/labels/j", "value": "1"],
            ["op": "replace", "path": "/metadata/labels", "value": ["l": "1"]],
            ["op": "remove", "path": "/metadata/finalizers"],
        ]
        let body = (0..<random.pick([1, 1, 2])).map { _ in random.pick(operations) }
        return GeneratedRequest(
            method: "PATCH", path: item(kind, name), query: options(), contentType: "application/json-patch+json",
            body: .array(body))
    }

    private mutating func apply(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        var body = document(kind, name)
        if kind.type == CaracalDeployment.resource, random.once(in: 3) { body.set(["spec"], ["paused": true]) }
        var query: [(String, String)] = []
        if !random.once(in: 25) { query.append(("fieldManager", random.pick(["one", "one", "two", "three"]))) }
        if random.once(in: 2) { query.append(("force", "true")) }
        if random.once(in: 12) { query.append(("dryRun", "All")) }
        if random.once(in: 20) {
            body.set(["metadata", "uid"], .string(random.pick(["other", "@uid:\(item(kind, name))"])))
        }
        if random.once(in: 20) {
            body.set(["metadata", "resourceVersion"], .string(random.pick(["1", "@version:\(item(kind, name))"])))
        }
        if random.once(in: 30) { body.set(["metadata", "managedFields"], []) }
        return GeneratedRequest(
            method: "PATCH", path: item(kind, name), query: query, contentType: "application/apply-patch+yaml",
            body: spoiled(body))
    }

    private mutating func replace(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        var body = document(kind, random.once(in: 15) ? "other" : name)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: body.set(["metadata", "resourceVersion"], "1")
        case 1: break
        default: body.set(["metadata", "resourceVersion"], .string("@version:\(item(kind, name))"))
        }
        if random.once(in: 6) {
            body.set(["metadata", "uid"], .string((random.pick(["other", "@uid:\(item(kind, name))"]))))
        }
        return GeneratedRequest(method: "PUT", path: item(kind, name), query: options(), body: spoiled(body))
    }

    private mutating func status(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        let path = "\(item(kind, name))/status"
        let identity: JSONObject = [
            "apiVersion": .string(kind.type.gvk.apiVersion), "kind": .string(kind.type.gvk.kind),
            "metadata": ["name": .string(name), "namespace": "{ns}"], "status": .object(kind.status),
        ]
        if random.once(in: 2) {
            return GeneratedRequest(
                method: "PATCH", path: path, query: [("fieldManager", "status"), ("force", "true")],
                contentType: "application/apply-patch+yaml", body: .object(identity))
        }
        return GeneratedRequest(
            method: "PATCH", path: path, query: options(), contentType: "application/merge-patch+json",
            body: ["status": .object(kind.status), "metadata": ["annotations": ["example.com/s": "1"]]])
    }

    private mutating func scale(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        let kind = kind.hasScale ? kind : kinds.first { $0.type == .deployments } ?? kind
        return GeneratedRequest(
            method: "PATCH", path: "\(item(kind, name))/scale", query: options(),
            contentType: "application/merge-patch+json",
            body: ["spec": ["replicas": .integer(random.pick([0, 1, 4, -1]))]])
    }

    private mutating func delete(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        var options: JSONObject = ["apiVersion": "v1", "kind": "DeleteOptions"]
        if random.once(in: 3) {
            options["propagationPolicy"] = random.pick(["Background", "Background", "Foreground", "Orphan", "Never"])
        }
        if random.once(in: 5) {
            options["preconditions"] = ["uid": .string(random.pick(["other", "@uid:\(item(kind, name))"]))]
        }
        if random.once(in: 8) {
            options["preconditions"] = ["resourceVersion": .string(random.pick(["1", "@version:\(item(kind, name))"]))]
        }
        if random.once(in: 8) { options["dryRun"] = ["All"] }
        return GeneratedRequest(
            method: "DELETE", path: item(kind, name), body: random.once(in: 4) ? nil : .object(options))
    }

    private mutating func oddity(_ kind: GeneratedKind, _ name: String) -> GeneratedRequest {
        switch Int.random(in: 0..<9, using: &random) {
        case 0:
            return GeneratedRequest(
                method: "POST", path: collection(kind.type, namespace: "absent-namespace"), body: document(kind, name))
        case 1: return GeneratedRequest(method: "GET", path: "/apis/nowhere.example/v1/namespaces/{ns}/things")
        case 2: return GeneratedRequest(method: "GET", path: "\(collection(kind.type))s/\(name)")
        case 3:
            var body = document(kind, "Bad_Name")
            body.set(["metadata", "labels"], nil)
            return GeneratedRequest(method: "POST", path: collection(kind.type), body: body)
        case 4:
            var body = document(kind, name)
            body.set(["metadata", "name"], nil)
            return GeneratedRequest(method: "POST", path: collection(kind.type), body: body)
        case 5:
            return GeneratedRequest(
                method: "PATCH", path: item(kind, name), contentType: "application/unheard-of+json", body: [:])
        case 6: return GeneratedRequest(method: "POST", path: item(kind, name), body: document(kind, name))
        case 7: return GeneratedRequest(method: "GET", path: "\(item(kind, name))/nosuchsubresource")
        default:
            var body = document(kind, name)
            body.set(["metadata", "name"], nil)
            body.set(["metadata", "generateName"], "gen-")
            return GeneratedRequest(
                method: "POST", path: collection(kind.type), query: [("dryRun", "All")], body: body)
        }
    }
}
