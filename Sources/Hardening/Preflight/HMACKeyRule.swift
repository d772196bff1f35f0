import CaracalCatalog
import Preflight

/// Go decodes strictly; Node stops at the first bad character, so that a bad key can pass in one and fail in the other.
struct HMACKeyRule: PreflightRule {
    static let id = "hmac-key"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.filter { $0.requirement.format == .hmacKey }.compactMap { known in
            KeyShape.problem(known.facts, wanted: "at least 32") { $0 >= 32 }.map {
                finding(known, .refusesToStart, "\($0). openssl rand -hex 32 prints a proper one")
            }
        }
    }
}

/// What keeps a value from being a key, in words that say nothing of its content.
enum KeyShape {
    static func problem(_ facts: KeyFacts, wanted: String, _ isEnough: (Int) -> Bool) -> String? {
        guard let count = facts.hexByteCount else {
            return "is not strict hexadecimal (even number of digits, no 0x, no blanks, no newline)"
        }
        return isEnough(count) ? nil : "has \(count) bytes, \(wanted) are needed"
    }
}
