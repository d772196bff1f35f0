import KubeModel

/// Address ranges that matter to every policy.
package enum NetworkRanges {
    /// Never opened, whoever asks: link-local and metadata, carrier-grade NAT, loopback, multicast, "this network". The
    /// gateway's own guard lets several of them through (trap 14).
    ///
    /// A pod's own loopback is outside what a NetworkPolicy can do.
    package static let closed: [CIDR] = [
        "0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "224.0.0.0/4", "::1/128",
        "fd00:ec2::254/128", "fe80::/10", "ff00::/8",
    ].compactMap(CIDR.init)

    /// Open through named peers only, never through `scope: Internet`.
    package static let privateRanges: [CIDR] = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "240.0.0.0/4", "fc00::/7",
    ]
    .compactMap(CIDR.init)

    /// NodeLocal DNSCache, for port 53 alone.
    package static let nodeLocalDNS = "169.254.20.10/32"
    /// EKS Pod Identity, for the one component that asks, port 80 alone.
    package static let podIdentity = "169.254.170.23/32"
}
