/// Where the API server is and who we are, settled.
package struct ClientConfiguration: Sendable {
    package var endpoint: CurlEndpoint
    package var credential: Credential
    /// Namespace of the context, or of the pod we run in.
    package var namespace: String
    /// For messages: a context's name, or `in-cluster`.
    package var origin: String

    package enum Credential: Sendable {
        case none
        case token(String)
        /// Read again when older than a minute and after a refusal: projected tokens are renewed in place.
        case tokenFile(String)
        case basic(username: String, password: String)
    }

    package init(endpoint: CurlEndpoint, credential: Credential, namespace: String, origin: String) {
        self.endpoint = endpoint
        self.credential = credential
        self.namespace = namespace
        self.origin = origin
    }
}

/// Why no configuration could be made: which file, which entry, what to do.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
