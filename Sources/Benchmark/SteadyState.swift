/// What an operator may ask while nothing changes. Everything else is a complaint.
enum SteadyState {
    /// Every half hour each watched kind is listed by version alone, and the Lease and each named Secret read before and after
    /// its watch is open; every ten minutes each optional group is looked for. That is declared, and what it may cost.
    private static let periods: [(isDeclared: @Sendable (AuditedRequest) -> Bool, seconds: Double, times: Double)] = [
        ({ $0.verb == "list" && !$0.resource.isEmpty }, 1800, 1),
        ({ $0.verb == "get" && ($0.resource == "secrets" || $0.resource.hasPrefix("leases.")) }, 1800, 2),
        ({ $0.verb == "get" && $0.resource.isEmpty && $0.path.hasPrefix("/apis/") }, 600, 1),
    ]

    /// How often the Lease is renewed in so many seconds, at most.
    static func renewals(seconds: Double) -> Int { Int((seconds / 2).rounded(.up)) + 1 }

    /// A sentence for each request that was not to be made in so many seconds.
    static func complaints(_ requests: [AuditedRequest], seconds: Double) -> [String] {
        let rest = requests.filter { request in
            // Further pages are of the list they continue.
            if request.isWatch || request.uri.contains("&continue=") { return false }
            return !(request.resource.hasPrefix("leases.") && ["patch", "update"].contains(request.verb))
        }
        var declared: [String: Int] = [:]
        return rest.compactMap { request in
            if let period = periods.first(where: { $0.isDeclared(request) }) {
                declared[request.path, default: 0] += 1
                let allowed = (seconds / period.seconds).rounded(.up) * period.times
                if Double(declared[request.path] ?? 0) <= allowed, seconds >= 60 { return nil }
            }
            return "nothing changed, and the operator sent \(request.verb) \(request.path) (HTTP \(request.code))"
        }
    }
}
