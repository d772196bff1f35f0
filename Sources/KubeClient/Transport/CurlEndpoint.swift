import CCurl
import Glibc

/// Where a server is and how TLS is done with it; immutable, one value per version of the credentials.
package struct CurlEndpoint: Sendable {
    /// `https://10.0.0.1:6443`, without a trailing slash; may carry a path prefix.
    package var base: String
    package var host: String
    package var certificateAuthority: [UInt8]?
    package var clientCertificate: [UInt8]?
    package var clientKey: [UInt8]?
    /// Verify this name instead of the URL's host.
    package var tlsServerName: String?
    package var skipsVerification = false
    package var proxy: String?
    /// Another number whenever authority, certificate or key are others: a connection proves what held when it was made.
    package var identity: UInt64 = 0

    package init(base: String, host: String) {
        self.base = base
        self.host = host
    }

    /// Loopback is never reached through a proxy of the environment.
    private var isLoopback: Bool { host.hasPrefix("127.") || host.hasPrefix("localhost") || host.hasPrefix("[::1]") }

    /// Sets everything but the request itself. The first option that libcurl refuses is returned.
    func configure(_ handle: UnsafeMutableRawPointer) -> (code: CURLcode, connectTo: UnsafeMutablePointer<curl_slist>?)
    {
        var code = CURLE_OK
        func set(_ result: CURLcode) { if code == CURLE_OK { code = result } }
        set(ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1))
        set(ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
        set(ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        // A proxy's own head must not be taken for the answer.
        set(ccurl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1))
        set(ccurl_set_socket_callback(handle) { _, socket, _ in DeadPeer.watch(socket) })
        set(ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, 10_000))
        set(ccurl_set_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2))
        if let proxy {
            set(ccurl_set_string(handle, CURLOPT_PROXY, proxy))
        } else if isLoopback {
            set(ccurl_set_string(handle, CURLOPT_PROXY, ""))
        }
        if skipsVerification {
            set(ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0))
            set(ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0))
        } else if let certificateAuthority {
            // The blob does not switch the system's directory off: without this any public CA would be accepted.
            set(ccurl_set_string(handle, CURLOPT_CAPATH, nil))
            set(ccurl_set_string(handle, CURLOPT_CAINFO, nil))
            set(ccurl_set_blob(handle, CURLOPT_CAINFO_BLOB, certificateAuthority, certificateAuthority.count))
        }
        if let clientCertificate, let clientKey {
            set(ccurl_set_blob(handle, CURLOPT_SSLCERT_BLOB, clientCertificate, clientCertificate.count))
            set(ccurl_set_blob(handle, CURLOPT_SSLKEY_BLOB, clientKey, clientKey.count))
        }
        guard let tlsServerName else { return (code, nil) }
        // Ask for the other name, connect to the real address.
        let list = curl_slist_append(nil, "\(tlsServerName)::\(host)")
        set(ccurl_set_list(handle, CURLOPT_CONNECT_TO, list))
        return (code, list)
    }

    /// The URL of a target, with the name that TLS must prove.
    func url(_ target: String) -> String {
        guard let tlsServerName, let scheme = base.range(of: "://") else { return base + target }
        let path = base[scheme.upperBound...].drop { $0 != "/" }
        return base[..<scheme.upperBound] + tlsServerName + ":\(port)" + path + target
    }

    private var port: String {
        let authority = host.hasPrefix("[") ? host.drop { $0 != "]" } : host[...]
        guard let colon = authority.lastIndex(of: ":") else { return base.hasPrefix("https") ? "443" : "80" }
        return String(authority[authority.index(after: colon)...])
    }
}

/// How a peer that vanished without a word (a host that died, packets that are dropped) is noticed: idle connections
/// are probed, and what was sent must be acknowledged. Without this a watch would stay silent for as long as the
/// kernel retries, a quarter of an hour and more.
enum DeadPeer {
    /// Idle seconds before the first probe, seconds between probes, probes without an answer: 15 + 3 × 10 = 45 s.
    static let (idle, interval, probes): (Int32, Int32, Int32) = (15, 10, 3)
    /// Milliseconds that sent bytes may stay unacknowledged.
    static let unacknowledged: Int32 = 30_000

    static func watch(_ socket: Int32) -> Int32 {
        func set(_ level: Int32, _ option: Int32, _ value: Int32) {
            var value = value
            // A socket that cannot do it (a test's, a proxy's) is used all the same.
            _ = setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        let tcp = Int32(IPPROTO_TCP)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(tcp, TCP_KEEPIDLE, idle)
        set(tcp, TCP_KEEPINTVL, interval)
        set(tcp, TCP_KEEPCNT, probes)
        set(tcp, TCP_USER_TIMEOUT, unacknowledged)
        return CURL_SOCKOPT_OK
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
