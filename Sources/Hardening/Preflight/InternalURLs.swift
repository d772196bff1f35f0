import CaracalCatalog

/// Looks at what would be rendered: traps 7 and 8 are crash loops when they slip through.
struct InternalURLs: PreflightRule {
    static let id = "internal-urls"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        guard input.isPublished else { return [] }
        var found: [PreflightFinding] = []
        if let sts = input.environment[.gateway]?["STS_URL"] {
            let url = WebAddress(sts)
            if url == nil || (url?.scheme == "http" && url?.host.contains(".") == true) {
                found.append(
                    finding(
                        "STS_URL", [.gateway], .refusesToStart,
                        "the gateway takes http only to a host of one label (trap 8)"))
            }
        }
        let api = input.environment[.api] ?? [:]
        if api["CARACAL_CONTROL_ENABLED"] == "true", input.release.generation != .a,
            api["CARACAL_ALLOW_INSECURE_CONFIG_URLS"] != "true", api["STS_URL"]?.hasPrefix("http://") == true
        {
            found.append(
                finding(
                    "CARACAL_ALLOW_INSECURE_CONFIG_URLS", [.api], .refusesToStart,
                    "with Control on the API refuses http:// addresses inside the cluster (trap 7)"))
        }
        return found
    }
}
