import CaracalCatalog
import KubeModel

/// Keeps closed ranges out of what the spec opens.
enum ClosedRanges {
    private static let all = NetworkRanges.closed

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
        let inside = (all + NetworkRanges.privateRanges).filter(whole.contains)
        let outermost = inside.filter { range in !inside.contains { $0 != range && $0.contains(range) } }
        return NetworkPolicy.Peer(
            ipBlock: .init(cidr: whole.description, except: outermost.map(\.description).sorted()))
    }
}
