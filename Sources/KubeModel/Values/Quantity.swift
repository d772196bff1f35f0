/// A Kubernetes quantity (`500m`, `1Gi`, `1e3`), compared by value: the server rewrites `1000m` to `1`, and a
/// comparison of texts would write for ever.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
package struct Quantity: Sendable {
    /// The value in thousand-millionths, exact. As the API server does, what is finer is rounded away from zero, and
    /// what is beyond 2⁶³−1 is taken for that.
    package let nanos: Int128

    /// nil where the text is not a quantity.
    package init?(_ text: String) {
        var rest = Substring(text).utf8
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        guard let number = Coefficient(&rest), let scale = Self.scale(Substring(rest)) else { return nil }
        let magnitude = number.nanos(power: scale.power, doublings: scale.doublings)
        nanos = isNegative ? -magnitude : magnitude
    }

    /// The power of ten, and of two, a suffix stands for.
    private static func scale(_ suffix: Substring) -> (power: Int, doublings: Int)? {
        if let binary = binarySuffixes.firstIndex(of: String(suffix)) { return (0, 10 * (binary + 1)) }
        if let power = decimalSuffixes[String(suffix)] { return (power, 0) }
        guard let mark = suffix.utf8.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E"),
            let exponent = Int32(suffix.dropFirst())
        else { return nil }
        return (Int(exponent), 0)
    }

    private static let binarySuffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    private static let decimalSuffixes = [
        "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
    ]
}

/// Digits with a decimal point, as a whole number and a power of ten.
private struct Coefficient {
    /// The first digits that count; more than 28 cannot, between the smallest and the largest quantity there is.
    private var digits: UInt128 = 0
    private var power = 0
    /// True where digits that are no longer counted were not all zero.
    private var isMore = false

    private static let digitLimit: UInt128 = 10_000_000_000_000_000_000_000_000_000
    private static let largest: UInt128 = 9_223_372_036_854_775_807_000_000_000

    init?(_ text: inout Substring.UTF8View) {
        var hasDigits = false
        var hasPoint = false
        while let byte = text.first {
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                hasDigits = true
                append(UInt128(byte - UInt8(ascii: "0")), isFraction: hasPoint)
            } else {
                break
            }
            text.removeFirst()
        }
        guard hasDigits else { return nil }
    }

    private mutating func append(_ digit: UInt128, isFraction: Bool) {
        if digits < Self.digitLimit {
            digits = digits * 10 + digit
            if isFraction { power -= 1 }
        } else {
            if digit != 0 { isMore = true }
            if !isFraction { power += 1 }
        }
    }

    /// digits × 10^power × 2^doublings in thousand-millionths, rounded up.
    func nanos(power more: Int, doublings: Int) -> Int128 {
        guard digits > 0 else { return 0 }
        var power = power + more + 9
        var value = digits.multipliedFullWidth(by: 1 << UInt128(doublings))
        var isMore = isMore
        while power < 0, value.high > 0 || value.low > 0 {
            let divisor = Self.tenTo(min(-power, 38))
            let (high, rest) = value.high.quotientAndRemainder(dividingBy: divisor)
            let (low, remainder) = divisor.dividingFullWidth((rest, value.low))
            if remainder != 0 { isMore = true }
            value = (high, low)
            power += min(-power, 38)
        }
        while power > 0, value.high == 0, value.low < Self.largest {
            value = value.low.multipliedFullWidth(by: 10)
            power -= 1
        }
        guard value.high == 0, value.low < Self.largest else { return Int128(Self.largest) }
        return Int128(value.low) + (isMore ? 1 : 0)
    }

    private static func tenTo(_ power: Int) -> UInt128 { (0..<power).reduce(1) { product, _ in product * 10 } }
}

extension Quantity: Comparable {
    package static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    package static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
}
