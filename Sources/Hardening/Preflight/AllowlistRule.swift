import CaracalAPI
import CaracalCatalog
import Preflight

struct AllowlistRule: PreflightRule {
    static let id = "allowlist"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        if let known = input.known("operatorAllowlist.json"), let problem = known.facts.allowlistProblem {
            return [finding(known, .unsafe, "\(problem). {\"emails\":{\"you@example.com\":\"active\"}}")]
        }
        for entry in input.spec.web?.allowlist ?? [] where entry != entry.lowercased() || !entry.contains("@") {
            return [
                finding(
                    "spec.web.allowlist", [.web], .unsafe,
                    "\"\(entry)\" matches nobody: entries are lower-case addresses or @domains")
            ]
        }
        let isClosed = input.spec.web?.allowlist?.isEmpty != false && input.known("operatorAllowlist.json") == nil
        guard isClosed, input.isPublished else { return [] }
        return [
            finding(
                "spec.web.allowlist", [.web], .advice,
                "nobody is on the allowlist, so nobody may sign in: set web.allowlist, or the key operatorAllowlist.json"
            ).about(.notice)
        ]
    }
}
