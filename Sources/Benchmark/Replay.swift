import CaracalAPI
import KubeClient
import KubeModel

/// The writes of some converges, made ready beforehand and sent through the bare transport: what sending alone costs.
/// No answer is read, nothing is decided, and everything may go at once.
struct Replay: Sendable {
    struct Cost: Sendable {
        var requests: Int
        var cpuSeconds: Double
        var wall: Duration
    }

    let configuration: ClientConfiguration
    /// Requests under way at once, as many as the operator has for one instance.
    static let width = 8

    /// As the operator sends it the first time.
    static func apply(_ document: JSONValue) throws -> HTTPRequest {
        guard let type = types.first(where: { $0.gvk == document.gvk }) else {
            throw Failure("the replay does not know \(document.gvk)")
        }
        let query = ResourcePath.query([("fieldManager", FieldManager.objects), ("force", "false")])
        return HTTPRequest(
            "PATCH", try ResourcePath.object(type, document.key) + query,
            headers: [(name: "Content-Type", value: "application/apply-patch+yaml")], body: document.bytes)
    }

    static func status(_ status: JSONValue, of key: ObjectKey) throws -> HTTPRequest {
        let type = CaracalDeployment.resource
        let query = ResourcePath.query([("fieldManager", FieldManager.status), ("force", "true")])
        let document: JSONValue = [
            "apiVersion": .string(type.gvk.apiVersion), "kind": .string(type.gvk.kind),
            "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)], "status": status,
        ]
        return HTTPRequest(
            "PATCH", try ResourcePath.object(type, key, subresource: "status") + query,
            headers: [(name: "Content-Type", value: "application/apply-patch+yaml")], body: document.bytes)
    }

    static func create(_ type: ResourceType, _ document: JSONValue) throws -> HTTPRequest {
        HTTPRequest(
            "POST", try ResourcePath.collection(type, namespace: document.namespace),
            headers: [(name: "Content-Type", value: "application/json")], body: document.bytes)
    }

    func send(_ requests: [HTTPRequest]) async throws -> Cost {
        let requests = try await authorized(requests)
        let source = configuration.endpointSource
        let transport = try CurlTransport(concurrency: Self.width) { try source.current() }
        let next = Locked(0)
        let cpu = ProcessFigures.own.cpuSeconds
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.width {
                group.addTask {
                    while case let index = next.withLock({ next in
                        defer { next += 1 }
                        return next
                    }), index < requests.count {
                        let answer = try await transport.send(requests[index])
                        guard (200..<300).contains(answer.status) else {
                            let text = String(decoding: answer.body.prefix(300), as: UTF8.self)
                            throw Failure("replay: \(requests[index].target): HTTP \(answer.status): \(text)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return Cost(
            requests: requests.count, cpuSeconds: ProcessFigures.own.cpuSeconds - cpu,
            wall: ContinuousClock.now - start)
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
