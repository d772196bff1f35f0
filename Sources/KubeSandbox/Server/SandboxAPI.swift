import KubeModel
import KubeYAML

/// Requests in, responses out: routing, negotiation and bodies over ``SandboxCluster``.
package struct SandboxAPI: Sendable {
    package let cluster: SandboxCluster
    private let faults: FaultPlan

    package init(cluster: SandboxCluster, faults: FaultPlan = FaultPlan()) {
        self.cluster = cluster
        self.faults = faults
    }

    package func respond(_ request: SandboxRequest) async -> SandboxResponse {
        if let fault = faults.take(request) { return .document(status: fault.code, fault.status) }
        let path = RequestPath(request.target)
        do throws(APIFailure) { return try await route(request, path) } catch {
            return .document(status: error.code, error.status)
        }
    }

    private func route(_ request: SandboxRequest, _ path: RequestPath) async throws(APIFailure) -> SandboxResponse {
        if path.plural.isEmpty || path.segments.first == "openapi" {
            guard request.method == "GET", let answer = await cluster.discovery(path) else {
                throw APIFailure.noSuchPath
            }
            return .document(status: 200, answer)
        }
        let info = try await cluster.info(path)
        // `/api/v1/namespaces/x` names a namespace, not a collection in one.
        let key = ObjectKey(namespace: info.type.isNamespaced ? path.namespace ?? "" : "", name: path.name ?? "")
        let manager = path.query["fieldManager"] ?? String(request.userAgent.prefix { $0 != "/" })
        let isStrict = path.query["fieldValidation"] == "Strict"
        if let subresource = path.subresource, !(subresource == "status" && info.hasStatus),
            !(subresource == "scale" && info.hasScale)
        {
            throw APIFailure.noSuchPath
        }
        switch (request.method, path.name) {
        case ("GET", nil): return try await collection(request, path, info)
        case ("GET", _?):
            let object = try await cluster.get(info, key)
            if path.subresource == "scale" { return .document(status: 200, ScaleView.of(object)) }
            return .document(
                status: 200,
                wantsTable(request) ? TableView(info: info, now: .now()).table([object], list: nil) : object)
        case ("POST", nil):
            let created = try await cluster.create(
                info, namespace: path.namespace, try body(request), manager: manager, dryRun: path.isDryRun,
                strict: isStrict)
            return .document(status: 201, created)
        case ("PUT", _?):
            let changed = try await cluster.change(
                info, key, subresource: path.subresource, .replace(try body(request)), manager: manager,
                dryRun: path.isDryRun, strict: isStrict)
            return .document(status: 200, changed)
        case ("PATCH", _?): return try await patch(request, path, info, key, manager, isStrict)
        case ("DELETE", _?):
            let options = request.body.isEmpty ? [:] : try body(request)
            return .document(status: 200, try await cluster.delete(info, key, options, dryRun: path.isDryRun))
        case ("DELETE", nil):
            let selector = try SelectorMatch(labels: path.query["labelSelector"], fields: path.query["fieldSelector"])
            let doomed = await cluster.list(info, namespace: path.namespace, selector: selector, limit: nil, after: nil)
                .items
            for object in doomed { _ = try await cluster.delete(info, object.key, [:], dryRun: path.isDryRun) }
            return .document(status: 200, ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"])
        default:
            throw APIFailure(
                code: 405, reason: "MethodNotAllowed",
                message: "the server does not allow this method on the requested resource")
        }
    }

    private func patch(
        _ request: SandboxRequest, _ path: RequestPath, _ info: ResourceInfo, _ key: ObjectKey, _ manager: String,
        _ isStrict: Bool
    ) async throws(APIFailure) -> SandboxResponse {
        let body = try body(request)
        let kind = String(request.contentType.prefix { $0 != ";" })
        let change: SandboxCluster.Change
        switch kind {
        case "application/apply-patch+yaml":
            guard let manager = path.query["fieldManager"], !manager.isEmpty else {
                throw APIFailure(
                    code: 422, reason: "Invalid",
                    message:
                        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
                )
            }
            let isNew = (try? await cluster.get(info, key)) == nil
            let applied = try await cluster.apply(
                info, key, subresource: path.subresource, body, manager: manager, force: path.query["force"] == "true",
                dryRun: path.isDryRun)
            return .document(status: isNew ? 201 : 200, applied)
        case "application/merge-patch+json": change = .merge(body)
        case "application/json-patch+json": change = .json(body)
        case "application/strategic-merge-patch+json": change = .strategic(body)
        default:
            throw APIFailure(
                code: 415, reason: "UnsupportedMediaType",
                message:
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
            )
        }
        return .document(
            status: 200,
            try await cluster.change(
                info, key, subresource: path.subresource, change, manager: manager, dryRun: path.isDryRun,
                strict: isStrict))
    }

    // MARK: Lists and watches

    private func collection(_ request: SandboxRequest, _ path: RequestPath, _ info: ResourceInfo)
        async throws(APIFailure) -> SandboxResponse
    {
        let selector = try SelectorMatch(labels: path.query["labelSelector"], fields: path.query["fieldSelector"])
        if ["1", "true"].contains(path.query["watch"] ?? "") { return try await watch(request, path, info, selector) }
        let page = await cluster.list(
            info, namespace: path.namespace, selector: selector, limit: path.query["limit"].flatMap { Int($0) },
            after: path.query["continue"])
        var metadata: JSONObject = ["resourceVersion": .string(String(page.revision))]
        if let next = page.next {
            metadata["continue"] = .string(next)
            metadata["remainingItemCount"] = .integer(Int64(page.left))
        }
        let gvk = info.type.gvk
        let list: JSONValue = [
            "kind": .string("\(gvk.kind)List"), "apiVersion": .string(gvk.apiVersion), "metadata": .object(metadata),
            "items": .array(page.items),
        ]
        return .document(
            status: 200, wantsTable(request) ? TableView(info: info, now: .now()).table(page.items, list: list) : list)
    }

    private func watch(_ request: SandboxRequest, _ path: RequestPath, _ info: ResourceInfo, _ selector: SelectorMatch)
        async throws(APIFailure) -> SandboxResponse
    {
        let text = path.query["resourceVersion"] ?? ""
        let (id, changes) = try await cluster.watch(
            info, namespace: path.namespace, selector: selector, from: text.isEmpty || text == "0" ? nil : UInt64(text))
        let seconds = path.query["timeoutSeconds"].flatMap { Double($0) } ?? 1800
        let wantsBookmarks = path.query["allowWatchBookmarks"] == "true"
        let isTable = wantsTable(request)
        let cluster = cluster
        return .stream { write in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    var isFirst = true
                    for await signal in changes {
                        let chunk: [UInt8]
                        switch signal {
                        case .bookmark(let revision):
                            chunk = wantsBookmarks ? Self.bookmark(info, revision) : []
                        case .change(let change):
                            let object = EventFaces.shown(change.object, as: info)
                            let view = TableView(info: info, now: .now())
                            let shown = isTable ? view.table([object], list: nil, withHeaders: isFirst) : object
                            isFirst = false
                            let event: JSONValue = ["type": .string(change.kind.rawValue), "object": shown]
                            chunk = event.bytes + [0x0A]
                        }
                        guard (try? await write(chunk)) != nil else { return }
                    }
                }
                group.addTask {
                    var left = seconds
                    while left > 0, !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(min(left, Self.bookmarkInterval)))
                        left -= Self.bookmarkInterval
                        await cluster.bookmark(id)
                    }
                }
                await group.next()
                group.cancelAll()
            }
            await cluster.stopWatching(id)
        }
    }

    private static func bookmark(_ info: ResourceInfo, _ revision: UInt64) -> [UInt8] {
        let gvk = info.type.gvk
        let event: JSONValue = [
            "type": "BOOKMARK",
            "object": [
                "kind": .string(gvk.kind), "apiVersion": .string(gvk.apiVersion),
                "metadata": ["resourceVersion": .string(String(revision))],
            ],
        ]
        return event.bytes + [0x0A]
    }

    /// Seconds. More often than a real server, which also notices here that a client has gone.
    private static let bookmarkInterval = 10.0

    private func wantsTable(_ request: SandboxRequest) -> Bool { request.accept.contains("as=Table") }

    private func body(_ request: SandboxRequest) throws(APIFailure) -> JSONValue {
        if request.contentType.contains("yaml"), let text = String(validating: request.body, as: UTF8.self),
            text.first != "{"
        {
            do { return try YAML.document(text) } catch { throw APIFailure.badRequest("error parsing YAML: \(error)") }
        }
        guard !request.contentType.contains("protobuf") else {
            throw APIFailure(
                code: 415, reason: "UnsupportedMediaType",
                message:
                    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (this sandbox does not read protobuf: use kubectl apply -f)"
            )
        }
        do { return try JSONValue(parsing: request.body) } catch { throw APIFailure.badRequest("\(error)") }
    }
}
