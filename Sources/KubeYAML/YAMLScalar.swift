import KubeModel

/// What kubectl reads a plain (unquoted) scalar as. The rules are those of sigs.k8s.io/yaml: YAML 1.1 booleans and
/// octal numbers, no timestamps, no sexagesimal numbers, whole floats as integers.
enum YAMLScalar {
    static func resolve(_ text: String) -> JSONValue {
        if let word = words[text] { return word }
        guard let first = text.utf8.first, isNumberStart(first) else { return .string(text) }
        return number(text) ?? .string(text)
    }

    private static let words: [String: JSONValue] = {
        var words: [String: JSONValue] = ["": .null, "~": .null]
        for word in ["null", "Null", "NULL"] { words[word] = .null }
        for word in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] { words[word] = true }
        for word in ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] { words[word] = false }
        return words
    }()

    private static func isNumberStart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func number(_ text: String) -> JSONValue? {
        let plain = text.filter { $0 != "_" }
        var digits = Substring(plain)
        var isNegative = false
        if let sign = digits.first, sign == "-" || sign == "+" {
            isNegative = sign == "-"
            digits.removeFirst()
        }
        guard let first = digits.first, first.isASCII else { return nil }
        if let whole = whole(digits, isNegative) { return whole }
        guard first.isNumber || first == "." && digits.dropFirst().first?.isNumber == true,
            digits.allSatisfy({ $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }), isDecimal(digits),
            let double = Double(
                plain.hasPrefix("+") ? String(plain.dropFirst()) : plain.hasPrefix(".") ? "0" + plain : plain),
            double.isFinite
        else { return nil }
        if let whole = Int64(exactly: double), double.magnitude < 9_007_199_254_740_992 { return .integer(whole) }
        return .number(double)
    }

    private static func whole(_ digits: Substring, _ isNegative: Bool) -> JSONValue? {
        let (radix, body): (Int, Substring) =
            if digits.hasPrefix("0x") {
                (16, digits.dropFirst(2))
            } else if digits.hasPrefix("0b") {
                (2, digits.dropFirst(2))
            } else if digits.hasPrefix("0o") {
                (8, digits.dropFirst(2))
            } else if digits.hasPrefix("0"), digits.count > 1, digits.allSatisfy({ ("0"..."7").contains($0) }) {
                (8, digits.dropFirst())
            } else { (10, digits) }
        guard let first = body.first, first != "-", first != "+" else { return nil }
        if let magnitude = Int64(body, radix: radix) { return .integer(isNegative ? -magnitude : magnitude) }
        if isNegative, let smallest = Int64("-" + body, radix: radix) { return .integer(smallest) }
        if radix != 10, let large = UInt64(body, radix: radix) {
            return .number(isNegative ? -Double(large) : Double(large))
        }
        return nil
    }

    /// digits [. digits] [e [sign] digits]
    private static func isDecimal(_ text: Substring) -> Bool {
        var rest = text.drop { $0.isNumber }
        if rest.first == "." { rest = rest.dropFirst().drop { $0.isNumber } }
        guard let exponent = rest.first else { return true }
        guard exponent == "e" || exponent == "E" else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == "-" || sign == "+" { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(\.isNumber)
    }
}
