import KubeModel

/// Why the API server did not do what was asked. Its own `Status` is kept whole.
package struct KubeError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case notFound
        /// The type itself is unknown: the CRD is not there (or no longer).
        case unknownType
        /// The namespace is not there, whatever the object.
        case namespaceMissing
        /// The namespace is going: nothing can be created in it any more.
        case namespaceTerminating
        case alreadyExists
        /// A resourceVersion or uid that is no longer so: look again.
        case conflict
        /// An apply without force wants fields that others own. `managers` names them.
        case ownershipConflict
        /// The server has not got as far as the resourceVersion asked for: ask for the latest instead.
        case versionTooLarge
        /// The resourceVersion is too old: list again.
        case expired
        case unauthorized
        case forbidden
        /// Refused for what it is; trying again changes nothing.
        case invalid
        case tooManyRequests
        case unavailable
        case transport(TransportError.Kind)
        case invalidRequest
        /// An answer that is not what the API promises.
        case malformedResponse
        case other
    }

    package var code: Code
    package var message: String
    package var httpStatus: Int
    /// `reason` of the `Status`: `Invalid`.
    package var reason: String
    package var status: JSONValue?
    package var retryAfter: Duration?

    package init(
        _ code: Code, message: String, httpStatus: Int = 0, reason: String = "", status: JSONValue? = nil,
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.reason = reason
        self.status = status
        self.retryAfter = retryAfter
    }

    package init(_ error: TransportError) { self.init(.transport(error.kind), message: error.message) }

    package var description: String { message }

    /// Managers that own what an apply without force wanted: `conflict with "kubectl-edit" using apps/v1`.
    package var managers: [String] {
        let causes = status?.at("details", "causes")?.array ?? []
        let names = causes.filter { $0["reason"] == "FieldManagerConflict" }.compactMap { cause -> String? in
            let parts = (cause["message"]?.string ?? "").split(separator: "\"", maxSplits: 2)
            return parts.count > 1 ? String(parts[1]) : nil
        }
        return Array(Set(names)).sorted()
    }

    /// From a response that is no success. Proxies and old servers answer with things that are no `Status`.
    package init(response: HTTPResponse) {
        let status = try? JSONValue(parsing: response.body)
        let isStatus = status?["kind"]?.string == "Status"
        let retryAfter = response.headers["retry-after"].flatMap { Self.pause(Int64($0)) }
        if isStatus, let status {
            self.init(status: status, httpStatus: response.status, retryAfter: retryAfter)
        } else {
            let text =
                String(decoding: response.body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first
                ?? ""
            self.init(
                Self.code(response.status, reason: "", message: String(text), details: nil),
                message: "HTTP \(response.status)" + (text.isEmpty ? "" : ": \(text)"), httpStatus: response.status,
                retryAfter: retryAfter)
        }
    }

    /// From a `Status` body, wherever it came (a watch delivers them inside a 200).
    package init(status: JSONValue, httpStatus: Int, retryAfter: Duration? = nil) {
        let reason = status["reason"]?.string ?? ""
        let message = status["message"]?.string ?? "HTTP \(httpStatus)"
        let seconds = Self.pause(status.at("details", "retryAfterSeconds")?.integer)
        self.init(
            Self.code(httpStatus, reason: reason, message: message, details: status["details"]), message: message,
            httpStatus: httpStatus, reason: reason, status: status, retryAfter: retryAfter ?? seconds)
    }

    /// Whole seconds as the API gives them, at most a minute: a server's slip must not stop us for years. Whoever waits
    /// spreads the wait itself, so that not everybody is back at once.
    private static func pause(_ seconds: Int64?) -> Duration? {
        guard let seconds, seconds > 0 else { return nil }
        return .seconds(min(seconds, 60))
    }

    private static func hasCause(_ reason: String, _ details: JSONValue?) -> Bool {
        details?["causes"]?.array?.contains { $0["reason"]?.string == reason } ?? false
    }

    private static func code(_ http: Int, reason: String, message: String, details: JSONValue?) -> Code {
        switch http {
        case 404:
            guard details?["name"]?.string != nil else { return .unknownType }
            return details?["kind"] == "namespaces" ? .namespaceMissing : .notFound
        case 409:
            if reason == "AlreadyExists" { return .alreadyExists }
            return hasCause("FieldManagerConflict", details) ? .ownershipConflict : .conflict
        case 410: return .expired
        case 401: return .unauthorized
        case 403: return hasCause("NamespaceTerminating", details) ? .namespaceTerminating : .forbidden
        case 429: return .tooManyRequests
        case 400, 405, 406, 413, 415, 422: return .invalid
        // A field the server's schema does not know comes as 500 without a reason, for ever.
        case 500 where reason.isEmpty && message.contains("failed to create typed patch object"): return .invalid
        case 500 where message.contains("etcdserver: request is too large"): return .invalid
        // The message alone where a server gives no cause.
        case 504 where hasCause("ResourceVersionTooLarge", details) || message.contains("Too large resource version"):
            return .versionTooLarge
        case 500...599: return .unavailable
        default: return .other
        }
    }
}
