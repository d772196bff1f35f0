import Glibc

/// A bearer token in a file that somebody else renews. Read again when older than a minute, which is early enough
/// for the shortest tokens kubelet mounts (ten minutes, renewed after eight), and after a refusal. A read that fails
/// or finds nothing keeps the token that was read before: kubelet and editors both leave such a moment.
final class TokenFile: Sendable {
    private struct State {
        var token: String?
        /// When the read that gave `token` began; nil where a refusal asks for another.
        var readAt: ContinuousClock.Instant?
        var version: UInt64 = 0
    }

    private let path: String
    private let state: Locked<State>
    private let now: @Sendable () -> ContinuousClock.Instant
    private static let maximumAge = Duration.seconds(60)

    init(_ path: String, fallback: String?, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.path = path
        self.now = now
        state = Locked(State(token: fallback))
    }

    /// The token and its version. Throws where it could never be read.
    func token() throws -> (token: String, version: UInt64) {
        let known = state.withLock { $0 }
        if let token = known.token, let readAt = known.readAt, now() - readAt < Self.maximumAge {
            return (token, known.version)
        }
        let began = now()
        let result = Result { () throws(ConfigurationError) in try read() }
        return try state.withLock { state in
            switch result {
            case .success(let token):
                // Two reads may end in the other order: what began later is newer.
                guard state.readAt.map({ $0 <= began }) ?? true else { break }
                if token != state.token { state.version += 1 }
                state.token = token
                state.readAt = began
            // Not noted as read: the next request looks again.
            case .failure(let error): if state.token == nil { throw error }
            }
            return (state.token ?? "", state.version)
        }
    }

    /// After a refusal of that version: the next token is read from the file as it is then.
    func invalidate(_ version: UInt64) {
        state.withLock { state in
            if state.version == version { state.readAt = nil }
        }
    }

    private func read() throws(ConfigurationError) -> String {
        let bytes: [UInt8]?
        do { bytes = try FileBytes.readIfPresent(path) } catch { throw ConfigurationError("\(error)") }
        guard let bytes else { throw ConfigurationError("\(path): the token file does not exist") }
        let token = BearerToken.trimmed(bytes)
        guard !token.isEmpty else { throw ConfigurationError("\(path): the token file is empty") }
        guard BearerToken.isSendable(token) else {
            throw ConfigurationError(
                "\(path): the token file holds more than a token: blanks, line breaks or other than ASCII text")
        }
        return token
    }
}

enum BearerToken {
    static func trimmed(_ bytes: [UInt8]) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let rest = bytes.drop(while: isBlank)
        return String(
            decoding: rest.prefix(rest.lastIndex { !isBlank($0) }.map { $0 - rest.startIndex + 1 } ?? 0), as: UTF8.self)
    }

    /// False where the text would end a header, begin another one, or be refused by every server.
    static func isSendable(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
