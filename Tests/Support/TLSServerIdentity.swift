import COpenSSLTLS
import Glibc
import KubeClient

/// What a scripted server shows who connects with TLS, and what it wants to see.
package final class TLSServerIdentity: @unchecked Sendable {
    // Sendable: OpenSSL counts references to a context atomically, and it is not changed after `init`.
    fileprivate let context: OpaquePointer

    /// Certificate and key in PEM. nil where OpenSSL refuses them.
    package init?(certificate: [UInt8], key: [UInt8], asksForCertificate: Bool = false) {
        let made = ctls_server(
            certificate, Int32(certificate.count), key, Int32(key.count), asksForCertificate ? 1 : 0)
        guard let made else { return nil }
        context = made
    }

    deinit { SSL_CTX_free(context) }
}

/// One TLS connection, from the server's side.
final class TLSSession: @unchecked Sendable {
    // Sendable: one thread uses it, the connection's own.
    private let session: OpaquePointer
    private let pump: Pump?

    /// Shakes hands; nil where the peer will not. Nothing of the stream is sent after `limit` bytes, if there is one:
    /// then the connection just ends.
    init?(socket: Int32, _ identity: TLSServerIdentity, limit: Int?) {
        pump = limit.flatMap { Pump(socket, limit: $0) }
        guard let made = SSL_new(identity.context) else { return nil }
        session = made
        SSL_set_fd(session, pump?.inside ?? socket)
        if SSL_accept(session) != 1 {
            end()
            return nil
        }
    }

    deinit { SSL_free(session) }

    /// Returns when everything written is sent: the socket may be closed now.
    func end() { pump?.end() }

    func read(_ bytes: inout [UInt8]) -> Int { Int(SSL_read(session, &bytes, Int32(bytes.count))) }
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(SSL_write(session, bytes.baseAddress, Int32(bytes.count)))
    }

    /// The subject of the client's certificate; empty where it showed none.
    var peer: String {
        var text = [CChar](repeating: 0, count: 256)
        let count = Int(ctls_peer(session, &text, Int32(text.count)))
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The name the client asked for.
    var askedName: String { ctls_asked_name(session).map { String(cString: $0) } ?? "" }
    var isResumed: Bool { SSL_session_reused(session) == 1 }
}

/// Carries bytes between TLS and the network, and stops in the middle.
private final class Pump: Sendable {
    let inside: Int32
    private let outside: Int32
    private let threads: [pthread_t]

    init?(_ socket: Int32, limit: Int) {
        var pair: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else { return nil }
        (inside, outside) = (pair[0], pair[1])
        let outside = outside
        let sending = Thread.start {
            var left = limit
            var bytes = [UInt8](repeating: 0, count: 4096)
            while left > 0, case let count = recv(outside, &bytes, bytes.count, 0), count > 0 {
                let some = min(count, left)
                left -= some
                guard send(socket, bytes, some, Int32(MSG_NOSIGNAL)) == some else { break }
            }
            shutdown(socket, Int32(SHUT_RDWR))
            shutdown(outside, Int32(SHUT_RDWR))
        }
        let receiving = Thread.start {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while case let count = recv(socket, &bytes, bytes.count, 0), count > 0 {
                guard send(outside, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
            }
            shutdown(outside, Int32(SHUT_RDWR))
        }
        threads = [sending, receiving].compactMap(\.self)
    }

    func end() {
        shutdown(inside, Int32(SHUT_RDWR))
        for thread in threads { pthread_join(thread, nil) }
        close(inside)
        close(outside)
    }
}
