import CaracalCatalog
import Preflight

/// The services refuse weak key-encryption keys themselves, but not weak HMAC keys.
struct WeakKey: PreflightRule {
    static let id = "weak-key"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.filter { $0.requirement.format == .hmacKey && $0.facts.isWeakPattern }.map {
            finding(
                $0, .unsafe,
                "is one byte or two repeated, or a run: anybody can guess it. openssl rand -hex 32 prints a proper one")
        }
    }
}
