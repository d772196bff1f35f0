import Glibc
import KubeModel
import TestSupport
import Testing

@Suite struct AddressPropertyTests {
    /// The C library's reader of addresses.
    private static func system(_ text: String) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        let isV6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        return inet_pton(isV6 ? AF_INET6 : AF_INET, text, &bytes) == 1 ? bytes : nil
    }

    /// E14. Fails where `-0` is a group of an IPv6 address, and where an IPv4 address may stand at its beginning.
    @Test func addressesAreThoseOfTheSystem() {
        Fuzz("ip-address", iterations: 20_000).bytes { random, _ in
            let seed = random.pick([
                "10.0.0.1", "255.255.255.255", "::", "::1", "fe80::1:2", "2001:db8:0:0:1:0:0:1", "1:2:3:4:5:6:7:8",
                "::ffff:1.2.3.4", "1::8", "1:2:3:4:5:6:1.2.3.4",
            ])
            return random.once(in: 8)
                ? Array(seed.utf8)
                : Mutation.apply(
                    Array(seed.utf8), &random, tokens: ["0", "1", "f", "::", ":", ".", "-", "+", "256", "00", "g", "٣"])
        } check: { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            try must(CIDR.address(text) == Self.system(text), "here \(String(describing: CIDR.address(text)))")
        }
    }

    /// E14. What is read is written in one form, and containment is an order. Fails when the longest run of zeros is not
    /// the one that is shortened.
    @Test func rangesAreOrderedByContainment() {
        func range(_ random: inout SplitMix64) -> CIDR? {
            let count = random.pick([4, 16])
            let prefix = random.below(count * 8 + 1)
            var bytes = (0..<count).map { _ in random.once(in: 3) ? UInt8(0) : UInt8(random.below(256)) }
            for bit in prefix..<count * 8 { bytes[bit / 8] &= ~(0x80 >> UInt8(bit % 8)) }
            var text = [CChar](repeating: 0, count: 64)
            inet_ntop(count == 4 ? AF_INET : AF_INET6, bytes, &text, 64)
            return CIDR(
                String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/\(prefix)")
        }
        Fuzz("cidr", iterations: 10_000).values { random in
            (range(&random), range(&random))
        } check: { a, b in
            guard let a, let b else { throw Counterexample("a range the system wrote is refused") }
            try must(CIDR(a.description) == a, "\(a) is read back as another")
            try must(Self.system(String(a.description.prefix { $0 != "/" })) == a.address, "\(a) is another address")
            try must(a.contains(a), "\(a) does not contain itself")
            try must(!(a.contains(b) && b.contains(a)) || a == b, "\(a) and \(b) contain each other")
        }
    }

    @Test(arguments: [
        "10.0.0.0/-0", "10.0.0.0/", "/8", "10.0.0.0/8/8", "::/-0", "::-0/64", "1.2.3.4::/128", "10.0.0.0/٨", "::%1/128",
    ])
    func othersAreNone(text: String) { #expect(CIDR(text) == nil) }

    /// E14. The values are those of everybody's FNV-1a over the text and a zero byte. Fails when a part may flow into the next.
    @Test func hashesAreStable() {
        #expect(StableHash.of("") == "af63bd4c8601b7df")
        #expect(StableHash.of("a") == "089be207b544f1e4")
        var one = StableHash()
        one.combine("ab")
        one.combine("c")
        var other = StableHash()
        other.combine("a")
        other.combine("bc")
        #expect(one.hex != other.hex)
    }

    /// E14. Text stays text, numbers stay numbers, all else is an error. Fails when `"80"` is read as 80.
    @Test func portsAndPercentagesKeepTheirForm() {
        Fuzz("int-or-string", iterations: 4_000).values {
            JSONGenerator.value(&$0, depth: 1)
        } shown: {
            $0.text
        } check: { value in
            let read = try? value.decode(IntOrString.self)
            switch read {
            case .int(let number)?: try must(value.integer == Int64(number), "became \(number)")
            case .string(let text)?: try must(value.exact == JSONValue.string(text).exact, "became \(text)")
            case nil:
                try must(value.string == nil && value.integer.map { Int32(exactly: $0) == nil } ?? true, "is refused")
            }
            if let read { try must(try JSONValue(encoding: read).decode(IntOrString.self) == read, "does not survive") }
        }
    }

    /// Types the API has no use for today must not end the process the day a field has one. Fails when `Float` and `UInt16`
    /// are asked to read themselves without end.
    @Test func everyNumberTypeIsCoded() throws {
        struct Numbers: Codable, Equatable {
            var a: UInt8
            var b: UInt16
            var c: UInt32
            var d: UInt64
            var e: Int8
            var f: Int16
            var g: Float
            var h: UInt
        }
        let numbers = Numbers(a: 255, b: 65535, c: 1, d: 2, e: -128, f: 3, g: 1.5, h: 4)
        #expect(try JSONValue(encoding: numbers).decode(Numbers.self) == numbers)
        #expect(throws: DecodingError.self) { try JSONValue.integer(256).decode(UInt8.self) }
        #expect(throws: DecodingError.self) { try JSONValue.string("x").decode(Float.self) }
    }
}
