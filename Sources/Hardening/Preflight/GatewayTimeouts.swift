import CaracalCatalog

struct GatewayTimeouts: PreflightRule {
    static let id = "gateway-timeouts"
    /// caracal-runtime.md §3.3
    private static let defaults = ["STS_TIMEOUT": "5s", "UPSTREAM_TIMEOUT": "30s", "READ_TIMEOUT": "45s"]

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        let set = input.environment[.gateway] ?? [:]
        func seconds(_ name: String) -> Double? { GoDuration(set[name] ?? Self.defaults[name] ?? "")?.seconds }
        guard let read = seconds("READ_TIMEOUT"), let sts = seconds("STS_TIMEOUT"),
            let upstream = seconds("UPSTREAM_TIMEOUT"), read <= sts + upstream
        else { return [] }
        return [
            finding(
                "spec.components.gateway.env", [.gateway], .refusesToStart,
                "READ_TIMEOUT (\(read) s) must be longer than STS_TIMEOUT + UPSTREAM_TIMEOUT (\(sts + upstream) s)")
        ]
    }
}
