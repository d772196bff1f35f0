import KubeModel

enum CELValue: Sendable {
    case null, bool(Bool), int(Int64), double(Double), string(String)
    case list([CELValue])
    case map([String: CELValue])

    init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .number(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let items): self = .list(items.map(CELValue.init))
        case .object(let object): self = .map(Dictionary(object.map { ($0.key, CELValue($0.value)) }) { $1 })
        }
    }
}

/// Texts are equal where their bytes are, as in Go.
extension CELValue: Equatable {
    static func == (left: CELValue, right: CELValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        default: false
        }
    }
}

/// What one rule may cost: comprehensions within comprehensions multiply, and so do texts added to themselves. The API
/// server has a limit of the same kind.
private final class CELBudget {
    private var left = 1_000_000

    func spend(_ cost: Int) throws(CELError) {
        left -= cost
        guard left > 0 else { throw CELError("more work than one rule may cause") }
    }
}

/// Evaluates an expression. Errors inside `&&` and `||` are absorbed when the other side decides, as CEL demands.
struct CELEvaluator {
    private var variables: [String: CELValue]
    private let budget = CELBudget()

    init(variables: [String: CELValue]) { self.variables = variables }

    func isTrue(_ expression: CELExpression) throws(CELError) -> Bool {
        guard case .bool(let value) = try evaluate(expression) else {
            throw CELError("the rule does not give a boolean")
        }
        return value
    }

    func evaluate(_ expression: CELExpression) throws(CELError) -> CELValue {
        try budget.spend(1)
        switch expression {
        case .literal(let value): return value
        case .name(let name):
            guard let value = variables[name] else { throw CELError("no such name: \(name)") }
            return value
        case .select(let target, let field):
            guard case .map(let map) = try evaluate(target), let value = map[field] else {
                throw CELError("no such key: \(field)")
            }
            return value
        case .has(let target, let field):
            guard case .map(let map) = try evaluate(target) else {
                throw CELError("has() on something that has no fields")
            }
            return .bool(map[field] != nil)
        case .index(let target, let key): return try index(try evaluate(target), try evaluate(key))
        case .list(let items):
            var values: [CELValue] = []
            for item in items { values.append(try evaluate(item)) }
            return .list(values)
        case .conditional(let condition, let yes, let no): return try evaluate(try isTrue(condition) ? yes : no)
        case .unary(let sign, let operand): return try unary(sign, try evaluate(operand))
        case .binary(let sign, let left, let right): return try binary(sign, left, right)
        case .call(let function, let target, let arguments): return try call(function, target, arguments)
        case .comprehension(let macro, let target, let variable, let body):
            return try comprehension(macro, try evaluate(target), variable, body)
        }
    }

    private func index(_ target: CELValue, _ key: CELValue) throws(CELError) -> CELValue {
        switch (target, key) {
        case (.list(let items), .int(let at)) where items.indices.contains(Int(at)): return items[Int(at)]
        case (.map(let map), .string(let key)):
            guard let value = map[key] else { throw CELError("no such key: \(key)") }
            return value
        default: throw CELError("index out of bounds")
        }
    }

    private func unary(_ sign: String, _ value: CELValue) throws(CELError) -> CELValue {
        switch (sign, value) {
        case ("!", .bool(let flag)): return .bool(!flag)
        case ("-", .int(let number)) where number != .min: return .int(-number)
        case ("-", .double(let number)): return .double(-number)
        default: throw CELError("no such overload: \(sign)")
        }
    }

    private func binary(_ sign: String, _ left: CELExpression, _ right: CELExpression) throws(CELError) -> CELValue {
        if sign == "&&" || sign == "||" { return .bool(try logic(left, right, decidedBy: sign == "||")) }
        let (a, b) = (try evaluate(left), try evaluate(right))
        switch sign {
        case "==": return .bool(a == b)
        case "!=": return .bool(a != b)
        case "in": return .bool(try contains(b, a))
        case "<", "<=", ">", ">=": return .bool(try compare(sign, a, b))
        default: return try arithmetic(sign, a, b)
        }
    }

