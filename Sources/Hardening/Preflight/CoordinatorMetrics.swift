import CaracalAPI
import CaracalCatalog

/// The coordinator's `/metrics` asks for one bearer that equals two different keys (trap 4). Giving both the same value would
/// hand its operator token to whoever scrapes; so it has no ServiceMonitor, and that is said.
struct CoordinatorMetrics: PreflightRule {
    static let id = "coordinator-metrics"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        guard input.spec.observability?.metrics?.serviceMonitor != nil else { return [] }
        return input.catalog.components.filter { $0.servesMetrics && !$0.isScrapable }.map { component in
            finding(
                "spec.observability.metrics.serviceMonitor", [component.name], .advice,
                "\(component.name) is not scraped: its /metrics asks for a bearer that is both METRICS_BEARER and its own token. Its alerts rest on pods' readiness"
            ).about(.notice)
        }
    }
}
