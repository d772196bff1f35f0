import CaracalCatalog
import Preflight

struct KEKRule: PreflightRule {
    static let id = "kek"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.filter { $0.requirement.format == .kek }.compactMap { known in
            if let problem = KeyShape.problem(known.facts, wanted: "exactly 32", { $0 == 32 }) {
                return finding(known, .refusesToStart, "\(problem). openssl rand -hex 32 prints a proper one")
            }
            guard known.facts.isWeakPattern else { return nil }
            return finding(
                known, .refusesToStart,
                "is a pattern the services refuse (one byte or two repeated, or a run). openssl rand -hex 32 prints a proper one"
            )
        }
    }
}
