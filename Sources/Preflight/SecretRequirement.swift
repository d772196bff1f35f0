import CaracalCatalog
import KubeModel

/// One key that some component reads, and where it is.
package struct SecretRequirement: Sendable, Hashable {
    package var key: String
    package var secretName: String
    package var secretKey: String
    package var isOptional: Bool
    package var readers: Set<ComponentName>
    package var format: SecretKey.Format

    package init(
        key: String, secretName: String, secretKey: String, isOptional: Bool, readers: Set<ComponentName>,
        format: SecretKey.Format
    ) {
        self.format = format
        self.key = key
        self.secretName = secretName
        self.secretKey = secretKey
        self.isOptional = isOptional
        self.readers = readers
    }
}

/// Something about a Secret that keeps its readers from starting.
package struct SecretFinding: Sendable, Hashable {
    package enum Problem: Sendable, Hashable {
        case secretMissing, secretForbidden, keyMissing, malformed(String)
    }
    package var requirement: SecretRequirement
    package var problem: Problem
}

/// Whether the keys are there and hold something. What they hold is judged by rules of their own.
package enum SecretPreflight {
    package static func findings(
        _ requirements: [SecretRequirement], states: [String: SecretState]
    ) -> [SecretFinding] {
        requirements.compactMap { requirement in
            problem(requirement, states[requirement.secretName] ?? .unknown).map {
                SecretFinding(requirement: requirement, problem: $0)
            }
        }
    }

    private static func problem(_ requirement: SecretRequirement, _ state: SecretState)
        -> SecretFinding.Problem?
    {
        switch state {
        // Nobody decides before a Secret was looked at; until then it counts as absent.
        case .unknown, .missing: return requirement.isOptional ? nil : .secretMissing
        case .forbidden: return .secretForbidden
        case .present(let keys):
            guard let facts = keys[requirement.secretKey] else { return requirement.isOptional ? nil : .keyMissing }
            return malformed(facts, requirement.format).map(
                SecretFinding.Problem.malformed)
        }
    }

    /// What is wrong with the shape, in words that say nothing of the content.
    private static func malformed(_ facts: KeyFacts, _ format: SecretKey.Format) -> String? {
        if facts.byteCount == 0 { return "is empty" }
        return facts.hasBlanksBefore && format == .text ? "begins with blanks or a newline" : nil
    }
}
