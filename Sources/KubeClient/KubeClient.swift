import KubeModel
import Logging

/// Talks to one API server. A value over a transport: cheap to pass on, safe to share.
package struct KubeClient: Sendable {
    package let configuration: ClientConfiguration
    private let transport: any Transport
    private let authorization: Authorization
    /// Told the method, status (0 for none) and duration of every exchange, for metrics.
    private let observe: @Sendable (String, Int, Duration) -> Void
    /// Asked right before a request that changes something is sent; false withholds it.
    private var mayWrite: (@Sendable () -> Bool)?
    /// Told each warning of the server, as often as it comes.
    private var onWarning: @Sendable (String) -> Void = { _ in }
    package static let userAgent = "caracal-operator/0.1"

    package init(
        _ configuration: ClientConfiguration, transport: any Transport,
        observe: @escaping @Sendable (String, Int, Duration) -> Void = { _, _, _ in }
    ) {
        self.configuration = configuration
        self.transport = transport
        self.observe = observe
        authorization = Authorization(configuration.credential)
    }

    /// The same client, whose writes leave only while `mayWrite` says so at the moment of sending. A write that is
    /// withheld throws `.transport(.withheld)`.
    package func writing(onlyWhile mayWrite: @escaping @Sendable () -> Bool) -> KubeClient {
        var copy = self
        copy.mayWrite = mayWrite
        return copy
    }

    /// The same client, telling what the server warns of (a deprecated version, an unknown field).
    package func warning(_ onWarning: @escaping @Sendable (String) -> Void) -> KubeClient {
        var copy = self
        copy.onWarning = onWarning
        return copy
    }

    package init(
        _ configuration: ClientConfiguration,
        observe: @escaping @Sendable (String, Int, Duration) -> Void = { _, _, _ in }
    ) throws {
        let source = configuration.endpointSource
        self.init(configuration, transport: try CurlTransport { try source.current() }, observe: observe)
    }

    // MARK: Reading

    /// The whole object. Every other answer comes without its managedFields.
    package func get(_ type: ResourceType, _ key: ObjectKey) async throws -> JSONValue {
        try await json("GET", try ResourcePath.object(type, key), leavingOut: nil)
    }

    /// Every object of a collection and the version a watch continues from, page by page. A page that expired on the
    /// way makes the list begin again, once, in one piece.
    package func list(
        _ type: ResourceType, namespace: String?, selector: Selector = .everything, pageSize: Int = 500
    ) async throws -> (items: [JSONValue], resourceVersion: String) {
        try await list(type, namespace: namespace, selector: selector, pageSize: pageSize) { $0 }
    }

    /// As above, of each object only what `keep` makes of it: it is called as the object is read, and one that was read
    /// is let go of before the next.
    package func list<Kept>(
        _ type: ResourceType, namespace: String?, selector: Selector = .everything, pageSize: Int = 500,
        keep: (JSONValue) -> Kept
    ) async throws -> (items: [Kept], resourceVersion: String) {
        do { return try await pages(type, namespace, selector, pageSize, keep) } catch let error as KubeError
            where error.code == .expired
        {
            return try await pages(type, namespace, selector, nil, keep)
        }
    }

    private func pages<Kept>(
        _ type: ResourceType, _ namespace: String?, _ selector: Selector, _ pageSize: Int?, _ keep: (JSONValue) -> Kept
    ) async throws -> (items: [Kept], resourceVersion: String) {
        var items: [Kept] = []
        var token: String?
        while true {
            var query = selector.query
            if let pageSize { query.append(("limit", String(pageSize))) }
            if let token { query.append(("continue", token)) }
            let page = try await page(
                try ResourcePath.collection(type, namespace: namespace) + ResourcePath.query(query)
            ) { item in
                // Items of a list carry no type of their own.
                var item = item
                item.set(["apiVersion"], .string(type.gvk.apiVersion))
                item.set(["kind"], .string(type.gvk.kind))
                items.append(keep(item))
            }
            guard page["items"]?.array != nil || page["items"]?.isNull == true else {
                throw KubeError(.malformedResponse, message: "the list of \(type.qualifiedName) has no items")
            }
            token = page.metadata["continue"]?.string
            if token?.isEmpty != false { return (items, page.resourceVersion) }
        }
    }

    /// Which objects there are and in which version, without their content.
    package func versions(_ type: ResourceType, namespace: String?, selector: Selector = .everything) async throws
        -> [ObjectKey: ObjectVersion]
    {
        var versions: [ObjectKey: ObjectVersion] = [:]
        var token: String?
        repeat {
            let query = selector.query + [("limit", "500")] + (token.map { [("continue", $0)] } ?? [])
            let page = try await json(
                "GET", try ResourcePath.collection(type, namespace: namespace) + ResourcePath.query(query),
                accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
            for item in page["items"]?.array ?? [] {
                versions[item.key] = ObjectVersion(item)
            }
            token = page.metadata["continue"]?.string
        } while token?.isEmpty == false
        return versions
    }

    /// Longest silence of a watch: bookmarks come about once a minute, so two have been missed.
    package static let silenceLimit = Duration.seconds(150)

    /// Events after a version. Ends cleanly when the server's time is up; throws ``KubeError`` for anything else, and
    /// `.transport(.silent)` for a watch that is open and says nothing, not even bookmarks.
    package func watch(
        _ type: ResourceType, namespace: String?, selector: Selector = .everything, from resourceVersion: String,
        seconds: Int, silenceLimit: Duration = silenceLimit
    ) async throws -> AsyncThrowingStream<WatchEvent, any Error> {
        let query =
            selector.query + [
                ("watch", "1"), ("resourceVersion", resourceVersion), ("allowWatchBookmarks", "true"),
                ("timeoutSeconds", String(seconds)),
            ]
        let target = try ResourcePath.collection(type, namespace: namespace) + ResourcePath.query(query)
        let started = ContinuousClock.now
        let stream = try await streaming(
            HTTPRequest("GET", target, timeout: .seconds(seconds + 5), silenceLimit: silenceLimit), retry: true)
        observe("WATCH", stream.status, ContinuousClock.now - started)
        let source = EventSource(stream.body)
        return AsyncThrowingStream { try await source.next() }
    }

    private func streaming(_ request: HTTPRequest, retry: Bool) async throws -> HTTPStream {
        let proof = try await proof()
        var authorized = request
        authorized.headers = headers(proof)
        do {
            let stream = try await transport.stream(authorized)
            if stream.status == 200 { return stream }
            var body: [UInt8] = []
            for try await chunk in stream.body where body.count < 1024 * 1024 { body += chunk }
            if stream.status == 401, retry {
                authorization.invalidate(proof)
                return try await streaming(request, retry: false)
            }
            throw KubeError(response: HTTPResponse(status: stream.status, headers: stream.headers, body: body))
        } catch let error as TransportError { throw KubeError(error) }
    }

    // MARK: Writing

    /// Server-side apply. `document` holds only fields we have an opinion on.
    @discardableResult
    package func apply(
        _ type: ResourceType, _ document: JSONValue, fieldManager: String, force: Bool = true,
        subresource: String? = nil,
        dryRun: Bool = false
    ) async throws -> JSONValue {
        var query = [(name: "fieldManager", value: fieldManager), (name: "force", value: String(force))]
        if dryRun { query.append(("dryRun", "All")) }
        let target = try ResourcePath.object(type, document.key, subresource: subresource) + ResourcePath.query(query)
        return try await json("PATCH", target, contentType: "application/apply-patch+yaml", body: document)
    }

    package enum PatchKind: String, Sendable {
        case merge = "application/merge-patch+json"
        case json = "application/json-patch+json"
    }

    @discardableResult
    package func patch(
        _ type: ResourceType, _ key: ObjectKey, _ kind: PatchKind, _ body: JSONValue, subresource: String? = nil,
        fieldManager: String? = nil
    ) async throws -> JSONValue {
        let query = fieldManager.map { [(name: "fieldManager", value: $0)] } ?? []
        let target = try ResourcePath.object(type, key, subresource: subresource) + ResourcePath.query(query)
        return try await json("PATCH", target, contentType: kind.rawValue, body: body)
    }

    @discardableResult
    package func create(_ type: ResourceType, _ document: JSONValue, dryRun: Bool = false) async throws -> JSONValue {
        let target =
            try ResourcePath.collection(type, namespace: document.namespace)
            + ResourcePath.query(dryRun ? [("dryRun", "All")] : [])
        return try await json("POST", target, contentType: "application/json", body: document)
    }

    /// Deletes the object with this uid and no other of the same name. An object that is already gone is no error.
    package func delete(
        _ type: ResourceType, _ key: ObjectKey, uid: String, propagation: String = "Background",
        dryRun: Bool = false
    ) async throws {
        var options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(propagation),
            "preconditions": ["uid": .string(uid)],
        ]
        if dryRun { options.set(["dryRun"], ["All"]) }
        do {
            _ = try await json(
                "DELETE", try ResourcePath.object(type, key), contentType: "application/json", body: options)
        } catch let error as KubeError where error.code == .notFound || error.code == .namespaceMissing {}
    }

    // MARK: Discovery

    /// The kinds of a group version; nil where the server does not have it.
    package func kinds(group: String, version: String) async throws -> Set<String>? {
        let path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        do {
            let list = try await json("GET", path)
            return Set((list["resources"]?.array ?? []).compactMap { $0["kind"]?.string })
        } catch let error as KubeError where error.httpStatus == 404 { return nil }
    }

    package func serverVersion() async throws -> String {
        try await json("GET", "/version")["gitVersion"]?.string ?? "unknown"
    }

    // MARK: One exchange

    private func proof() async throws -> Authorization.Header {
        do { return try await authorization.header() } catch let error as ConfigurationError {
            throw KubeError(.unauthorized, message: error.description)
        }
    }

    private func headers(_ proof: Authorization.Header, accept: String = "application/json") -> [(
        name: String, value: String
    )] {
        var headers = [
            (name: "User-Agent", value: Self.userAgent), (name: "Accept", value: accept),
            (name: "Expect", value: ""),
        ]
        if let value = proof.value { headers.append(("Authorization", value)) }
        return headers
    }

    private func json(
        _ method: String, _ target: String, accept: String = "application/json", contentType: String? = nil,
        body: JSONValue? = nil, leavingOut: String? = "managedFields"
    ) async throws -> JSONValue {
        let response = try await answer(method, target, accept: accept, contentType: contentType, body: body)
        do { return try JSONValue(parsing: response.body, leavingOut: leavingOut) } catch {
            throw malformed(method, target, error, response)
        }
    }

    /// A page of a list without its items, which `item` is called with one after the other.
    private func page(_ target: String, item: (JSONValue) -> Void) async throws -> JSONValue {
        let response = try await answer("GET", target)
        do { return try JSONValue(parsing: response.body, leavingOut: "managedFields", item: item) } catch {
            throw malformed("GET", target, error, response)
        }
    }

    private func malformed(_ method: String, _ target: String, _ error: JSONError, _ response: HTTPResponse)
        -> KubeError
    {
        KubeError(.malformedResponse, message: "\(method) \(target): \(error)", httpStatus: response.status)
    }

    /// A successful answer; anything else is thrown.
    private func answer(
        _ method: String, _ target: String, accept: String = "application/json", contentType: String? = nil,
        body: JSONValue? = nil, retry: Bool = true
    ) async throws -> HTTPResponse {
        let proof = try await proof()
        var headers = headers(proof, accept: accept)
        if let contentType { headers.append(("Content-Type", contentType)) }
        let started = ContinuousClock.now
        let response: HTTPResponse
        do {
            response = try await transport.send(
                HTTPRequest(
                    method, target, headers: headers, body: body?.bytes, mayBegin: method == "GET" ? nil : mayWrite))
            observe(method, response.status, ContinuousClock.now - started)
        } catch let error as TransportError {
            observe(method, 0, ContinuousClock.now - started)
            throw KubeError(error)
        }
        if response.status == 401, retry {
            authorization.invalidate(proof)
            return try await answer(
                method, target, accept: accept, contentType: contentType, body: body, retry: false)
        }
        response.headers["warning"].map(WarningHeader.texts)?.forEach(onWarning)
        guard (200..<300).contains(response.status) else { throw KubeError(response: response) }
        return response
    }
}

