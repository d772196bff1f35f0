import CaracalCatalog
import Preflight

/// The migration sets each role's password from a key of its own; the service logs in with the one in its URL.
struct RolePassword: PreflightRule {
    static let id = "role-password"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.compactMap { known in
            let key = known.requirement.key
            guard known.requirement.format == .postgresURL, key.hasSuffix("DatabaseUrl"), let url = known.facts.url,
                let digest = url.passwordDigest,
                let password = input.known("\(key.dropLast("DatabaseUrl".count))DbPassword"),
                password.facts.digest != digest
            else { return nil }
            return finding(
                known, .refusesToStart,
                "has another password than \(password.requirement.key), which the migration gives the role: put the same into both, percent-encoded in the URL",
                // The migration would lock the service out.
                readers: known.requirement.readers.union(password.requirement.readers))
        }
    }
}
