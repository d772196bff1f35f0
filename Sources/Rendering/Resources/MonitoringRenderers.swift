import CaracalAPI
import CaracalCatalog
import KubeModel

/// A ServiceMonitor per component that can be scraped, with the bearer every `/metrics` asks for.
struct ServiceMonitorRenderer: ResourceRenderer {
    static let kinds = [ServiceMonitor.resource]
    static let isOptional = true

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard let settings = context.spec.observability?.metrics?.serviceMonitor else { return [] }
        let bearer = context.spec.location(ofKey: "metricsBearer")
        return try context.catalog.components.filter { $0.servesMetrics && $0.isScrapable }.map { component in
            let isTLS = context.servesTLS(component)
            let monitor = ServiceMonitor {
                $0.metadata = context.metadata(context.name(component.name), component.name)
                $0.metadata.labels?.merge(settings.labels ?? [:]) { own, _ in own }
                $0.spec = ServiceMonitor.Spec {
                    $0.selector = LabelSelector(matchLabels: context.selector(component.name))
                    $0.endpoints = [
                        ServiceMonitor.Endpoint {
                            $0.port = isTLS ? "https" : "http"
                            $0.path = "/metrics"
                            $0.scheme = isTLS ? "https" : "http"
                            $0.interval = "30s"
                            $0.authorization = .init(credentials: .init(name: bearer.secretName, key: bearer.key))
                            if isTLS {
                                $0.tlsConfig = ServiceMonitor.TLSConfig {
                                    $0.serverName = context.spec.exposure?.host(component.name.rawValue)?.host
                                }
                            }
                        }
                    ]
                }
            }
            return try RenderedObject(monitor, .monitoring, component.name)
        }
    }
}

/// Caracal's own alerts.
struct PrometheusRuleRenderer: ResourceRenderer {
    static let kinds = [PrometheusRule.resource]
    static let isOptional = true

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard let settings = context.spec.observability?.metrics?.rules else { return [] }
        let rule = PrometheusRule {
            $0.metadata = context.metadata("\(context.key.name)-alerts")
            $0.metadata.labels?.merge(settings.labels ?? [:]) { own, _ in own }
            $0.spec = .init(groups: [
                .init(
                    name: "caracal",
                    rules: context.catalog.alerts.filter { $0.generations.contains(context.release.generation) }.map {
                        alert in
                        PrometheusRule.Rule {
                            $0.alert = alert.name
                            $0.expr = alert.expression
                            $0.for = alert.hold
                            $0.labels = ["severity": alert.severity]
                            $0.annotations = ["summary": alert.summary]
                        }
                    })
            ])
        }
        return [try RenderedObject(rule, .monitoring)]
    }
}
