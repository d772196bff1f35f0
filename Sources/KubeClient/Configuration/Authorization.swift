import Crypto
import Glibc

/// Makes the `Authorization` header, re-reading token files as they are renewed.
final class Authorization: Sendable {
    private let credential: ClientConfiguration.Credential
    private let cache = Locked<(token: String, readAt: ContinuousClock.Instant)?>(nil)
    private static let maximumAge = Duration.seconds(60)

    init(_ credential: ClientConfiguration.Credential) { self.credential = credential }

    /// nil where a client certificate is all there is. Throws where a token file cannot be read.
    func header() throws -> String? {
        switch credential {
        case .none: return nil
        case .token(let token): return "Bearer \(token)"
        case .basic(let username, let password): return "Basic " + Base64.encode(Array("\(username):\(password)".utf8))
        case .tokenFile(let path):
            if let cached = cache.withLock({ $0 }), ContinuousClock.now - cached.readAt < Self.maximumAge {
                return "Bearer \(cached.token)"
            }
            guard let bytes = try FileBytes.readIfPresent(path) else {
                throw ConfigurationError("\(path): the token file does not exist")
            }
            let token = String(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
            guard !token.isEmpty else { throw ConfigurationError("\(path): the token file is empty") }
            cache.withLock { $0 = (token, .now) }
            return "Bearer \(token)"
        }
    }

    /// After a 401: the next header is made from the file as it is now.
    func invalidate() { cache.withLock { $0 = nil } }
}
