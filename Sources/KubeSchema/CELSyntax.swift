/// An expression of the Common Expression Language, as far as our own rules use it.
indirect enum CELExpression: Sendable {
    case literal(CELValue)
    case name(String)
    case select(CELExpression, String)
    case index(CELExpression, CELExpression)
    case has(CELExpression, String)
    case call(String, target: CELExpression?, [CELExpression])
    case comprehension(Macro, CELExpression, variable: String, CELExpression)
    case list([CELExpression])
    case unary(String, CELExpression)
    case binary(String, CELExpression, CELExpression)
    case conditional(CELExpression, CELExpression, CELExpression)

    enum Macro: String, Sendable { case all, exists, exists_one, filter, map }
}

/// Why a rule is not CEL, or not the CEL known here.
package struct CELError: Error, Equatable, CustomStringConvertible {
    package var message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}

enum CELToken: Equatable {
    case int(Int64), double(Double), string(String), name(String), symbol(String), end
}

struct CELLexer {
    /// Reading, judging and releasing an expression go as deep as it is long at most, which must not be more than a
    /// thread's stack can take. No rule of ours has a tenth of this.
    static let limit = 1000

    static func tokens(_ text: String) throws(CELError) -> [CELToken] {
        var lexer = CELLexer(rest: Array(text.unicodeScalars))
        var tokens: [CELToken] = []
        while let token = try lexer.next() {
            tokens.append(token)
            guard tokens.count < limit else { throw CELError("longer than \(limit) words and signs") }
        }
        return tokens + [.end]
    }

    private let rest: [Unicode.Scalar]
    private var at = 0
    private init(rest: [Unicode.Scalar]) { self.rest = rest }

    private var current: Unicode.Scalar? { at < rest.count ? rest[at] : nil }

    private mutating func next() throws(CELError) -> CELToken? {
        while let scalar = current, scalar.properties.isWhitespace { at += 1 }
        guard let scalar = current else { return nil }
        if scalar.properties.isAlphabetic || scalar == "_" {
            return .name(take { $0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0) })
        }
        if ("0"..."9").contains(scalar) { return try number() }
        if scalar == "'" || scalar == "\"" { return .string(try string(quote: scalar)) }
        for symbol in ["&&", "||", "==", "!=", "<=", ">="] where starts(with: symbol) {
            at += 2
            return .symbol(symbol)
        }
        guard "()[]{}.,?:!<>+-*/%".unicodeScalars.contains(scalar) else {
            throw CELError("unexpected character '\(scalar)'")
        }
        at += 1
        return .symbol(String(scalar))
    }

    private func starts(with symbol: String) -> Bool {
        let scalars = Array(symbol.unicodeScalars)
        return at + scalars.count <= rest.count && Array(rest[at..<at + scalars.count]) == scalars
    }

    private mutating func take(_ isIncluded: (Unicode.Scalar) -> Bool) -> String {
        var text = ""
        while let scalar = current, isIncluded(scalar) {
            text.unicodeScalars.append(scalar)
            at += 1
        }
        return text
    }

    private mutating func number() throws(CELError) -> CELToken {
        let text = take { ("0"..."9").contains($0) || $0 == "." || $0 == "e" }
        if let whole = Int64(text) { return .int(whole) }
        guard let double = Double(text) else { throw CELError("'\(text)' is not a number") }
        return .double(double)
    }

    private mutating func string(quote: Unicode.Scalar) throws(CELError) -> String {
        at += 1
        var text = ""
        while let scalar = current {
            at += 1
            if scalar == quote { return text }
            guard scalar == "\\" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            guard let escaped = current else { break }
            at += 1
            switch escaped {
            case "n": text += "\n"
            case "t": text += "\t"
            case "\\", "'", "\"": text.unicodeScalars.append(escaped)
            default: throw CELError("unknown escape '\\\(escaped)'")
            }
        }
        throw CELError("unterminated string")
    }
}
