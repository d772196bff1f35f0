/// An IPv4 or IPv6 range. NetworkPolicies need to know which ranges lie inside which.
package struct CIDR: Hashable, Sendable, CustomStringConvertible {
    /// Network-order address bytes, 4 or 16 of them.
    package let address: [UInt8]
    package let prefix: Int

    /// nil where the text is not `address/prefix`, or where bits below the prefix are set (the API server warns
    /// about those, and a policy that means something other than it says is no policy).
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = Int(parts[1]), parts[1].allSatisfy(\.isNumber),
            let address = Self.address(String(parts[0])), (0...address.count * 8).contains(prefix)
        else { return nil }
        for bit in prefix..<address.count * 8 where address[bit / 8] >> (7 - UInt8(bit % 8)) & 1 == 1 { return nil }
        self.address = address
        self.prefix = prefix
    }

    package var isIPv4: Bool { address.count == 4 }

    /// True where every address of `other` is in this range.
    package func contains(_ other: CIDR) -> Bool {
        guard address.count == other.address.count, prefix <= other.prefix else { return false }
        return (0..<prefix).allSatisfy { bit in
            let shift = 7 - UInt8(bit % 8)
            return address[bit / 8] >> shift & 1 == other.address[bit / 8] >> shift & 1
        }
    }

    package var description: String {
        if isIPv4 { return address.map(String.init).joined(separator: ".") + "/\(prefix)" }
        return Self.text(ofIPv6: address) + "/\(prefix)"
    }

    /// The bytes of an IP address in text form; nil where it is none.
    package static func address(_ text: String) -> [UInt8]? {
        text.contains(":") ? ipv6(text) : ipv4(text)
    }

    private static func ipv4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { part -> UInt8? in
            guard part.allSatisfy({ $0.isASCII && $0.isNumber }), part == "0" || part.first != "0" else { return nil }
            return UInt8(part)
        }
        return bytes.count == 4 ? bytes : nil
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        guard let head = groups(halves[0], mayEndInIPv4: halves.count == 1),
            let tail = groups(halves.count == 2 ? halves[1] : "", mayEndInIPv4: true)
        else { return nil }
        let missing = 16 - head.count - tail.count
        guard halves.count == 2 ? missing >= 2 : missing == 0 else { return nil }
        return head + Array(repeating: 0, count: missing) + tail
    }

    private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, group) in groups.enumerated() {
            if mayEndInIPv4, index == groups.count - 1, group.contains(".") {
                guard let tail = ipv4(String(group)) else { return nil }
                bytes += tail
            } else {
                guard (1...4).contains(group.utf8.count), group.allSatisfy({ $0.isASCII && $0.isHexDigit }),
                    let value = UInt16(group, radix: 16)
                else { return nil }
                bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
            }
        }
        return bytes
    }

    /// RFC 5952: the longest run of zero groups is written `::`.
    private static func text(ofIPv6 bytes: [UInt8]) -> String {
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > best.count, end - start > 1 { best = start..<end }
            start = Swift.max(end, start + 1)
        }
        let hex = groups.map { String($0, radix: 16) }
        if best.isEmpty { return hex.joined(separator: ":") }
        return hex[..<best.lowerBound].joined(separator: ":") + "::" + hex[best.upperBound...].joined(separator: ":")
    }
}
