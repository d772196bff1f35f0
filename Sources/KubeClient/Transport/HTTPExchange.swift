/// One request, complete.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Path and query, percent-encoded, beginning with `/`.
    package var target: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?
    /// Upper bound for the whole exchange, body included.
    package var timeout: Duration
    /// Largest response body that is accepted, in bytes.
    package var responseLimit: Int
    /// How long a stream may say nothing before it is given up; nil for as long as `timeout`.
    package var silenceLimit: Duration?
    /// Asked on the connected connection, right before the first byte is sent; false withholds the request.
    package var mayBegin: (@Sendable () -> Bool)?

    package init(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
        timeout: Duration = .seconds(30), responseLimit: Int = 64 * 1024 * 1024, silenceLimit: Duration? = nil,
        mayBegin: (@Sendable () -> Bool)? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.responseLimit = responseLimit
        self.silenceLimit = silenceLimit
        self.mayBegin = mayBegin
    }
}

package struct HTTPResponse: Sendable {
    package var status: Int
    /// Names in lower case; values of a header that came several times are joined by a comma (RFC 9110 §5.3).
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A response whose body arrives bit by bit. The body throws a ``TransportError`` where it ends before its time.
package struct HTTPStream: Sendable {
    package var status: Int
    package var headers: [String: String]
    package var body: AsyncThrowingStream<[UInt8], any Error>

    package init(status: Int, headers: [String: String] = [:], body: AsyncThrowingStream<[UInt8], any Error>) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Moves one HTTP exchange. Knows nothing of Kubernetes.
///
/// Both methods throw ``TransportError`` when no complete answer came, whatever its status; an answer of any status
/// is a result. Cancelling the task ends the exchange and throws `CancellationError`.
package protocol Transport: Sendable {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
    func stream(_ request: HTTPRequest) async throws -> HTTPStream
}

/// Why an exchange gave no answer.
package struct TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// Nothing was sent: the name does not resolve.
        case unresolved
        /// Nothing was sent: nobody listens, or no route leads there.
        case unreachable
        /// Nothing was sent: the proxy on the way did not connect us.
        case proxy
        /// The peer is not who it should be, or does not accept us.
        case tls
        /// No complete answer in time; what was sent may have been carried out.
        case timeout
        /// A stream that should have said something by now did not: the server is frozen, or gone without a word.
        case silent
        /// The connection ended before an answer began; what was sent may have been carried out.
        case interrupted
        /// The connection ended within the answer.
        case truncated
        /// Nothing was sent: the request's own condition no longer held.
        case withheld
        /// The answer is larger than was allowed.
        case tooLarge
        /// The request could not be made at all.
        case invalid
    }
    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
    package var description: String { message }
}
