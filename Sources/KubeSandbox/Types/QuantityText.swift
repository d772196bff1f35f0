/// Quantities as the API server writes them back: `1000m` is `1`, `1024Mi` is `1Gi`, `1.5Gi` is `1536Mi`.
///
/// k8s.io/apimachinery/pkg/api/resource: the suffix keeps its family and takes the largest step that leaves no fraction.
enum QuantityText {
    private static let binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    private static let decimal = ["n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18]

    /// nil where the text is no quantity.
    static func canonical(_ text: String) -> String? {
        var rest = Substring(text)
        let sign = rest.first == "-" ? "-" : ""
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let suffix = String(rest.dropFirst(number.count))
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard !number.isEmpty, number != ".", parts.count <= 2 else { return nil }
        let fraction = parts.count == 2 ? parts[1].prefix(9) : ""
        guard var digits = Int64(parts[0] + fraction) else { return nil }
        var exponent = -fraction.count
        var style = ""
        if let step = binary.dropFirst().firstIndex(of: suffix) {
            return binaryText(digits, fraction.count, step).map { digits == 0 ? "0" : sign + $0 } ?? nil
        } else if let power = decimal[suffix] {
            exponent += power
        } else if suffix.first == "e" || suffix.first == "E", let power = Int(suffix.dropFirst()) {
            exponent += power
            style = "e"
        } else {
            return nil
        }
        if digits == 0 { return "0" }
        while digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
        // Nothing is smaller than a nano.
        guard exponent >= -9, exponent <= 18 else { return text }
        var step = Int((Double(exponent) / 3).rounded(.down)) * 3
        while exponent > step {
            digits *= 10
            exponent -= 1
        }
        if step > 18 { step = 18 }
        if style == "e" { return step == 0 ? "\(sign)\(digits)" : "\(sign)\(digits)e\(step)" }
        let name = decimal.first { $0.value == step }?.key ?? ""
        return "\(sign)\(digits)\(name)"
    }

    private static func binaryText(_ digits: Int64, _ decimals: Int, _ step: Int) -> String? {
        var value = digits
        for _ in 0..<step {
            let (product, overflow) = value.multipliedReportingOverflow(by: 1024)
            guard !overflow else { return nil }
            value = product
        }
        for _ in 0..<decimals {
            // Fractions of a byte are rounded up; below one the family is lost.
            value = value % 10 == 0 ? value / 10 : value / 10 + 1
        }
        var steps = 0
        while value != 0, value % 1024 == 0, steps < 6 {
            value /= 1024
            steps += 1
        }
        return "\(value)\(binary[steps])"
    }
}
