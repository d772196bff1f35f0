import CaracalCatalog
import KubeModel

/// Ranges that no policy of ours opens. The renderer excepts them; here live policies are held to it.
package struct NoClosedRangeOpened: HardeningRule {
    package static let id = "no-closed-range-opened"
    package static let demand =
        "No egress rule reaches link-local and metadata addresses, carrier-grade NAT, multicast or this-network, but for DNS and Pod Identity."
    package static let source = "harden-production: gateway upstream safety; caracal-runtime.md trap 14"

    /// NodeLocal DNSCache and EKS Pod Identity, each for its port.
    private static let exceptions: [String: Int64] = [
        NetworkRanges.nodeLocalDNS: 53, NetworkRanges.podIdentity: 80,
    ]

    package func check(_ object: JSONValue) -> [Finding] {
        guard object.kind == "NetworkPolicy" else { return [] }
        return (object.at("spec", "egress")?.array ?? []).enumerated().flatMap { index, rule -> [Finding] in
            let ports = (rule["ports"]?.array ?? []).map { $0["port"]?.integer }
            return (rule["to"]?.array ?? []).compactMap { peer -> Finding? in
                guard let block = peer["ipBlock"], let text = block["cidr"]?.string, let range = CIDR(text) else {
                    return nil
                }
                if let port = Self.exceptions[text], !ports.isEmpty, ports.allSatisfy({ $0 == port }) { return nil }
                let except = (block["except"]?.array ?? []).compactMap { $0.string.flatMap(CIDR.init) }
                guard
                    let open = NetworkRanges.closed.first(where: { closed in
                        (range.contains(closed) || closed.contains(range)) && !except.contains { $0.contains(closed) }
                    })
                else { return nil }
                return finding(object, "egress rule \(index) opens \(open) through \(text): except it")
            }
        }
    }
}
