/// `Warning: 299 - "text"`, as the API server sends for deprecated versions and unknown fields; several may be joined by
/// commas (RFC 7234 §5.5).
package enum WarningHeader {
    /// The texts of code 299 in order; whatever is not well-formed is passed over.
    package static func texts(_ value: String) -> [String] {
        var texts: [String] = []
        var rest = value[...]
        while let open = rest.firstIndex(of: "\"") {
            let code = rest[..<open].drop { $0 == " " || $0 == "," }.prefix { $0 != " " }
            var text = ""
            var index = rest.index(after: open)
            while index < rest.endIndex, rest[index] != "\"" {
                if rest[index] == "\\", rest.index(after: index) < rest.endIndex { index = rest.index(after: index) }
                text.append(rest[index])
                index = rest.index(after: index)
            }
            guard index < rest.endIndex else { return texts }
            if code == "299" { texts.append(text) }
            rest = rest[rest.index(after: index)...]
            // An optional date follows, in quotes of its own.
            if let comma = rest.firstIndex(of: ","), rest[..<comma].allSatisfy({ $0 == " " }) {
                rest = rest[rest.index(after: comma)...]
            } else if let next = rest.firstIndex(of: "\""), !rest[..<next].contains(",") {
                rest = rest[rest.index(after: next)...].drop { $0 != "\"" }.dropFirst()
            }
        }
        return texts
    }
}
