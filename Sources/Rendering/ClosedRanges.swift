import KubeModel

/// Ranges that no policy of ours ever opens, whoever asks: link-local and metadata, carrier-grade NAT, loopback,
/// multicast, "this network". The gateway's own guard lets several of them through (trap 14).
///
/// A pod's own loopback is outside what a NetworkPolicy can do.
enum ClosedRanges {
    static let all: [CIDR] = [
        "0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "224.0.0.0/4", "::1/128",
        "fd00:ec2::254/128", "fe80::/10", "ff00::/8",
    ].compactMap(CIDR.init)

    /// Private ranges: open through named peers only, never through `scope: Internet`.
    static let privateRanges: [CIDR] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "240.0.0.0/4", "fc00::/7"]
        .compactMap(CIDR.init)

    /// NodeLocal DNSCache, for port 53 alone.
    static let nodeLocalDNS = "169.254.20.10/32"
    /// EKS Pod Identity, for the one component that asks, port 80 alone.
    static let podIdentity = "169.254.170.23/32"

    /// The block with every closed range inside it excepted; throws where nothing open would be left.
    static func guarded(_ block: NetworkPolicy.IPBlock, field: String) throws(RenderError) -> NetworkPolicy.IPBlock {
        guard let range = CIDR(block.cidr) else {
            throw RenderError(
                field,
                "\(block.cidr) is not an address range; write it as 10.0.0.0/16 with no bits set after the prefix")
        }
        if let closed = all.first(where: { $0.contains(range) }) {
            throw RenderError(
                field,
                "\(block.cidr) lies in \(closed), which is never opened (link-local, metadata, loopback, carrier-grade NAT or multicast)"
            )
        }
        var except = block.except ?? []
        let known = except.compactMap(CIDR.init)
        guard known.count == except.count else {
            throw RenderError(field, "except of \(block.cidr) holds something that is not an address range")
        }
        for closed in all where range.contains(closed) && !known.contains(where: { $0.contains(closed) }) {
            except.removeAll { CIDR($0).map(closed.contains) ?? false }
            except.append(closed.description)
        }
        return NetworkPolicy.IPBlock(cidr: block.cidr, except: except.isEmpty ? nil : except)
    }

    /// Every public address.
    static let internet: [NetworkPolicy.Peer] = ["0.0.0.0/0", "::/0"].compactMap(CIDR.init).map { whole in
        let inside = (all + privateRanges).filter(whole.contains)
        let outermost = inside.filter { range in !inside.contains { $0 != range && $0.contains(range) } }
        return NetworkPolicy.Peer(
            ipBlock: .init(cidr: whole.description, except: outermost.map(\.description).sorted()))
    }
}
