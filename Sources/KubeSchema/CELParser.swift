/// Parses CEL by precedence, lowest first: `?:`, `||`, `&&`, relations and `in`, sums, products, unary, members.
struct CELParser {
    /// Functions known here; anything else is refused when a CRD is created, not when a rule is first evaluated.
    static let functions: Set<String> = [
        "size", "string", "int", "startsWith", "endsWith", "contains", "matches", "lowerAscii",
    ]

    private let tokens: [CELToken]
    private var at = 0
    private var depth = 0
    private var scope: Set<String>

    static func parse(_ text: String, names: Set<String> = ["self", "oldSelf"]) throws(CELError) -> CELExpression {
        var parser = CELParser(tokens: try CELLexer.tokens(text), scope: names)
        let expression = try parser.expression()
        guard parser.tokens[parser.at] == .end else { throw CELError("unexpected text after the expression") }
        return expression
    }

    private init(tokens: [CELToken], scope: Set<String>) {
        self.tokens = tokens
        self.scope = scope
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard tokens[at] == .symbol(symbol) else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(CELError) {
        guard take(symbol) else { throw CELError("'\(symbol)' expected") }
    }

    private mutating func name() throws(CELError) -> String {
        guard case .name(let name) = tokens[at] else { throw CELError("a name is expected") }
        at += 1
        return name
    }

    private mutating func expression() throws(CELError) -> CELExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { throw CELError("nested too deeply") }
        let condition = try binary(level: 0)
        guard take("?") else { return condition }
        let yes = try expression()
        try expect(":")
        return .conditional(condition, yes, try expression())
    }

    private static let levels: [[String]] = [
        ["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"],
    ]

    private mutating func binary(level: Int) throws(CELError) -> CELExpression {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level: level + 1)
        while let sign = operatorSign(level) {
            at += 1
            left = .binary(sign, left, try binary(level: level + 1))
        }
        return left
    }

    private func operatorSign(_ level: Int) -> String? {
        switch tokens[at] {
        case .symbol(let symbol) where Self.levels[level].contains(symbol): symbol
        case .name("in") where Self.levels[level].contains("in"): "in"
        default: nil
        }
    }

    private mutating func unary() throws(CELError) -> CELExpression {
        if take("!") { return .unary("!", try unary()) }
        if take("-") { return .unary("-", try unary()) }
        return try member()
    }

    private mutating func member() throws(CELError) -> CELExpression {
        var value = try primary()
        while true {
            if take(".") {
                let field = try name()
                value = take("(") ? try call(field, on: value) : .select(value, field)
            } else if take("[") {
                value = .index(value, try expression())
                try expect("]")
            } else {
                return value
            }
        }
    }

    private mutating func call(_ function: String, on target: CELExpression) throws(CELError) -> CELExpression {
        if let macro = CELExpression.Macro(rawValue: function) {
            let variable = try name()
            try expect(",")
            let outer = scope
            scope.insert(variable)
            let body = try expression()
            scope = outer
            try expect(")")
            return .comprehension(macro, target, variable: variable, body)
        }
        return try known(function, target: target)
    }

    private mutating func known(_ function: String, target: CELExpression?) throws(CELError) -> CELExpression {
        guard Self.functions.contains(function) else { throw CELError("undeclared reference to '\(function)'") }
        return .call(function, target: target, try list(until: ")"))
    }

    private mutating func list(until close: String) throws(CELError) -> [CELExpression] {
        var items: [CELExpression] = []
        if take(close) { return items }
        repeat { items.append(try expression()) } while take(",")
        try expect(close)
        return items
    }

    private mutating func primary() throws(CELError) -> CELExpression {
        let token = tokens[at]
        at += 1
        switch token {
        case .int(let value): return .literal(.int(value))
        case .double(let value): return .literal(.double(value))
        case .string(let value): return .literal(.string(value))
        case .name("true"): return .literal(.bool(true))
        case .name("false"): return .literal(.bool(false))
        case .name("null"): return .literal(.null)
        case .name("has"):
            try expect("(")
            guard case .select(let target, let field) = try member() else {
                throw CELError("has() needs a field selection")
            }
            try expect(")")
            return .has(target, field)
        case .name(let name):
            if take("(") { return try known(name, target: nil) }
            guard scope.contains(name) else { throw CELError("undeclared reference to '\(name)'") }
            return .name(name)
        case .symbol("("):
            let inner = try expression()
            try expect(")")
            return inner
        case .symbol("["): return .list(try list(until: "]"))
        default: throw CELError("an expression is expected")
        }
    }
}
