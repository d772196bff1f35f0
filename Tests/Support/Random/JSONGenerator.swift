import KubeModel

/// Values and texts of JSON, weighted towards what has gone wrong somewhere.
package enum JSONGenerator {
    /// Scalars that some reader takes for something else: controls, line breaks of YAML, marks that join the character
    /// before them, ends of ranges.
    package static let trickyScalars: [Unicode.Scalar] = [
        0x00, 0x01, 0x07, 0x09, 0x0A, 0x0D, 0x1F, 0x20, 0x22, 0x23, 0x25, 0x26, 0x27, 0x2A, 0x2C, 0x2D, 0x2F, 0x3A,
        0x5B,
        0x5C, 0x5D, 0x60, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F, 0x80, 0x85, 0x9F, 0xA0, 0xE9, 0x301, 0x7FF, 0x800, 0x200B,
        0x200D, 0x2028, 0x2029, 0x212A, 0x3000, 0xD7FF, 0xE000, 0xFDD0, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000,
        0x1F600, 0x1FFFE, 0x10FFFF,
    ].compactMap { Unicode.Scalar($0) }

    package static let trickyTexts = [
        "", "null", "true", "yes", "no", "~", "0", "-0", "1e3", "0x1F", "0o7", "010", "1_000", ".5", "-", "--", "---",
        "...",
        "<<", "=", " a", "a ", "a: b", "a #b", "\n", "a\nb", "a\n", "a\n\n", "\n a", " \u{301}x\ny", "\r\n", "a\r\nb",
        "e\u{301}",
        "é", "%", "@", "!tag", "&anchor", "*alias", "key:", "? x", "- x", "2026-01-31", "1:30", ".inf", ".nan", "a\tb",
        "\t",
        "a \u{2028} b", "\u{85}", "\u{FEFF}", "'", "\"", "\\", "//", "</script>",
    ]

    package static func text(_ random: inout SplitMix64) -> String {
        switch random.below(5) {
        case 0: return random.pick(trickyTexts)
        case 1: return random.pick(trickyTexts) + random.pick(trickyTexts)
        default:
            var text = ""
            for _ in 0..<random.count(upTo: 12) {
                text.unicodeScalars.append(
                    random.once(in: 2)
                        ? random.pick(trickyScalars)
                        : Unicode.Scalar(UInt32.random(in: 0x20...0x10FFFF, using: &random)) ?? "x")
            }
            return text
        }
    }

    package static let wholes: [Int64] = [
        0, 1, -1, 9, 10, 255, 2_147_483_647, 2_147_483_648, -2_147_483_649, 9_007_199_254_740_991,
        9_007_199_254_740_992,
        9_007_199_254_740_993, .max, .min, .max - 1, .min + 1,
    ]
    /// Only such as are no whole number below 2^53: those are written as whole numbers, as Go does.
    package static let fractions: [Double] = [
        0.1, -0.5, 1.5, 1e-7, 1e16, 1.8446744073709552e19, 1e300, -1e-300, .leastNonzeroMagnitude,
        .greatestFiniteMagnitude,
        .pi,
    ]

    package static func value(_ random: inout SplitMix64, depth: Int = 4) -> JSONValue {
        switch random.below(depth > 0 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(random.once(in: 2))
        case 2:
            return .integer(random.once(in: 2) ? random.pick(wholes) : Int64.random(in: .min ... .max, using: &random))
        case 3: return .number(random.pick(fractions))
        case 4, 5: return .string(text(&random))
        case 6: return .array((0..<random.count(upTo: 6)).map { _ in value(&random, depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<random.count(upTo: random.once(in: 20) ? 60 : 6) {
                object[text(&random)] = value(&random, depth: depth - 1)
            }
            return .object(object)
        }
    }

    private static let numerals = [
        "0", "-0", "1", "-1", "1.0", "1e5", "1E-5", "1e+2", "0.1", "-0.0", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "1e308", "1e309", "-1e999", "1e-400",
        "5e-324", "123456789012345678901234567890", "0.30000000000000004", "2.2250738585072011e-308", "01", "1.", ".5",
        "+1", "1e", "--1", "0x1", "1_0", "NaN", "Infinity", "-Infinity", "- 1", "1e5.5", "00",
    ]

    /// JSON text by the grammar, with the liberties the grammar gives, and now and then one it does not.
    package static func document(_ random: inout SplitMix64, depth: Int = 5) -> [UInt8] {
        var out: [UInt8] = []
        func blank() -> [UInt8] { random.once(in: 6) ? Array(random.pick([" ", "\n", "\r\n", "\t", "  "]).utf8) : [] }
        func write(_ depth: Int) {
            out += blank()
            switch random.below(depth > 0 ? 10 : 6) {
            case 0: out += random.pick(["null", "true", "false", "nul", "True"]).utf8
            case 1, 2: out += random.pick(numerals).utf8
            case 3, 4, 5: out += literal(&random)
            case 6, 7:
                out += "[".utf8
                for index in 0..<random.count(upTo: 6) {
                    if index > 0 { out += ",".utf8 }
                    write(depth - 1)
                }
                out += (random.once(in: 60) ? ",]" : "]").utf8
            default:
                out += "{".utf8
                for index in 0..<random.count(upTo: 6) {
                    if index > 0 { out += ",".utf8 }
                    out += random.once(in: 3) ? Array("\"k\"".utf8) : literal(&random)
                    out += blank() + Array(":".utf8)
                    write(depth - 1)
                }
                out += (random.once(in: 60) ? "," : "}").utf8
            }
            out += blank()
        }
        write(depth)
        return out
    }

    private static func literal(_ random: inout SplitMix64) -> [UInt8] {
        var out: [UInt8] = [0x22]
        for _ in 0..<random.count(upTo: 8) {
            switch random.below(12) {
            case 0: out += random.pick(["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]).utf8
            case 1: out += random.pick(["\\u0041", "\\u00e9", "\\u0000", "\\uFFFF", "\\ud83d\\ude00", "\\u2028"]).utf8
            case 2 where random.once(in: 5):
                out += random.pick(["\\ud800", "\\udc00", "\\ud800\\u0041", "\\x", "\\u12", "\\U0041"]).utf8
            case 3 where random.once(in: 10): out.append(UInt8.random(in: .min ... .max, using: &random))
            case 4:
                out +=
                    String(
                        Character(random.pick(trickyScalars.filter { $0.value >= 0x20 && $0 != "\"" && $0 != "\\" }))
                    ).utf8
            default: out.append(UInt8.random(in: 0x61...0x7A, using: &random))
            }
        }
        return out + [0x22]
    }
}

extension JSONValue {
    /// The value in a form in which only equal bytes are equal: Swift takes texts for equal that differ in their bytes
    /// (é and e followed by an accent), and so would hide what is to be found.
    package var exact: String {
        switch self {
        case .null: "n"
        case .bool(let flag): flag ? "t" : "f"
        case .integer(let value): "i\(value)"
        case .number(let value): "d" + String(value.bitPattern, radix: 16)
        case .string(let text): Self.exact(text)
        case .array(let items): "[" + items.map(\.exact).joined(separator: ",") + "]"
        case .object(let object):
            "{" + object.map { Self.exact($0.key) + ":" + $0.value.exact }.sorted().joined(separator: ",") + "}"
        }
    }

    private static func exact(_ text: String) -> String {
        "s" + text.utf8.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
