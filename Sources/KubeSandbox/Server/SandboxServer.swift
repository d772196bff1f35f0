import KubeModel
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP on loopback. Every request must carry the token, as a bearer or as the first path segment (kubectl sends no bearer
/// over plain HTTP), and name this host: a page in a browser on the same machine can do neither.
package struct SandboxServer: Sendable {
    private let api: SandboxAPI
    private let token: String
    private let logger: Logger
    /// Told every request that carried the token, as ``AuditEvent`` writes it down.
    private let audit: (@Sendable (JSONValue) -> Void)?

    package init(
        api: SandboxAPI, token: String, logger: Logger, audit: (@Sendable (JSONValue) -> Void)? = nil
    ) {
        self.api = api
        self.token = token
        self.logger = logger
        self.audit = audit
    }

    /// Serves until cancelled; `ready` is told the port.
    package func run(port: Int, ready: @Sendable (Int) async throws -> Void) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: port) { $0.eventLoop.makeSucceededFuture($0) }
        let bound = server.channel.localAddress?.port ?? port
        try await server.executeThenClose { connections in
            try await ready(bound)
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections { group.addTask { await serve(connection, port: bound) } }
            }
        }
    }

    private typealias Outbound = NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

    /// A connection is wrapped only here, where it is surely used to its end: NIO ends the process over one that is
    /// wrapped and dropped, as those that wait to be accepted at shutdown would be.
    private func serve(_ channel: any Channel, port: Int) async {
        do {
            let connection = try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                let wrapped = try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                    wrappingChannelSynchronously: channel)
                try channel.syncOptions?.setOption(.autoRead, value: true)
                return wrapped
            }.get()
            try await connection.executeThenClose { inbound, outbound in
                var head: HTTPRequestHead?
                var body: [UInt8] = []
                for try await part in inbound {
                    switch part {
                    case .head(let received):
                        head = received
                        body = []
                    case .body(let bytes):
                        body += Array(bytes.readableBytesView)
                        guard body.count <= Self.bodyLimit else {
                            return try await refuse(outbound, .payloadTooLarge, "the body is larger than 3 MiB")
                        }
                    case .end:
                        guard let received = head else { continue }
                        try await answer(received, body, outbound, port: port)
                        if !received.isKeepAlive { return }
                    }
                }
            }
        } catch { logger.debug("connection ended", metadata: ["error": "\(error)"]) }
    }

    private static let bodyLimit = 3 * 1024 * 1024

    private func answer(_ head: HTTPRequestHead, _ body: [UInt8], _ outbound: Outbound, port: Int) async throws {
        let host = head.headers.first(name: "host") ?? ""
        guard host == "127.0.0.1:\(port)" || host == "localhost:\(port)" else {
            return try await refuse(outbound, .forbidden, "this server answers to 127.0.0.1:\(port) only")
        }
        var target = head.uri
        let prefix = "/\(token)"
        if target == prefix || target.hasPrefix("\(prefix)/") {
            target = String(target.dropFirst(prefix.count))
        } else if head.headers.first(name: "authorization") != "Bearer \(token)" {
            return try await refuse(outbound, .unauthorized, "Unauthorized")
        }
        let request = SandboxRequest(
            method: head.method.rawValue, target: target, contentType: head.headers.first(name: "content-type") ?? "",
            accept: head.headers.first(name: "accept") ?? "",
            userAgent: head.headers.first(name: "user-agent") ?? "unknown", body: body)
        let event = AuditEvent(request)
        switch await api.respond(request) {
        case .document(let status, let document):
            audit?(event.document(.responseComplete, code: status, answer: document))
            let bytes = ByteBuffer(bytes: document.bytes)
            let headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(bytes.readableBytes)"]
            try await outbound.write(
                .head(.init(version: .http1_1, status: .init(statusCode: status), headers: headers)))
            if head.method != .HEAD { try await outbound.write(.body(.byteBuffer(bytes))) }
            try await outbound.write(.end(nil))
        case .stream(let chunks):
            audit?(event.document(.responseStarted, code: 200))
            defer { audit?(event.document(.responseComplete, code: 200)) }
            let headers: HTTPHeaders = ["content-type": "application/json", "transfer-encoding": "chunked"]
            try await outbound.write(.head(.init(version: .http1_1, status: .ok, headers: headers)))
            await chunks { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: $0)))) }
            try await outbound.write(.end(nil))
        }
    }

    private func refuse(_ outbound: Outbound, _ status: HTTPResponseStatus, _ message: String) async throws {
        let failure = APIFailure(
            code: Int(status.code), reason: status == .unauthorized ? "Unauthorized" : "Forbidden", message: message)
        let bytes = ByteBuffer(bytes: failure.status.bytes)
        let headers: HTTPHeaders = ["content-type": "application/json", "content-length": "\(bytes.readableBytes)"]
        try await outbound.write(.head(.init(version: .http1_1, status: status, headers: headers)))
        try await outbound.write(.body(.byteBuffer(bytes)))
        try await outbound.write(.end(nil))
    }
}
