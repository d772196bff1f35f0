/// Where the API server is and who we are, settled.
package struct ClientConfiguration: Sendable {
    /// As the files were when this was made; ``endpointSource`` follows them.
    package var endpoint: CurlEndpoint
    /// Where the certificates of `endpoint` come from, so that renewed ones are seen.
    package var files = EndpointFiles()
    /// Told why new content of a file is not taken, once for each content.
    package var onRefusal: @Sendable (_ file: String, _ why: String) -> Void = { _, _ in }
    package var credential: Credential
    /// For messages: `context prod of /home/me/.kube/config`, or `in-cluster`.
    package var origin: String
    private let placedNamespace: Result<String, ConfigurationError>

    package enum Credential: Sendable {
        case none
        case token(String)
        /// Read again when older than a minute and after a refusal: projected tokens are renewed in place. `fallback`
        /// is used until the file could be read for the first time.
        case tokenFile(String, fallback: String? = nil)
        case basic(username: String, password: String)
        case plugin(ExecPlugin)
    }

    package init(
        endpoint: CurlEndpoint, credential: Credential, namespace: Result<String, ConfigurationError>, origin: String
    ) {
        self.endpoint = endpoint
        self.credential = credential
        placedNamespace = namespace
        self.origin = origin
    }

    package init(endpoint: CurlEndpoint, credential: Credential, namespace: String, origin: String) {
        self.init(endpoint: endpoint, credential: credential, namespace: .success(namespace), origin: origin)
    }

    /// Namespace of the context, or of the pod we run in. Throws ``ConfigurationError`` where the pod does not say it:
    /// "default" would be somebody else's place.
    package var namespace: String { get throws(ConfigurationError) { try placedNamespace.get() } }

    /// The endpoint as files and plug-in have it from now on. To be asked for once per transport.
    package var endpointSource: EndpointSource {
        var plugin: ExecPlugin?
        if case .plugin(let configured) = credential { plugin = configured }
        return EndpointSource(endpoint, files: files, plugin: plugin, onRefusal: onRefusal)
    }
}

/// Why no configuration could be made: which file, which entry, what to do.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

// MARK: Descriptions without secrets

// Whoever prints, interpolates or dumps one of these sees where a credential comes from and never what it is.

extension ClientConfiguration: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(origin): \(endpoint), \(credential)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension ClientConfiguration.Credential: CustomStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "no credential but the certificate, if any"
        case .token: "a token"
        case .tokenFile(let path, _): "the token in \(path)"
        case .basic: "a user name and password"
        case .plugin(let plugin): "plug-in \(plugin.name)"
        }
    }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension CurlEndpoint: CustomStringConvertible, CustomReflectable {
    package var description: String { base }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
