import CaracalAPI
import CaracalCatalog

/// The issuer goes into every token; clients compare it with where they fetch keys, byte for byte. This is the fourth row
/// of the page's troubleshooting table.
struct IssuerURLRule: PreflightRule {
    static let id = "issuer-url"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        let issuer = input.issuerURL
        guard let url = WebAddress(issuer) else {
            return [
                finding(
                    "spec.sts.issuerURL", [.sts, .coordinator], .refusesToStart,
                    "\"\(issuer)\" is no absolute http(s) URL without login, query or fragment")
            ]
        }
        guard let host = input.spec.exposure?.sts?.host else { return [] }
        var found: [PreflightFinding] = []
        if url.host != host.lowercased() {
            found.append(
                finding(
                    "spec.sts.issuerURL", [.sts], .advice,
                    "the issuer is \(issuer), but clients reach STS at https://\(host) (exposure.sts.host): tokens fail validation. Set one to the other"
                ).about(.endpointMismatch))
        }
        if url.host == host.lowercased(), issuer.hasSuffix("/") {
            found.append(
                finding(
                    "spec.sts.issuerURL", [.sts], .advice,
                    "\(issuer) ends in a slash: clients that fetch keys from https://\(host)/.well-known/jwks.json compare the issuer byte for byte. Write it without"
                ).about(.endpointMismatch))
        }
        return found
    }
}

/// An absolute http or https URL, taken apart. nil for anything with a login, query or fragment.
package struct WebAddress: Sendable, Equatable {
    package var scheme: String
    package var host: String
    package var port: Int32?
    package var path: String

    package init?(_ text: String) {
        guard let scheme = ["http", "https"].first(where: { text.lowercased().hasPrefix("\($0)://") }),
            !text.contains("?"), !text.contains("#"), !text.contains("@"), !text.contains(where: \.isWhitespace)
        else { return nil }
        self.scheme = scheme
        let rest = text.dropFirst(scheme.utf8.count + 3)
        let authority = rest.prefix { $0 != "/" }
        path = String(rest.dropFirst(authority.count))
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end].lowercased()
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
            if !tail.isEmpty { guard let number = Self.port(tail.dropFirst()) else { return nil }; port = number }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon].lowercased()
            guard let number = Self.port(authority[authority.index(after: colon)...]) else { return nil }
            port = number
        } else {
            host = authority.lowercased()
        }
        guard !host.isEmpty else { return nil }
    }

    /// Scheme, host and port, as browsers compare origins.
    package var origin: String {
        let isDefault = port == nil || port == (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(host)\(isDefault ? "" : ":\(port ?? 0)")"
    }

    private static func port(_ text: Substring) -> Int32? {
        Int32(text).flatMap { (1...65535).contains($0) ? $0 : nil }
    }
}
