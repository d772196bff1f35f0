import CaracalCatalog
import Preflight

struct ExampleValue: PreflightRule {
    static let id = "example-value"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.filter { $0.facts.isExample }.map {
            finding(
                $0, .unsafe,
                "is a placeholder or a value from documentation: put a value of your own there (caracal-operator keys -f <file> makes them)"
            )
        }
    }
}
