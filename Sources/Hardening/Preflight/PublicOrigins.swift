import CaracalAPI
import CaracalCatalog

/// The console trusts the origin of its public URL and the extra ones, and pins secure cookies to https.
struct PublicOrigins: PreflightRule {
    static let id = "public-origins"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        guard let publicURL = input.spec.publicURL else { return [] }
        var found: [PreflightFinding] = []
        func add(_ field: String, _ message: String, _ weight: PreflightFinding.Weight = .unsafe) {
            found.append(finding("spec.\(field)", [.web], weight, message).about(.endpointMismatch))
        }
        guard let url = WebAddress(publicURL) else {
            add("web.publicURL", "\"\(publicURL)\" is no absolute http(s) URL: https://console.example.com")
            return found
        }
        if !["", "/"].contains(url.path) {
            add("web.publicURL", "the console is served at the root of its origin: take the path \(url.path) out")
        }
        if let host = input.spec.exposure?.web?.host, url.host != host.lowercased() {
            add(
                "web.publicURL",
                "the public URL is \(publicURL), but the edge serves the console at https://\(host) (exposure.web.host): sign-in returns to the wrong place. Set one to the other",
                .advice)
        }
        for origin in input.spec.web?.extraOrigins ?? [] {
            guard let extra = WebAddress(origin), extra.path.isEmpty else {
                add("web.extraOrigins", "\"\(origin)\" is no origin: scheme, host and port, nothing behind")
                continue
            }
            if input.isPublished, extra.scheme != "https" {
                add(
                    "web.extraOrigins",
                    "\(origin): cookies for another origin are SameSite=None, which browsers take only with Secure, over https"
                )
            }
        }
        return found
    }
}
