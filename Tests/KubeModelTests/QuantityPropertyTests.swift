import KubeModel
import TestSupport
import Testing

@Suite struct QuantityPropertyTests {
    /// One value written in some of the forms that can express it. `nanos` is the value in thousand-millionths.
    private static func form(_ nanos: Int128, _ random: inout SplitMix64) -> String {
        let sign = nanos < 0 ? "-" : random.pick(["", "", "+"])
        let (suffix, unit): (String, Int128) = random.pick([
            ("n", 1), ("u", 1_000), ("m", 1_000_000), ("", 1_000_000_000), ("k", 1_000_000_000_000),
            ("M", 1_000_000_000_000_000), ("G", 1_000_000_000_000_000_000), ("e-9", 1), ("E-3", 1_000_000),
            ("e3", 1_000_000_000_000), ("e+0", 1_000_000_000),
        ])
        let binary: [(String, Int128)] = [("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40)]
        if random.once(in: 2), let exact = binary.filter({ nanos.magnitude % UInt128($0.1 * 1_000_000_000) == 0 }).last
        {
            return sign + "\(Int128(nanos.magnitude) / exact.1 / 1_000_000_000)" + exact.0
        }
        let (whole, rest) = Int128(nanos.magnitude).quotientAndRemainder(dividingBy: unit)
        guard rest != 0 else { return sign + "\(whole)" + random.pick(["", ".", ".0"]) + suffix }
        var digits = "\(rest)"
        digits = String(repeating: "0", count: "\(unit)".count - 1 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return sign + (whole == 0 ? random.pick(["", "0", "00"]) : "\(whole)") + "." + digits + suffix
    }

    /// E14, A90. Fails where the value is kept in a Double, and where anything below a millionth is dropped.
    @Test func formsOfOneValueAreEqualAndTheOrderIsThatOfTheNumbers() {
        let known: [Int128] = [
            0, 1, 999, 1_000_000, 1_000_000_000, 9_007_199_254_740_993, 1_073_741_824_000_000_000,
            9_223_372_036_854_775_807_000_000_000,
        ]
        Fuzz("quantity", iterations: 20_000).values { random -> (Int128, Int128, String, String) in
            func value() -> Int128 {
                let small = Int128(Int64.random(in: .min ... .max, using: &random) >> Int64(random.below(64)))
                let scale: Int128 = random.pick([1, 1_000, 1_000_000_000])
                return random.once(in: 3) ? random.pick(known) : small * scale
            }
            let a = value()
            let b = random.once(in: 3) ? a : random.once(in: 2) ? a + 1 : value()
            return (a, b, Self.form(a, &random), Self.form(b, &random))
        } check: { a, b, left, right in
            guard let one = Quantity(left), let other = Quantity(right) else {
                throw Counterexample("\(left) or \(right) is refused")
            }
            let limit: Int128 = 9_223_372_036_854_775_807_000_000_000
            let (a, b) = (max(-limit, min(limit, a)), max(-limit, min(limit, b)))
            try must((one == other) == (a == b), "\(left) == \(right) should be \(a == b)")
            try must((one < other) == (a < b), "\(left) < \(right) should be \(a < b)")
            try must((other < one) == (b < a), "\(right) < \(left) should be \(b < a)")
        }
    }

    /// A90. Fails when an exponent beyond 18 is refused, and when what is finer than a millionth is dropped.
    @Test(arguments: [
        ("1e19", "1e20"), ("9223372036854775807", "9223372036854775808"), ("1n", "0.1n"), ("0.0000000001", "1n"),
        ("-0", "0"), ("-0.0Ki", "+0"), ("1e-40", "1n"), ("0e999", "0"), ("5.", "5"), ("1E3", "1000"), ("0.5Ki", "512"),
        ("0.0009765625Mi", "1Ki"), ("1.5Ei", "1.5Ei"), ("1" + String(repeating: "0", count: 60), "9223372036854775807"),
        ("0." + String(repeating: "0", count: 60) + "1", "1n"),
    ])
    func limitsAreThoseOfTheServer(a: String, b: String) throws {
        let (one, other) = (try #require(Quantity(a)), try #require(Quantity(b)))
        #expect(one == other)
    }

    @Test(arguments: [
        "", ".", "+", "-", "1.2.3", "1KI", "1ki", "1e", "1e+", "1ee1", "1e1.5", "1mm", "1 ", " 1", "١", "1e٣", "0x1",
        "1_0", "--1",
        "+-1", "1\u{0}", "Ki", "e3", "1e1Ki", "NaN", "Inf", "½", "1/2",
    ])
    func othersAreNone(text: String) { #expect(Quantity(text) == nil) }

    /// A guard against traps; none was seen.
    @Test func anyTextGivesAQuantityOrNone() {
        Fuzz("quantity-text", iterations: 10_000).bytes { random, _ in
            var text: [UInt8] = []
            for _ in 0..<random.count(upTo: 40) {
                let part = random.pick([
                    "0", "1", "9", "5", ".", "-", "+", "e", "E", "Ki", "Mi", "Ei", "m", "n", "k", "999999999999", "é",
                    " ",
                ])
                text += part.utf8
            }
            return text
        } check: { bytes in
            guard let quantity = Quantity(String(decoding: bytes, as: UTF8.self)) else { return }
            try must(quantity == quantity && !(quantity < quantity), "is not equal to itself")
        }
    }
}
