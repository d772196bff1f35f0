/// Changes bytes as accidents do: bits flip, parts vanish, are doubled, swapped or mixed with another input's.
package enum Mutation {
    package static func apply(_ input: [UInt8], _ random: inout SplitMix64, tokens: [String], others: [[UInt8]] = [])
        -> [UInt8]
    {
        var bytes = input
        for _ in 0...random.count(upTo: 4) {
            let at = random.below(bytes.count + 1)
            let end = min(bytes.count, at + random.count(upTo: 16))
            switch random.below(8) {
            case 0 where at < bytes.count: bytes[at] ^= 1 << UInt8(random.below(8))
            case 1 where at < bytes.count: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 4: bytes.insert(contentsOf: Array(random.pick(tokens).utf8), at: at)
            case 5:
                let part = Array(bytes[at..<end])
                for _ in 0..<random.count(upTo: 40) { bytes.insert(contentsOf: part, at: at) }
            case 6 where random.once(in: 3): bytes.removeSubrange(at...)
            case 7 where !others.isEmpty:
                let other = random.pick(others)
                bytes = Array(bytes[..<at]) + other[random.below(other.count + 1)...]
            default: bytes.insert(contentsOf: Array(random.pick(tokens).utf8), at: at)
            }
        }
        return bytes
    }

    package static let jsonTokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "-", "0", "1e999", "\u{0}",
        "\u{FEFF}",
        "e", ".", " ", "\n", "NaN", "\"k\":", "[[[[[[[[", "é", "\u{2028}",
    ]
}