    private func logic(_ left: CELExpression, _ right: CELExpression, decidedBy decisive: Bool) throws(CELError) -> Bool
    {
        var failure: CELError?
        for side in [left, right] {
            do throws(CELError) {
                if try isTrue(side) == decisive { return decisive }
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return !decisive
    }

    private func contains(_ container: CELValue, _ item: CELValue) throws(CELError) -> Bool {
        switch (container, item) {
        case (.list(let items), _): return items.contains(item)
        case (.map(let map), .string(let key)): return map[key] != nil
        default: throw CELError("no such overload: in")
        }
    }

    private func compare(_ sign: String, _ a: CELValue, _ b: CELValue) throws(CELError) -> Bool {
        func decide<T: Comparable>(_ a: T, _ b: T) -> Bool {
            switch sign {
            case "<": a < b
            case "<=": a <= b
            case ">": a > b
            default: a >= b
            }
        }
        switch (a, b) {
        case (.int(let a), .int(let b)): return decide(a, b)
        case (.double(let a), .double(let b)): return decide(a, b)
        case (.int(let a), .double(let b)): return decide(Double(a), b)
        case (.double(let a), .int(let b)): return decide(a, Double(b))
        case (.string(let a), .string(let b)): return decide(a, b)
        default: throw CELError("no such overload: \(sign)")
        }
    }

    private func arithmetic(_ sign: String, _ a: CELValue, _ b: CELValue) throws(CELError) -> CELValue {
        switch (a, b) {
        case (.int(let a), .int(let b)):
            let (result, overflow): (Int64, Bool) =
                switch sign {
                case "+": a.addingReportingOverflow(b)
                case "-": a.subtractingReportingOverflow(b)
                case "*": a.multipliedReportingOverflow(by: b)
                case "/": a.dividedReportingOverflow(by: b)
                default: a.remainderReportingOverflow(dividingBy: b)
                }
            guard !overflow else { throw CELError("integer overflow or division by zero") }
            return .int(result)
        case (.string(let a), .string(let b)) where sign == "+":
            try budget.spend(a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.list(let a), .list(let b)) where sign == "+":
            try budget.spend(a.count + b.count)
            return .list(a + b)
        default: throw CELError("no such overload: \(sign)")
        }
    }

    private func call(_ function: String, _ target: CELExpression?, _ arguments: [CELExpression]) throws(CELError)
        -> CELValue
    {
        var values: [CELValue] = []
        if let target { values.append(try evaluate(target)) }
        for argument in arguments { values.append(try evaluate(argument)) }
        switch (function, values.first, values.dropFirst().first) {
        case ("size", .string(let text)?, nil): return .int(Int64(text.unicodeScalars.count))
        case ("size", .list(let items)?, nil): return .int(Int64(items.count))
        case ("size", .map(let map)?, nil): return .int(Int64(map.count))
        case ("string", .string(let text)?, nil): return .string(text)
        case ("string", .int(let number)?, nil): return .string(String(number))
        case ("string", .bool(let flag)?, nil): return .string(String(flag))
        case ("int", .int(let number)?, nil): return .int(number)
        case ("int", .string(let text)?, nil):
            guard let number = Int64(text) else { throw CELError("'\(text)' is not an integer") }
            return .int(number)
        case ("lowerAscii", .string(let text)?, nil): return .string(text.lowercased())
        case ("startsWith", .string(let text)?, .string(let part)?): return .bool(text.utf8.starts(with: part.utf8))
        case ("endsWith", .string(let text)?, .string(let part)?):
            return .bool(text.utf8.reversed().starts(with: part.utf8.reversed()))
        case ("contains", .string(let text)?, .string(let part)?):
            return .bool(part.isEmpty || Array(text.utf8).contains(Array(part.utf8)))
        case ("matches", .string(let text)?, .string(let pattern)?):
            return .bool(try Pattern(pattern).isFound(in: text))
        default: throw CELError("no such overload: \(function)")
        }
    }

    private func comprehension(
        _ macro: CELExpression.Macro, _ target: CELValue, _ variable: String, _ body: CELExpression
    ) throws(CELError) -> CELValue {
        let items: [CELValue]
        switch target {
        case .list(let list): items = list
        case .map(let map): items = map.keys.sorted().map(CELValue.string)
        default: throw CELError("no such overload: \(macro.rawValue)")
        }
        var inner = self
        var kept: [CELValue] = []
        for item in items {
            inner.variables[variable] = item
            if macro == .map {
                kept.append(try inner.evaluate(body))
            } else if try inner.isTrue(body) {
                kept.append(item)
            }
        }
        switch macro {
        case .all: return .bool(kept.count == items.count)
        case .exists: return .bool(!kept.isEmpty)
        case .exists_one: return .bool(kept.count == 1)
        case .filter, .map: return .list(kept)
        }
    }
}
