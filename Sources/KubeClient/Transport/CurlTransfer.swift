import CCurl

/// One exchange on the loop. Everything mutable is touched by the loop's thread alone.
final class CurlTransfer: @unchecked Sendable {
    // Sendable: created by a caller, then handed to the loop, whose single thread owns it from then on.
    enum Sink {
        case buffered(@Sendable (Result<HTTPResponse, any Error>) -> Void)
        case streamed(ByteQueue, @Sendable (Result<(status: Int, headers: [String: String]), any Error>) -> Void)
    }

    let id: UInt64
    let request: HTTPRequest
    let endpoint: CurlEndpoint
    let sink: Sink
    private(set) var status = 0
    private var isPaused = false
    private var headers: [String: String] = [:]
    private var body: [UInt8] = []
    private var didReportHead = false
    /// False while a head has begun and its empty line has not come. libcurl takes a head that ends with the connection
    /// for a whole one.
    private var isHeadComplete = false
    private var isTooLarge = false
    private var isSilent = false
    private var isWithheld = false
    private var lastActivity = ContinuousClock.now
    var handle: UnsafeMutableRawPointer?
    var headerList: UnsafeMutablePointer<curl_slist>?
    var connectToList: UnsafeMutablePointer<curl_slist>?
    /// libcurl writes its own words about a failure here.
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(id: UInt64, request: HTTPRequest, endpoint: CurlEndpoint, sink: Sink) {
        self.id = id
        self.request = request
        self.endpoint = endpoint
        self.sink = sink
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit { errorText.deallocate() }

    /// When the stream must have said something; nil where it may be silent, or is held back by its reader.
    var silenceDeadline: ContinuousClock.Instant? {
        isPaused ? nil : request.silenceLimit.map { lastActivity + $0 }
    }

    func wasResumed() {
        isPaused = false
        lastActivity = .now
    }
    func wasSilent() { isSilent = true }

    /// Asked by libcurl when the connection is there and nothing has been sent.
    func mayBegin() -> Bool {
        isWithheld = request.mayBegin?() == false
        return !isWithheld
    }

    /// A status line begins a new head: interim answers and proxies send several.
    func receiveHeader(_ line: String) {
        lastActivity = .now
        if line.hasPrefix("HTTP/") {
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = [:]
            isHeadComplete = false
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let name = line[..<colon].lowercased()
            headers[name] = headers[name].map { "\($0), \(value)" } ?? String(value)
        } else if line.isEmpty {
            isHeadComplete = true
            if status >= 200 { reportHead() }
        }
    }

    private func reportHead() {
        guard case .streamed(_, let onHead) = sink, !didReportHead else { return }
        didReportHead = true
        onHead(.success((status, headers)))
    }

    /// How many bytes were taken; `CURL_WRITEFUNC_PAUSE` to be offered them again later.
    func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        lastActivity = .now
        switch sink {
        case .buffered:
            guard body.count + bytes.count <= request.responseLimit else {
                isTooLarge = true
                return 0
            }
            body.append(contentsOf: bytes)
            return bytes.count
        case .streamed(let queue, _):
            reportHead()
            isPaused = !queue.push(Array(bytes))
            return isPaused ? Int(CURL_WRITEFUNC_PAUSE) : bytes.count
        }
    }

    /// `proxyStatus` is what a proxy answered to CONNECT, 0 where there is none.
    func complete(_ code: CURLcode, proxyStatus: Int = 0) {
        var failure: TransportError?
        if isTooLarge {
            failure = TransportError(.tooLarge, "the answer is larger than \(request.responseLimit) bytes")
        } else if isSilent {
            failure = TransportError(
                .silent, "\(endpoint.host): nothing was heard for \(request.silenceLimit ?? .zero)")
        } else if isWithheld {
            failure = TransportError(.withheld, "not sent: what it depended on no longer holds")
        } else if code == CURLE_OK, !isHeadComplete || status < 200 {
            failure = TransportError(.interrupted, "\(endpoint.host): the connection ended within the answer's head")
        } else if code != CURLE_OK {
            failure = CurlFailure.error(
                code, detail: String(cString: errorText), host: endpoint.host, hasHead: status > 0,
                proxyStatus: proxyStatus)
        }
        switch sink {
        case .buffered(let done):
            if let failure { return done(.failure(failure)) }
            done(.success(HTTPResponse(status: status, headers: headers, body: body)))
        case .streamed(let queue, let onHead):
            if !didReportHead {
                didReportHead = true
                if let failure { onHead(.failure(failure)) } else { onHead(.success((status, headers))) }
            }
            queue.finish(failure.map { .failure($0) } ?? .success(()))
        }
    }

    func abandon() {
        switch sink {
        case .buffered(let done): done(.failure(CancellationError()))
        case .streamed(let queue, let onHead):
            if !didReportHead {
                didReportHead = true
                onHead(.failure(CancellationError()))
            }
            queue.finish(.failure(TransportError(.interrupted, "cancelled")))
        }
    }
}

enum CurlFailure {
    /// libcurl's code as one of the kinds callers act on.
    static func error(_ code: CURLcode, detail: String, host: String, hasHead: Bool, proxyStatus: Int) -> TransportError
    {
        if proxyStatus != 0, !(200..<300).contains(proxyStatus) {
            return TransportError(.proxy, "\(host): the proxy refused to connect us (HTTP \(proxyStatus))")
        }
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let kind: TransportError.Kind =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: .unresolved
            case CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxy
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                CURLE_SSL_CERTPROBLEM,
                CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
                .tls
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT: .invalid
            default: hasHead ? .truncated : .interrupted
            }
        let hint =
            code == CURLE_PEER_FAILED_VERIFICATION
            ? " (its certificate is not signed by the configured certificate authority, or is for another name)" : ""
        return TransportError(kind, "\(host): \(reason)\(hint)")
    }
}
