import Crypto

/// Makes the `Authorization` header, following token files and plug-ins as they renew what they give.
final class Authorization: Sendable {
    /// What a request proves itself with, and which version of it, to be told apart when it is refused.
    struct Header: Sendable {
        /// nil where a client certificate is all there is.
        var value: String?
        fileprivate var version: UInt64 = 0
    }

    private enum Source {
        case constant(String?)
        case file(TokenFile)
        case plugin(ExecPlugin)
    }

    private let source: Source

    init(
        _ credential: ClientConfiguration.Credential,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        source =
            switch credential {
            case .none: .constant(nil)
            case .token(let token): .constant("Bearer \(token)")
            case .basic(let username, let password):
                .constant("Basic " + Base64.encode(Array("\(username):\(password)".utf8)))
            case .tokenFile(let path, let fallback): .file(TokenFile(path, fallback: fallback, now: now))
            case .plugin(let plugin): .plugin(plugin)
            }
    }

    /// For the next request. May wait for a plug-in to run. Throws ``ConfigurationError`` where a token file cannot be
    /// read or a plug-in gives nothing, and `CancellationError`.
    func header() async throws -> Header {
        switch source {
        case .constant(let value): return Header(value: value)
        case .file(let file):
            let (token, version) = try file.token()
            return Header(value: "Bearer \(token)", version: version)
        case .plugin(let plugin):
            let issued = try await plugin.credential()
            return Header(value: issued.credential.token.map { "Bearer \($0)" }, version: issued.version)
        }
    }

    /// After a 401 for a request with this header: the next one is made anew, unless that happened meanwhile. Of many
    /// requests refused at once, one makes the plug-in run.
    func invalidate(_ refused: Header) {
        switch source {
        case .constant: break
        case .file(let file): file.invalidate(refused.version)
        case .plugin(let plugin): plugin.invalidate(refused.version)
        }
    }
}
