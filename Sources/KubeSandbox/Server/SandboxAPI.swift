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
        guard !path.isTooLong else { throw APIFailure.noSuchPath }
        // Of a custom resource, what lies below the name is part of what is not there.
        if info.schema != nil, let subresource = path.subresource, subresource != "status" || !info.hasStatus {
            throw APIFailure.notFound(info, path.name ?? "")
        }
        // `/api/v1/namespaces/x` names a namespace, not a collection in one.
        let key = ObjectKey(namespace: info.type.isNamespaced ? path.namespace ?? "" : "", name: path.name ?? "")
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
        case ("POST", let name) where name == nil || info.schema != nil && path.subresource == nil:
            let options = try path.writeOptions("CreateOptions", userAgent: request.userAgent)
            let created = try await cluster.create(info, namespace: path.namespace, try body(request), options)
            return .document(status: 201, created)
        case ("PUT", _?):
            let options = try path.writeOptions("UpdateOptions", userAgent: request.userAgent)
            let changed = try await cluster.change(
                info, key, subresource: path.subresource, .replace(try body(request)), options)
            return .document(status: changed.isNew ? 201 : 200, changed.object)
        case ("PATCH", _?): return try await patch(request, path, info, key)
        case ("DELETE", _?):
            let options = try path.deleteOptions(request.body.isEmpty ? nil : try body(request))
            let isDryRun = options["dryRun"]?.array?.isEmpty == false
            return .document(status: 200, try await cluster.delete(info, key, options, dryRun: isDryRun))
        case ("DELETE", nil):
            let selector = try SelectorMatch(labels: path.query["labelSelector"], fields: path.query["fieldSelector"])
            let doomed = try await cluster.list(
                info, namespace: path.namespace, selector: selector, limit: nil, after: nil
            )
            .items
            for object in doomed { _ = try await cluster.delete(info, object.key, [:], dryRun: path.isDryRun) }
            return .document(status: 200, ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"])
        default:
            throw APIFailure(
                code: 405, reason: "MethodNotAllowed",
                message: "the server does not allow this method on the requested resource", details: [:])
        }
    }

    private func patch(
        _ request: SandboxRequest, _ path: RequestPath, _ info: ResourceInfo, _ key: ObjectKey
    ) async throws(APIFailure) -> SandboxResponse {
        let kind = String(request.contentType.prefix { $0 != ";" })
        let isKnown = Self.patchTypes.contains(kind)
        if info.schema != nil, !isKnown || kind.contains("strategic") || kind.contains("cbor") {
            let accepted = Self.patchTypes.filter { !$0.contains("strategic") && !$0.contains("cbor") }
            throw APIFailure(
                code: 415, reason: "UnsupportedMediaType",
                message:
                    "the body of the request was in an unknown format - accepted media types include: \(accepted.joined(separator: ", "))"
            )
        }
        guard isKnown else {
            throw APIFailure(
                code: 415, reason: "UnsupportedMediaType", message: "415: Unsupported Media Type", details: [:])
        }
        let isApply = kind == "application/apply-patch+yaml"
        let options = try path.writeOptions("PatchOptions", userAgent: request.userAgent, isApply: isApply)
        let body = try body(request)
        if isApply {
            let applied = try await cluster.apply(info, key, subresource: path.subresource, body, options)
            return .document(status: applied.isNew ? 201 : 200, applied.object)
        }
        let change: SandboxCluster.Change =
            switch kind {
            case "application/merge-patch+json": .merge(body)
            case "application/json-patch+json": .json(body)
            default: .strategic(body)
            }
        let changed = try await cluster.change(info, key, subresource: path.subresource, change, options)
        return .document(status: 200, changed.object)
    }

    private static let patchTypes = [
        "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
        "application/apply-patch+yaml", "application/apply-patch+cbor",
    ]

    // MARK: Lists and watches

    private func collection(_ request: SandboxRequest, _ path: RequestPath, _ info: ResourceInfo)
        async throws(APIFailure) -> SandboxResponse
    {
        try path.checkReadOptions()
        let selector = try SelectorMatch(labels: path.query["labelSelector"], fields: path.query["fieldSelector"])
        if path.isWatch { return try await watch(request, path, info, selector) }
        let page = try await cluster.list(
            info, namespace: path.namespace, selector: selector, limit: path.query["limit"].flatMap { Int($0) },
            after: path.query["continue"])
        var metadata: JSONObject = ["resourceVersion": .string(String(page.revision))]
        if info.schema != nil { metadata["continue"] = "" }
        if let next = page.next {
            metadata["continue"] = .string(next)
            if let left = page.left { metadata["remainingItemCount"] = .integer(Int64(left)) }
        }
        let gvk = info.type.gvk
        let list: JSONValue = [
            "kind": .string("\(gvk.kind)List"), "apiVersion": .string(gvk.apiVersion), "metadata": .object(metadata),
            "items": .array(info.schema == nil ? page.items.map(Self.anonymous) : page.items),
        ]
        return .document(
            status: 200, wantsTable(request) ? TableView(info: info, now: .now()).table(page.items, list: list) : list)
    }

    /// The items of a typed list do not repeat its kind.
    private static func anonymous(_ item: JSONValue) -> JSONValue {
        .object((item.object ?? [:]).filter { key, _ in key != "apiVersion" && key != "kind" })
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
