/// A Kubernetes quantity (`500m`, `1Gi`, `1e3`), compared by value: the server rewrites `1000m` to `1`, and a
/// comparison of texts would write for ever.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
package struct Quantity: Sendable {
    /// The value in thousandths of a thousandth (10⁻⁶), rounded up as the API server rounds; saturates.
    package let micros: Double

    /// nil where the text is not a quantity.
    package init?(_ text: String) {
        var rest = Substring(text)
        var sign = 1.0
        if rest.first == "-" || rest.first == "+" { sign = rest.removeFirst() == "-" ? -1 : 1 }
        let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard !digits.isEmpty, digits != ".", digits.filter({ $0 == "." }).count < 2,
            let number = Double(digits.first == "." ? "0" + digits : String(digits))
        else { return nil }
        rest = rest.dropFirst(digits.count)
        guard let scale = Self.scale(String(rest)) else { return nil }
        micros = sign * (number * scale * 1_000_000).rounded()
    }

    private static func scale(_ suffix: String) -> Double? {
        if let binary = binarySuffixes.firstIndex(of: suffix) {
            return (0...binary).reduce(1.0) { product, _ in product * 1024 }
        }
        if let decimal = decimalSuffixes[suffix] { return decimal }
        guard suffix.first == "e" || suffix.first == "E", let exponent = Int(suffix.dropFirst()),
            exponent.magnitude <= 18
        else { return nil }
        return Double("1e\(exponent)")
    }

    private static let binarySuffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    private static let decimalSuffixes: [String: Double] = [
        "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    ]
}

extension Quantity: Comparable {
    package static func < (left: Quantity, right: Quantity) -> Bool { left.micros < right.micros }
    package static func == (left: Quantity, right: Quantity) -> Bool { left.micros == right.micros }
}
