import CaracalAPI
import CaracalCatalog
import KubeModel

struct TunableValues: PreflightRule {
    static let id = "tunables"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.catalog.components.flatMap { component in
            (input.spec.settings(component.name.rawValue).env ?? []).compactMap { variable in
                guard let wanted = input.catalog.tunable(variable.name, of: component.name),
                    let problem = problem(variable.value, wanted, isGo: component.isGo)
                else { return nil }
                return finding(
                    "spec.components.\(component.name).env[\(variable.name)]", [component.name], .refusesToStart,
                    problem)
            }
        }
    }

    private func problem(_ value: String, _ wanted: TunableValue, isGo: Bool) -> String? {
        switch wanted {
        case .text: return nil
        case .integer(let range):
            guard let number = Int64(value) else { return "\"\(value)\" is not a whole number" }
            if number < range.lowerBound {
                return
                    "\(number) is too small: at least \(range.lowerBound)\(range.lowerBound == 1 ? "; leave it out for the default" : "")"
            }
            return number > range.upperBound ? "\(number) is too large: at most \(range.upperBound)" : nil
        case .flag:
            let words =
                isGo ? ["1", "t", "true", "0", "f", "false"] : ["1", "true", "yes", "on", "0", "false", "no", "off"]
            return words.contains(value.lowercased()) ? nil : "\"\(value)\" is no flag: use true or false"
        case .duration:
            guard let duration = GoDuration(value) else {
                return "\"\(value)\" is no duration: write it as 30s or 1m30s"
            }
            return duration.seconds > 0 ? nil : "\"\(value)\" must be longer than nothing"
        }
    }
}

/// A duration as Go writes it. https://pkg.go.dev/time#ParseDuration
struct GoDuration {
    var seconds: Double

    init?(_ text: String) {
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest == "0" {
            seconds = 0
            return
        }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard !digits.isEmpty, let number = Double(digits.last == "." ? digits + "0" : digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let unit = Self.units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
            rest = rest.dropFirst(unit.0.count)
            total += number * unit.1
        }
        seconds = isNegative ? -total : total
    }

    /// Longer names first: `ms` begins with `m`.
    private static let units: [(String, Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("h", 3600), ("m", 60), ("s", 1),
    ]
}
