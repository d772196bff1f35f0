import KubeModel

/// Why the API server did not do what was asked. Its own `Status` is kept whole.
package struct KubeError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        case notFound
        /// The type itself is unknown: the CRD is not there (or no longer).
        case unknownType
        case alreadyExists
        /// A resourceVersion, uid or field-manager conflict: look again.
        case conflict
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

    /// True where the same request may succeed later without anybody changing anything.
    package var isTransient: Bool {
        switch code {
        case .transport(let kind): kind != .invalid && kind != .tooLarge
        case .tooManyRequests, .unavailable, .conflict, .expired: true
        default: false
        }
    }

    /// From a response that is no success. Proxies and old servers answer with things that are no `Status`.
    package init(response: HTTPResponse) {
        let status = try? JSONValue(parsing: response.body)
        let isStatus = status?["kind"]?.string == "Status"
        let retryAfter = response.headers["retry-after"].flatMap { Int($0) }.map { Duration.seconds(min($0, 60)) }
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
        let seconds = status.at("details", "retryAfterSeconds")?.integer.map { Duration.seconds(min($0, 60)) }
        self.init(
            Self.code(httpStatus, reason: reason, message: message, details: status["details"]), message: message,
            httpStatus: httpStatus, reason: reason, status: status, retryAfter: retryAfter ?? seconds)
    }

    private static func code(_ http: Int, reason: String, message: String, details: JSONValue?) -> Code {
        switch http {
        case 404: return details?["name"]?.string == nil ? .unknownType : .notFound
        case 409: return reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: return .expired
        case 401: return .unauthorized
        case 403: return .forbidden
        case 429: return .tooManyRequests
        case 400, 405, 406, 413, 415, 422: return .invalid
        // A field the server's schema does not know comes as 500 without a reason, for ever.
        case 500 where reason.isEmpty && message.contains("failed to create typed patch object"): return .invalid
        case 500...599: return .unavailable
        default: return .other
        }
    }
}
