import CaracalAPI
import KubeClient
import KubeModel

/// The writes of some converges. Made ready beforehand and sent through the bare transport they cost what sending alone
/// costs: no answer is read, nothing is decided, and everything may go at once. Sent by the client they are encoded,
/// checked and read as the operator has it.
struct Replay: Sendable {
    struct Cost: Sendable {
        var requests: Int
        var cpuSeconds: Double
        var wall: Duration
    }

    /// One write as the operator sends it the first time.
    enum Write: Sendable {
        case apply(ResourceType, JSONValue, manager: String, force: Bool, subresource: String?)
        case create(ResourceType, JSONValue)

        static func object(_ document: JSONValue) throws -> Write {
            guard let type = types.first(where: { $0.gvk == document.gvk }) else {
                throw Failure("the replay does not know \(document.gvk)")
            }
            return .apply(type, document, manager: FieldManager.objects, force: false, subresource: nil)
        }

        static func status(_ status: JSONValue, of key: ObjectKey) -> Write {
            let type = CaracalDeployment.resource
            let document: JSONValue = [
                "apiVersion": .string(type.gvk.apiVersion), "kind": .string(type.gvk.kind),
                "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)], "status": status,
            ]
            return .apply(type, document, manager: FieldManager.status, force: true, subresource: "status")
        }

        static func event(_ document: JSONValue) -> Write { .create(.events, document) }

        func request() throws -> HTTPRequest {
            switch self {
            case .apply(let type, let document, let manager, let force, let subresource):
                let query = ResourcePath.query([("fieldManager", manager), ("force", String(force))])
                return HTTPRequest(
                    "PATCH", try ResourcePath.object(type, document.key, subresource: subresource) + query,
                    headers: [(name: "Content-Type", value: "application/apply-patch+yaml")], body: document.bytes)
            case .create(let type, let document):
                return HTTPRequest(
                    "POST", try ResourcePath.collection(type, namespace: document.namespace),
                    headers: [(name: "Content-Type", value: "application/json")], body: document.bytes)
            }
        }

        func send(by client: KubeClient) async throws {
            switch self {
            case .apply(let type, let document, let manager, let force, let subresource):
                try await client.apply(
                    type, document, fieldManager: manager, force: force, subresource: subresource)
            case .create(let type, let document): try await client.create(type, document)
            }
        }
    }

    let configuration: ClientConfiguration
    /// Requests under way at once, as many as the operator has for one instance.
    static let width = 8

    func send(_ requests: [HTTPRequest]) async throws -> Cost {
        let requests = try await authorized(requests)
        let source = configuration.endpointSource
        let transport = try CurlTransport(concurrency: Self.width) { try source.current() }
        return try await measured(requests) { request in
            let answer = try await transport.send(request)
            guard (200..<300).contains(answer.status) else {
                let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
                throw Failure("replay: \(request.target): HTTP \(answer.status): \(text)")
            }
        }
    }

    func send(_ writes: [Write]) async throws -> Cost {
        let client = try KubeClient(configuration)
        return try await measured(writes) { try await $0.send(by: client) }
    }

    private func measured<Item: Sendable>(_ items: [Item], _ send: @escaping @Sendable (Item) async throws -> Void)
        async throws -> Cost
    {
        let next = Locked(0)
        let cpu = ProcessFigures.own.cpuSeconds
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width {
                group.addTask {
                    while case let index = next.withLock({ next in
                        defer { next += 1 }
                        return next
                    }), index < items.count { try await send(items[index]) }
                }
            }
            try await group.waitForAll()
        }
        return Cost(
            requests: items.count, cpuSeconds: ProcessFigures.own.cpuSeconds - cpu, wall: ContinuousClock.now - start)
    }

    private func authorized(_ requests: [HTTPRequest]) async throws -> [HTTPRequest] {
        var headers = [
            (name: "User-Agent", value: NamedTransport.userAgent), (name: "Accept", value: "application/json"),
            (name: "Expect", value: ""),
        ]
        switch configuration.credential {
        case .none: break
        case .token(let token): headers.append((name: "Authorization", value: "Bearer \(token)"))
        default: throw Failure("the replay needs a kubeconfig with a client certificate or a token")
        }
        return requests.map { request in
            var request = request
            request.headers += headers
            return request
        }
    }

    private static let types: [ResourceType] = [
        .configMaps, .services, .serviceAccounts, .deployments, .statefulSets, .jobs, .networkPolicies, .ingresses,
        .podDisruptionBudgets, .horizontalPodAutoscalers, .serviceMonitors, .prometheusRules, .httpRoutes,
    ]
}
