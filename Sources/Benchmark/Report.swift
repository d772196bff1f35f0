import KubeModel

/// Figures by name, in the order they were taken.
struct Report: Sendable {
    /// How a figure is held against the kept one.
    enum Gate: Sendable {
        /// Depends on the machine: shown only.
        case none
        /// Requests: the same number, or somebody decides.
        case exact
        /// More than a tenth above fails.
        case tenth
    }

    struct Figure: Sendable {
        var name: String
        var value: Double
        var unit: String
        var gate: Gate
        var note: String
    }

    private(set) var figures: [Figure] = []
    /// What must not be, whatever was kept.
    private(set) var complaints: [String] = []

    mutating func add(_ name: String, _ value: Double, _ unit: String, _ gate: Gate = .none, note: String = "") {
        figures.append(Figure(name: name, value: value, unit: unit, gate: gate, note: note))
    }

    mutating func complain(_ text: String) { complaints.append(text) }

    subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }

    // MARK: Shown

    var table: String {
        let width = figures.map(\.name.count).max() ?? 0
        return figures.map { figure in
            let name = figure.name.padding(to: width)
            let value = Self.text(figure.value)
            return "\(name)  \(String(repeating: " ", count: max(0, 10 - value.count)))\(value) \(figure.unit)"
                + (figure.note.isEmpty ? "" : "   \(figure.note)")
        }
        .joined(separator: "\n")
    }

    /// Three digits that count.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "not seen" }
        let places = value == value.rounded() ? 0 : abs(value) >= 100 ? 1 : abs(value) >= 10 ? 2 : 3
        let scale = [1.0, 10, 100, 1000][places]
        let scaled = (value * scale).rounded()
        guard places > 0, abs(scaled) < 9e15 else { return String(Int64(scaled)) }
        let whole = Int64(abs(scaled)) / Int64(scale)
        let rest = String(Int64(abs(scaled)) % Int64(scale))
        return (scaled < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: places - rest.count) + rest
    }

    // MARK: Kept

    /// Written by `--record`, read by every other run.
    func baseline(note: JSONObject) -> JSONValue {
        let kept = figures.filter { $0.gate != .none && $0.value.isFinite }.map {
            (key: $0.name, value: JSONValue.number(($0.value * 1000).rounded() / 1000))
        }
        return ["recorded": .object(note), "figures": .object(JSONObject(kept))]
    }

    /// A sentence for each figure that is worse than what was kept.
    func regressions(against baseline: JSONValue) -> [String] {
        figures.compactMap { figure in
            guard figure.gate != .none, let kept = baseline.at("figures", figure.name)?.double else { return nil }
            guard figure.value.isFinite else {
                return "\(figure.name) could not be measured; \(Self.text(kept)) was kept"
            }
            let (now, was) = (Self.text(figure.value), Self.text(kept))
            switch figure.gate {
            case .none: return nil
            case .exact:
                guard abs(figure.value - kept) > 0.0005 else { return nil }
                let change = figure.value < kept ? "fewer: record it with hack/bench --record" : "more"
                return "\(figure.name) is \(now) \(figure.unit), \(was) was kept: \(change)"
            case .tenth:
                guard figure.value > kept * 1.1 else { return nil }
                let percent = Self.text(((figure.value / kept - 1) * 100).rounded())
                return "\(figure.name) is \(now) \(figure.unit), \(percent) % more than the \(was) that was kept"
            }
        }
    }
}

extension [Duration] {
    /// The smallest value that is not less than the given part of all (nearest rank).
    func quantile(_ part: Double) -> Double {
        guard !isEmpty else { return .nan }
        let rank = Int((part * Double(count)).rounded(.up))
        return sorted()[Swift.min(Swift.max(rank - 1, 0), count - 1)].milliseconds
    }
}

extension [Double] {
    var median: Double { isEmpty ? .nan : sorted()[count / 2] }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Double { seconds * 1000 }
}

extension String {
    func padding(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}
