import Glibc
import KubeClient

/// A server on loopback that says exactly what a test tells it to, byte by byte, and nothing else: for answers no
/// well-behaved server gives.
package final class ScriptedServer: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let seen = Locked<[String]>([])
    private let open = Locked<(connections: Int, waiter: CheckedContinuation<Void, Never>?)>((0, nil))

    /// One accepted connection. Used by one thread, in order; calls block.
    package struct Connection: Sendable {
        fileprivate let socket: Int32
        fileprivate let server: ScriptedServer
        fileprivate var tls: TLSSession?

        /// What TLS told of the client: its certificate's subject, the name it asked for, and whether it went on with an
        /// earlier session.
        package var peer: (subject: String, askedName: String, isResumed: Bool) {
            (tls?.peer ?? "", tls?.askedName ?? "", tls?.isResumed ?? false)
        }

        /// The next request, head and body; nil when the peer has closed.
        package func request() -> String? {
            var bytes: [UInt8] = []
            while true {
                var chunk = [UInt8](repeating: 0, count: 4096)
                let count = tls?.read(&chunk) ?? recv(socket, &chunk, chunk.count, 0)
                guard count > 0 else { return nil }
                bytes += chunk[..<count]
                let text = String(decoding: bytes, as: UTF8.self)
                guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
                let length =
                    text.lowercased().firstRange(of: "content-length: ").flatMap { range in
                        Int(text[range.upperBound...].prefix { $0.isNumber })
                    } ?? 0
                guard text[end.upperBound...].utf8.count >= length else { continue }
                server.seen.withLock { $0.append(text) }
                return text
            }
        }

        package func write(_ text: String) {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes {
                    tls?.write($0) ?? send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                bytes = bytes.dropFirst(count)
            }
        }

        package func answer(_ status: String, headers: [String] = [], _ body: String = "{}") {
            let head = ["HTTP/1.1 \(status)", "content-length: \(body.utf8.count)"] + headers
            write(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }

        /// Blocks until the peer has closed.
        package func untilClosed() {
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
        }

        /// From now on the kernel drops whatever comes in, unacknowledged, as a network does that lost its way: the peer
        /// hears nothing more, neither data nor an end.
        package func dropEverything() {
            // One instruction: keep no byte of the packet.
            var filter: [UInt64] = [0x0000_0000_0000_0006]
            filter.withUnsafeMutableBytes { program in
                var header = DropFilter(count: 1, instructions: program.baseAddress)
                setsockopt(
                    socket, SOL_SOCKET, SO_ATTACH_FILTER, &header, socklen_t(MemoryLayout<DropFilter>.size))
            }
        }

        /// Ends the connection with RST rather than FIN.
        package func reset() {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
    }

    /// `handle` is called on a thread of its own for each connection, which is closed when it returns. With `tls` it is
    /// called once hands are shaken; `cut` says after how many bytes a connection ends, whatever is being said.
    package init(
        isIPv6: Bool = false, tls: TLSServerIdentity? = nil, cut: @escaping @Sendable () -> Int? = { nil },
        _ handle: @escaping @Sendable (Connection) -> Void
    ) throws {
        let family = isIPv6 ? AF_INET6 : AF_INET
        let listener = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var length: socklen_t
        var isBound = false
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            isBound = Self.with(&address) { bind(listener, $0, length) } == 0
            Self.with(&address) { _ = getsockname(listener, $0, &length) }
            port = UInt16(bigEndian: address.sin6_port)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            isBound = Self.with(&address) { bind(listener, $0, length) } == 0
            Self.with(&address) { _ = getsockname(listener, $0, &length) }
            port = UInt16(bigEndian: address.sin_port)
        }
        guard isBound, listen(listener, 64) == 0 else { throw TransportError(.invalid, "no port on loopback") }
        Thread.detached { [weak self] in
            while case let accepted = accept(listener, nil, nil), accepted >= 0 {
                guard let self else {
                    close(accepted)
                    return
                }
                self.open.withLock { $0.connections += 1 }
                Thread.detached {
                    if let tls {
                        if let session = TLSSession(socket: accepted, tls, limit: cut()) {
                            handle(Connection(socket: accepted, server: self, tls: session))
                            session.end()
                        }
                    } else {
                        handle(Connection(socket: accepted, server: self))
                    }
                    close(accepted)
                    let waiter = self.open.withLock { open -> CheckedContinuation<Void, Never>? in
                        open.connections -= 1
                        guard open.connections == 0 else { return nil }
                        defer { open.waiter = nil }
                        return open.waiter
                    }
                    waiter?.resume()
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Everything that was asked, over all connections.
    package var requests: [String] { seen.withLock { $0 } }

    /// Returns when every connection has ended.
    package func untilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = open.withLock { open in
                if open.connections == 0 { return true }
                open.waiter = continuation
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    package func endpoint(scheme: String = "http", host: String = "127.0.0.1") -> CurlEndpoint {
        CurlEndpoint(base: "\(scheme)://\(host):\(port)", host: "\(host):\(port)")
    }

    private static func with<Address, Result>(
        _ address: inout Address, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }

}

/// `struct sock_fprog`.
private struct DropFilter {
    var count: UInt16
    var instructions: UnsafeMutableRawPointer?
}

enum Thread {
    static func detached(_ body: @escaping @Sendable () -> Void) {
        if let thread = start(body) { pthread_detach(thread) }
    }

    /// To be joined.
    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        let box = Unmanaged.passRetained(ThreadBody(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        return code == 0 ? thread : nil
    }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