/// One state of one object.
package struct ObjectVersion: Sendable, Hashable {
    package var uid: String
    package var resourceVersion: String
    package init(_ object: JSONValue) { self.init(uid: object.uid, resourceVersion: object.resourceVersion) }
    package init(uid: String, resourceVersion: String) { (self.uid, self.resourceVersion) = (uid, resourceVersion) }
}

/// Label and field selectors of a list or watch.
package struct Selector: Sendable, Hashable {
    package var labels: String?
    package var fields: String?
    package init(labels: String? = nil, fields: String? = nil) {
        self.labels = labels
        self.fields = fields
    }
    package static let everything = Selector()
    var query: [(name: String, value: String)] {
        (labels.map { [("labelSelector", $0)] } ?? []) + (fields.map { [("fieldSelector", $0)] } ?? [])
    }
}

/// Decodes a watch's bytes into events, one at a time as they are asked for.
private actor EventSource {
    private var bytes: AsyncThrowingStream<[UInt8], any Error>.Iterator
    private var decoder = LineDecoder()
    private var lines: [[UInt8]] = []
    private var isAtEnd = false

    init(_ body: AsyncThrowingStream<[UInt8], any Error>) { bytes = body.makeAsyncIterator() }

    func next() async throws -> WatchEvent? {
        while lines.isEmpty {
            if isAtEnd { return nil }
            var iterator = bytes
            defer { bytes = iterator }
            do {
                if let chunk = try await iterator.next(isolation: #isolation) {
                    lines = try decoder.feed(chunk)
                } else {
                    isAtEnd = true
                    if let last = try decoder.finish() { lines = [last] }
                }
            } catch let error as TransportError { throw KubeError(error) }
        }
        return try WatchEvent(line: lines.removeFirst())
    }
}
