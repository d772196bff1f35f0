import Crypto

/// The files an endpoint's certificates come from; nil where they are written in the kubeconfig itself.
package struct EndpointFiles: Sendable, Equatable {
    package var certificateAuthority: String?
    package var clientCertificate: String?
    package var clientKey: String?

    package init(certificateAuthority: String? = nil, clientCertificate: String? = nil, clientKey: String? = nil) {
        self.certificateAuthority = certificateAuthority
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }
}

/// An endpoint whose certificates follow their files and the credential plug-in.
///
/// Files are looked at no more than once a minute, and read only where they changed. New content takes effect when it
/// can be used: certificates that parse, a key that belongs to its certificate. Until then (a file is missing, empty,
/// half written, or only one of a pair has been renewed) what was read before stays in use, and the file is read
/// again at the next look.
package final class EndpointSource: Sendable {
    private struct State {
        var endpoint: CurlEndpoint
        /// Of the content that is in use.
        var stamps: [String: FileStamp] = [:]
        var lookedAt: ContinuousClock.Instant
    }

    private let state: Locked<State>
    private let files: EndpointFiles
    private let plugin: ExecPlugin?
    private let now: @Sendable () -> ContinuousClock.Instant
    private static let interval = Duration.seconds(60)

    /// `endpoint` carries the content the files had; what they hold now is compared with it at the first use.
    package init(
        _ endpoint: CurlEndpoint, files: EndpointFiles = EndpointFiles(), plugin: ExecPlugin? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.files = files
        self.plugin = plugin
        self.now = now
        var endpoint = endpoint
        endpoint.identity = Self.nextIdentity()
        // Never looked at: the first use does, as the configuration may have been made a while ago.
        state = Locked(State(endpoint: endpoint, lookedAt: now() - Self.interval))
    }

    /// The endpoint to use for the next exchange. Its `identity` is another one as soon as a certificate or key is.
    /// The plug-in is not run here: the certificate is the one that came with the credential in use.
    package func current() throws -> CurlEndpoint {
        let looks = state.withLock { state -> [String: FileStamp]? in
            guard now() - state.lookedAt >= Self.interval else { return nil }
            // Taken at once, so that of many requests one looks and the others go on.
            state.lookedAt = now()
            return state.stamps
        }
        let renewed = looks.map { look($0) }
        let issued = plugin.map { $0.certificate }
        return state.withLock { state in
            let before = state.endpoint
            if let renewed { take(renewed, &state) }
            if let issued {
                // A configuration has a plug-in or a certificate of its own, never both.
                state.endpoint.clientCertificate = issued?.certificate
                state.endpoint.clientKey = issued?.key
            }
            if !state.endpoint.hasIdentity(of: before) { state.endpoint.identity = Self.nextIdentity() }
            return state.endpoint
        }
    }

    private static let identities = Locked<UInt64>(0)
    private static func nextIdentity() -> UInt64 {
        identities.withLock { last in
            last += 1
            return last
        }
    }

    // MARK: Files

    private struct Content {
        var path: String
        var bytes: [UInt8]
        var stamp: FileStamp
    }

    private struct Renewed {
        var authority: Content?
        var certificate: Content?
        var key: Content?
    }

    /// What changed since `stamps` were taken. Reads files: not to be called with the lock held.
    private func look(_ stamps: [String: FileStamp]) -> Renewed {
        func changed(_ path: String?) -> Content? {
            // The stamp is taken before the content: what is written in between is seen at the next look.
            guard let path, let stamp = FileStamp(path), stamp != stamps[path] else { return nil }
            guard let bytes = try? FileBytes.readIfPresent(path), !bytes.isEmpty else { return nil }
            return Content(path: path, bytes: bytes, stamp: stamp)
        }
        return Renewed(
            authority: changed(files.certificateAuthority), certificate: changed(files.clientCertificate),
            key: changed(files.clientKey))
    }

    private func take(_ renewed: Renewed, _ state: inout State) {
        if let authority = renewed.authority, let count = CertificateBundle.count(authority.bytes), count > 0 {
            state.endpoint.certificateAuthority = authority.bytes
            state.stamps[authority.path] = authority.stamp
        }
        guard renewed.certificate != nil || renewed.key != nil,
            let certificate = renewed.certificate?.bytes ?? state.endpoint.clientCertificate,
            let key = renewed.key?.bytes ?? state.endpoint.clientKey,
            KeyPair.problem(certificate: certificate, key: key) == nil
        else { return }
        state.endpoint.clientCertificate = certificate
        state.endpoint.clientKey = key
        for content in [renewed.certificate, renewed.key].compactMap(\.self) {
            state.stamps[content.path] = content.stamp
        }
    }
}

extension CurlEndpoint {
    /// True where a connection made with `other` proves the same things to both sides.
    fileprivate func hasIdentity(of other: CurlEndpoint) -> Bool {
        certificateAuthority == other.certificateAuthority && clientCertificate == other.clientCertificate
            && clientKey == other.clientKey
    }
}
