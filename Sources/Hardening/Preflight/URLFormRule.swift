import CaracalCatalog
import Preflight

struct URLFormRule: PreflightRule {
    static let id = "url-form"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.compactMap { known in
            guard let schemes = Self.schemes[known.requirement.format.name] else { return nil }
            if known.facts.hasBlanksBefore {
                return finding(
                    known, .refusesToStart, "begins with blanks or a newline: write it without (printf, not echo)")
            }
            guard let url = known.facts.url else {
                return finding(known, .refusesToStart, "is not a URL: \(schemes[0])://login:password@host:port/…")
            }
            if !schemes.contains(url.scheme) {
                return finding(known, .refusesToStart, "is not a \(schemes[0]):// URL")
            }
            if let problem = url.problem { return finding(known, .refusesToStart, problem) }
            if let doubt = url.doubt { return finding(known, .advice, doubt) }
            guard known.requirement.key == "authDatabaseUrl", url.path.isEmpty else { return nil }
            return finding(known, .refusesToStart, "names no database: add /caracal_auth after the host")
        }
    }

    private static let schemes = [
        "postgresURL": ["postgres", "postgresql"], "redisURL": ["redis", "rediss"], "smtpURL": ["smtp", "smtps"],
    ]
}

extension SecretKey.Format {
    fileprivate var name: String { "\(self)" }
}
