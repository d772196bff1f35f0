import KubeModel

/// Label and field selectors in the query's text form.
struct SelectorMatch: Sendable {
    private enum Term: Sendable {
        case equals(String, String), notEquals(String, String), exists(String), absent(String), oneOf(String, [String]),
            noneOf(String, [String])
    }
    private var labels: [Term] = []
    private var fields: [(path: String, value: String, isEqual: Bool)] = []

    init(labels text: String?, fields fieldText: String?) throws(APIFailure) {
        for term in Self.split(text ?? "") { labels.append(try Self.term(term)) }
        for term in Self.split(fieldText ?? "") {
            let isEqual = !term.contains("!=")
            let parts = term.replacing("!=", with: "=").replacing("==", with: "=").split(
                separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw APIFailure.badRequest("invalid field selector: \(term)") }
            fields.append((String(parts[0]), String(parts[1]), isEqual))
        }
    }

    var isEmpty: Bool { labels.isEmpty && fields.isEmpty }

    /// Whether at most one object of a namespace can match.
    var namesOne: Bool { fields.contains { $0.path == "metadata.name" && $0.isEqual } }

    func matches(_ object: JSONValue) -> Bool {
        let own = object.labels
        for term in labels {
            switch term {
            case .equals(let key, let value): if own[key] != value { return false }
            case .notEquals(let key, let value): if own[key] == value { return false }
            case .exists(let key): if own[key] == nil { return false }
            case .absent(let key): if own[key] != nil { return false }
            case .oneOf(let key, let values): if !(own[key].map(values.contains) ?? false) { return false }
            case .noneOf(let key, let values): if own[key].map(values.contains) ?? false { return false }
            }
        }
        return fields.allSatisfy { field in
            let value = object.at(field.path.split(separator: ".").map(String.init))
            return ((value?.string ?? value?.text ?? "") == field.value) == field.isEqual
        }
    }

    /// At commas outside parentheses.
    private static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var depth = 0
        var part = ""
        for character in text {
            if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
        }
        parts.append(part)
        return parts.map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    }

    private static func term(_ text: String) throws(APIFailure) -> Term {
        if let open = text.firstIndex(of: "("), text.hasSuffix(")") {
            let words = text[..<open].split(separator: " ").map(String.init)
            let values = text[text.index(after: open)...].dropLast().split(separator: ",").map {
                String($0.filter { $0 != " " })
            }
            guard words.count == 2, words[1] == "in" || words[1] == "notin" else {
                throw APIFailure.badRequest("unable to parse requirement: \(text)")
            }
            return words[1] == "in" ? .oneOf(words[0], values) : .noneOf(words[0], values)
        }
        if text.hasPrefix("!") { return .absent(String(text.dropFirst())) }
        for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            if let range = text.firstRange(of: sign) {
                let (key, value) = (String(text[..<range.lowerBound]), String(text[range.upperBound...]))
                return isEqual ? .equals(key, value) : .notEquals(key, value)
            }
        }
        return .exists(text)
    }
}
