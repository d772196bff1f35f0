/// FNV-1a, 64 bits: the same on every machine and in every release. For names and change detection, never for
/// anything that must resist an adversary.
package struct StableHash: Sendable {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func combine(_ text: String) {
        var text = text
        text.withUTF8 { combine($0) }
    }

    private mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { mix(byte) }
        mix(0)
    }

    private mutating func mix(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

    /// 16 hexadecimal digits.
    package var hex: String {
        let text = String(state, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    package static func of(_ text: String) -> String {
        var hash = StableHash()
        hash.combine(text)
        return hash.hex
    }

    /// That of its text on one line.
    package static func of(_ document: JSONValue) -> String {
        var hash = StableHash()
        hash.combine(document.bytes)
        return hash.hex
    }
}
