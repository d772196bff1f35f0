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
        /// Of content that was refused and told of.
        var refused: [String: FileStamp] = [:]
        var lookedAt: ContinuousClock.Instant
    }

    private let state: Locked<State>
    private let files: EndpointFiles
    private let plugin: ExecPlugin?
    private let onRefusal: @Sendable (String, String) -> Void
    private let now: @Sendable () -> ContinuousClock.Instant
    private static let interval = Duration.seconds(60)

    /// `endpoint` carries the content the files had; what they hold now is compared with it at the first use.
    package init(
        _ endpoint: CurlEndpoint, files: EndpointFiles = EndpointFiles(), plugin: ExecPlugin? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onRefusal: @escaping @Sendable (_ file: String, _ why: String) -> Void = { _, _ in }
    ) {
        self.files = files
        self.plugin = plugin
        self.onRefusal = onRefusal
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
        let (endpoint, refusals) = state.withLock { state in
            let before = state.endpoint
            let refusals = renewed.map { take($0, &state) } ?? []
            if let issued {
                // A configuration has a plug-in or a certificate of its own, never both.
                state.endpoint.clientCertificate = issued?.certificate
                state.endpoint.clientKey = issued?.key
            }
            if !state.endpoint.hasIdentity(of: before) { state.endpoint.identity = Self.nextIdentity() }
            return (state.endpoint, refusals)
        }
        for refusal in refusals { onRefusal(refusal.file, refusal.why) }
        return endpoint
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

    /// Returns what was not taken, and not told yet.
    private func take(_ renewed: Renewed, _ state: inout State) -> [(file: String, why: String)] {
        var refusals: [(file: String, why: String)] = []
        func refuse(_ content: Content, _ why: String) {
            guard state.refused.updateValue(content.stamp, forKey: content.path) != content.stamp else { return }
            refusals.append((content.path, why))
        }
        if let authority = renewed.authority {
            if let count = CertificateBundle.count(authority.bytes), count > 0 {
                state.endpoint.certificateAuthority = authority.bytes
                state.stamps[authority.path] = authority.stamp
            } else {
                refuse(authority, "it holds no certificates that can be read, or one is cut")
            }
        }
        let pair = [renewed.certificate, renewed.key].compactMap(\.self)
        guard !pair.isEmpty, let certificate = renewed.certificate?.bytes ?? state.endpoint.clientCertificate,
            let key = renewed.key?.bytes ?? state.endpoint.clientKey
        else { return refusals }
        if let problem = KeyPair.problem(certificate: certificate, key: key) {
            for content in pair { refuse(content, problem) }
            return refusals
        }
        state.endpoint.clientCertificate = certificate
        state.endpoint.clientKey = key
        for content in pair { state.stamps[content.path] = content.stamp }
        return refusals
    }
}

extension CurlEndpoint {
    /// True where a connection made with `other` proves the same things to both sides.
    fileprivate func hasIdentity(of other: CurlEndpoint) -> Bool {
        certificateAuthority == other.certificateAuthority && clientCertificate == other.clientCertificate
            && clientKey == other.clientKey
    }
}
