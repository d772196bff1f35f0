/// What an operator may ask while nothing changes. Everything else is a complaint.
enum SteadyState {
    /// Every half hour each watched kind is listed by version alone, every ten minutes each optional group is looked for:
    /// both are declared, and once per period is what they may cost.
    private static let periods: [(isDeclared: @Sendable (AuditedRequest) -> Bool, seconds: Double)] = [
        ({ $0.verb == "list" && !$0.resource.isEmpty }, 1800),
        ({ $0.verb == "get" && $0.resource.isEmpty && $0.path.hasPrefix("/apis/") }, 600),
    ]

    /// A sentence for each request that was not to be made in so many seconds.
    static func complaints(_ requests: [AuditedRequest], seconds: Double) -> [String] {
        let rest = requests.filter { request in
            if request.isWatch { return false }
            return !(request.resource.hasPrefix("leases.") && ["patch", "update"].contains(request.verb))
        }
        var declared: [String: Int] = [:]
        return rest.compactMap { request in
            if let period = periods.first(where: { $0.isDeclared(request) }) {
                declared[request.path, default: 0] += 1
                if Double(declared[request.path] ?? 0) <= (seconds / period.seconds).rounded(.up), seconds >= 60 {
                    return nil
                }
            }
            return "nothing changed, and the operator sent \(request.verb) \(request.path) (HTTP \(request.code))"
        }
    }
}
