import Glibc
import KubeClient

/// Answers every request on loopback with a little JSON, but resets the connection of every so many-th instead: by
/// turns before a word of the answer, which libcurl may meet by asking again, and within its head, which nobody can mend.
final class ResettingServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let every: Int
    private let counts = Locked<(seen: Int, resets: Int)>((0, 0))

    init(every: Int) throws {
        self.every = every
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard let port = Loopback.bind(listener), listen(listener, 64) == 0 else {
            throw Failure("no port on loopback")
        }
        self.port = port
        Self.thread { [weak self, listener] in
            while case let accepted = accept(listener, nil, nil), accepted >= 0 {
                Self.thread { [weak self] in
                    self?.serve(accepted)
                    close(accepted)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    var seen: Int { counts.withLock { $0.seen } }
    var resets: Int { counts.withLock { $0.resets } }

    private func serve(_ connection: Int32) {
        var chunk = [UInt8](repeating: 0, count: 16384)
        var pending: [UInt8] = []
        let answer = Array("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}".utf8)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            pending += chunk[..<count]
            guard Self.isWhole(pending) else { continue }
            pending.removeAll(keepingCapacity: true)
            let resets = counts.withLock { counts in
                counts.seen += 1
                guard counts.seen % every == 0 else { return 0 }
                counts.resets += 1
                return counts.resets
            }
            if resets > 0 {
                if resets % 2 == 0 { _ = Glibc.send(connection, answer, 20, Int32(MSG_NOSIGNAL)) }
                // RST rather than FIN.
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return
            }
            guard Glibc.send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else { return }
        }
    }

    /// The client sends one request at a time and says its length: the head has ended, and so much follows.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
        let length = text.firstRange(of: "Content-Length: ").flatMap { range in
            Int(text[range.upperBound...].prefix { $0.isNumber })
        }
        return text[end.upperBound...].utf8.count >= length ?? 0
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body: body))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        if failed == 0 { pthread_detach(thread) } else { box.release() }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
