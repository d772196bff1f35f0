import ArgumentParser
import Glibc
import KubeClient
import KubeRuntime
import NIOCore
import NIOHTTP1
import NIOPosix
import Reconciliation

/// `host:port`; an IPv6 host in brackets.
struct ListenAddress: Sendable {
    var host: String
    var port: Int

    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else {
            throw ValidationError("\(text) is not an address: write it as host:port, e.g. 0.0.0.0:8081")
        }
        host = String(text[..<colon].filter { $0 != "[" && $0 != "]" })
        self.port = port
    }

    static func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "the address cannot be used"
    }
}

/// `/healthz`, `/readyz` and `/metrics`. Alive means that work comes to an end and watches are heard of; ready means
/// every cache was filled and can be read, by a standby as well.
struct HealthEndpoint: Sendable {
    let address: ListenAddress
    let metrics: Metrics
    let liveness: Liveness
    let stores: ClusterStores
    let gauges: @Sendable () -> Metrics.Gauges

    func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel: NIOAsyncChannel<any Channel, Never>
        do {
            channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 16)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .bind(host: address.host, port: address.port) { $0.eventLoop.makeSucceededFuture($0) }
        } catch { throw Failure("cannot listen on \(address.host):\(address.port): \(ListenAddress.reason(error))") }
        try await withThrowingDiscardingTaskGroup { group in
            try await channel.executeThenClose { connections in
                for try await connection in connections { group.addTask { try? await serve(connection) } }
            }
        }
    }

    /// A connection is wrapped only here, where it is surely used to its end: NIO ends the process over one that is
    /// wrapped and dropped, as those that wait to be accepted at shutdown would be.
    private func serve(_ channel: any Channel) async throws {
        let connection = try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
            let wrapped = try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                wrappingChannelSynchronously: channel)
            try channel.syncOptions?.setOption(.autoRead, value: true)
            return wrapped
        }.get()
        try await connection.executeThenClose { inbound, outbound in
            for try await part in inbound {
                guard case .head(let head) = part else { continue }
                let (status, text) = answer(head)
                let body = ByteBuffer(string: text)
                let headers: HTTPHeaders = [
                    "content-type": "text/plain; charset=utf-8", "content-length": "\(body.readableBytes)",
                ]
                try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
                if head.method != .HEAD { try await outbound.write(.body(.byteBuffer(body))) }
                try await outbound.write(.end(nil))
            }
        }
    }

    private func answer(_ head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
        guard head.method == .GET || head.method == .HEAD else { return (.methodNotAllowed, "only GET\n") }
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/healthz":
            let complaints = liveness.complaints()
            return complaints.isEmpty
                ? (.ok, "ok\n") : (.internalServerError, complaints.joined(separator: "\n") + "\n")
        case "/readyz":
            let unsynced = stores.unsynced
            let failing = stores.failures.map { "\($0.resource): \($0.error.message)" }
            if unsynced.isEmpty, failing.isEmpty { return (.ok, "ok\n") }
            return (
                .serviceUnavailable, (unsynced.map { "\($0): not read yet" } + failing).joined(separator: "\n") + "\n"
            )
        case "/metrics": return (.ok, metrics.text(gauges()))
        default: return (.notFound, "try /healthz, /readyz or /metrics\n")
        }
    }
}
