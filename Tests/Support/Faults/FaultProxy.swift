import KubeClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on loopback between one operator process and an API server: what a ``FaultTransport`` does to requests
/// of this process, this does to another's, and it knows what that process sent.
///
/// The operator sends no credentials over plain HTTP; the proxy adds those of its own configuration.
package final class FaultProxy: Sendable {
    /// A request as it came in, whatever became of it.
    package struct Arrival: Sendable {
        package var method: String
        package var target: String
        package var userAgent: String
        package var at: ContinuousClock.Instant
        package var path: String { String(target.prefix { $0 != "?" }) }
        package var isWatch: Bool { method == "GET" && target.contains("watch=1") }
        package var isWrite: Bool { method != "GET" }
        package var isLease: Bool { path.contains("/leases") }
    }

    private struct State {
        var arrivals: [Arrival] = []
        var observers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    package let faults: FaultTransport
    package let port: Int
    /// Yields when the process at the other end has to die.
    package let crashes: AsyncStream<Void>
    private let crashed: AsyncStream<Void>.Continuation
    private let authorization: String?
    private let state = Locked(State())

    private init(_ upstream: any Transport, _ authorization: String?, faults: [Fault], port: Int) {
        self.faults = FaultTransport(upstream, faults: faults)
        self.authorization = authorization
        self.port = port
        (crashes, crashed) = AsyncStream.makeStream(of: Void.self)
    }

    /// Serves while the body runs. `upstream` is a transport to the server of `configuration`, and may be shared.
    package static func with<Result: Sendable>(
        _ configuration: ClientConfiguration, over upstream: any Transport, faults: [Fault] = [],
        _ body: @escaping @Sendable (FaultProxy) async throws -> Result
    ) async throws -> Result {
        let authorization = try header(configuration.credential)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0) { $0.eventLoop.makeSucceededFuture($0) }
        let proxy = FaultProxy(
            upstream, authorization, faults: faults, port: server.channel.localAddress?.port ?? 0)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await connection in connections {
                            group.addTask { await proxy.serve(connection) }
                        }
                    }
                }
                return nil
            }
            group.addTask { try await body(proxy) }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let result { return result } }
            throw CancellationError()
        }
    }

    private static func header(_ credential: ClientConfiguration.Credential) throws -> String? {
        switch credential {
        case .none: nil
        case .token(let token): "Bearer \(token)"
        default:
            throw ConfigurationError(
                "the fault proxy needs a kubeconfig with a client certificate or a token, not \(credential)")
        }
    }

    /// What leads the operator here, with this namespace as its own.
    package func kubeconfig(namespace: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: proxy
        clusters: [{name: proxy, cluster: {server: "http://127.0.0.1:\(port)"}}]
        contexts: [{name: proxy, context: {cluster: proxy, user: proxy, namespace: "\(namespace)"}}]
        users: [{name: proxy, user: {}}]

        """
    }

    /// Every request so far, in the order they came in.
    package var arrivals: [Arrival] { state.withLock { $0.arrivals } }
    package var writes: [Arrival] { arrivals.filter(\.isWrite) }

    /// Returns when what has arrived is as asked.
    package func wait(until holds: ([Arrival]) -> Bool) async {
        let (news, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextID += 1
            state.observers[state.nextID] = continuation
            return state.nextID
        }
        defer { state.withLock { $0.observers[id] = nil } }
        if holds(arrivals) { return }
        for await _ in news where holds(arrivals) { return }
    }

    // MARK: One connection

    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    private typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

    /// What fails ends the connection, without an answer where none has begun: the operator sees what it would see of a
    /// server that went away.
    private func serve(_ channel: any Channel) async {
        // Wrapped only where it is surely used: NIO ends the process over a wrapped connection that is dropped.
        let connection = try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            let wrapped = try Connection(wrappingChannelSynchronously: channel)
            try channel.syncOptions?.setOption(.autoRead, value: true)
            return wrapped
        }.get()
        try? await connection?.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            for try await part in inbound {
                switch part {
                case .head(let received):
                    head = received
                    body = []
                case .body(let bytes): body += Array(bytes.readableBytesView)
                case .end:
                    guard let received = head else { continue }
                    guard try await answer(received, body, outbound) else { return }
                    if !received.isKeepAlive { return }
                }
            }
        }
    }

    /// False where there is nothing more to say on this connection.
    private func answer(_ head: HTTPRequestHead, _ body: [UInt8], _ outbound: Outbound) async throws -> Bool {
        let arrival = Arrival(
            method: head.method.rawValue, target: head.uri, userAgent: head.headers.first(name: "user-agent") ?? "",
            at: .now)
        let observers = state.withLock { state in
            state.arrivals.append(arrival)
            return Array(state.observers.values)
        }
        for observer in observers { observer.yield() }
        var headers = ["Content-Type", "Accept", "User-Agent"].compactMap { name in
            head.headers.first(name: name).map { (name: name, value: $0) }
        }
        headers.append(("Expect", ""))
        if let authorization { headers.append(("Authorization", authorization)) }
        var request = HTTPRequest(arrival.method, head.uri, headers: headers, body: body.isEmpty ? nil : body)
        if arrival.isWatch {
            // The server ends it; the operator asks for ten minutes at most.
            request.timeout = .seconds(900)
            let stream = try await faults.stream(request)
            try await outbound.write(.head(Self.head(stream.status, stream.headers, length: nil)))
            for try await chunk in stream.body {
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: chunk))))
            }
            try await outbound.write(.end(nil))
            return true
        }
        switch try await faults.pass(request) {
        case .answer(let response): try await write(response, outbound)
        case .lastAnswer(let response):
            try await write(response, outbound)
            crashed.yield()
            return false
        case .noAnswer:
            crashed.yield()
            return false
        }
        return true
    }

    private func write(_ response: HTTPResponse, _ outbound: Outbound) async throws {
        let bytes = ByteBuffer(bytes: response.body)
        try await outbound.write(.head(Self.head(response.status, response.headers, length: bytes.readableBytes)))
        try await outbound.write(.body(.byteBuffer(bytes)))
        try await outbound.write(.end(nil))
    }

    private static func head(_ status: Int, _ headers: [String: String], length: Int?) -> HTTPResponseHead {
        var fields = HTTPHeaders()
        for name in ["content-type", "retry-after", "warning"] {
            if let value = headers[name] { fields.add(name: name, value: value) }
        }
        if let length {
            fields.add(name: "content-length", value: "\(length)")
        } else {
            fields.add(name: "transfer-encoding", value: "chunked")
        }
        return HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
    }
}
