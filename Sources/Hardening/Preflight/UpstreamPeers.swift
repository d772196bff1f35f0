import CaracalAPI
import CaracalCatalog
import KubeModel

/// The allowlist says which hosts the gateway may call, the policy which addresses it can reach: one without the other
/// is a call that hangs. Second row of the page's troubleshooting table.
struct UpstreamPeers: PreflightRule {
    static let id = "upstream-peers"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        let upstreams = input.spec.gateway?.upstreams
        let hosts = upstreams?.allowedHosts ?? []
        let peers = upstreams?.peers ?? []
        var found: [PreflightFinding] = []
        func add(_ weight: PreflightFinding.Weight, _ field: String, _ message: String) {
            found.append(finding("spec.gateway.upstreams.\(field)", [.gateway], weight, message))
        }
        if !hosts.isEmpty, peers.isEmpty {
            add(
                .advice, "peers",
                "\(hosts.joined(separator: ", ")) may be called, but no peer lets the gateway reach anything: name the addresses, or {scope: Internet, ports: [{port: 443}]}"
            )
        }
        if hosts.isEmpty, !peers.isEmpty {
            add(
                .advice, "allowedHosts", "every host may be called: name those that should be (UPSTREAM_HOST_ALLOWLIST)"
            )
        }
        for host in hosts {
            if host != host.lowercased() || host.contains("/") || host.contains("*") || host.hasSuffix(".")
                || (host.contains(":") && !host.contains("::"))
            {
                add(
                    .unsafe, "allowedHosts",
                    "\"\(host)\" matches nothing: entries are lower-case host names, without scheme, port, wildcard or trailing dot"
                )
            } else if !peers.isEmpty, let name = Self.namespace(host),
                !peers.contains(where: { $0.covers(namespace: name) })
            {
                add(
                    .advice, "peers",
                    "\(host) is a Service in namespace \(name), and no peer names pods there: add {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \(name)}}, ports: [{port: <pod port>}]}"
                )
            } else if !peers.isEmpty, Self.namespace(host) == nil, host.contains("."),
                !peers.contains(where: \.reachesAddresses)
            {
                add(
                    .advice, "peers",
                    "\(host) lies outside the cluster, and no peer names addresses: add its ipBlock, or {scope: Internet, ports: [{port: 443}]}"
                )
            }
        }
        return found
    }

    /// The namespace in a Service's name, `name.namespace.svc[.cluster.local]`.
    private static func namespace(_ host: String) -> String? {
        let labels = host.split(separator: ".")
        guard let svc = labels.firstIndex(of: "svc"), svc >= 2 else { return nil }
        return String(labels[svc - 1])
    }
}

extension Peer {
    fileprivate var reachesAddresses: Bool { scope == .internet || ipBlock != nil }

    /// True where the peer may select pods of the namespace; what labels a namespace has beyond its name is not known.
    fileprivate func covers(namespace: String) -> Bool {
        if ipBlock != nil { return true }
        guard let selector = namespaceSelector else { return false }
        let name = selector.matchLabels?["kubernetes.io/metadata.name"]
        return name == nil || name == namespace
    }
}
