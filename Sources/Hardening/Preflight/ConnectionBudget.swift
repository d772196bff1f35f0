import CaracalAPI
import CaracalCatalog

/// Every pod may open a pool; a roll-out adds one pod to each Deployment.
struct ConnectionBudget: PreflightRule {
    static let id = "connection-budget"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        guard let limit = input.spec.database.maxConnections else { return [] }
        var parts: [String] = []
        var total = 0
        for component in input.catalog.components {
            guard let pods = input.mostReplicas[component.name], pods > 0 else { continue }
            let set = input.environment[component.name]?[component.pool.variable].flatMap(Int.init)
            let pool = set ?? Int(component.pool.connections)
            let surge = component.replayPath == nil ? 1 : 0
            // A pool size a user types may be any number; the sum must not trap.
            total = total.addingReportingOverflow(max(0, min(pool, 1_000_000)) * (Int(pods) + surge)).partialValue
            parts.append("\(component.name) \(Int(pods) + surge) × \(pool)")
        }
        guard total > Int(limit) else { return [] }
        return [
            finding(
                "spec.database.maxConnections", Set(input.catalog.components.map(\.name)), .advice,
                "at most \(total) connections may be opened (\(parts.joined(separator: ", "))), \(limit) are allowed: lower components.<name>.autoscaling.maxReplicas or DB_MAX_CONNS / DB_POOL_MAX, put a session pooler in front, or raise it"
            )
        ]
    }
}
