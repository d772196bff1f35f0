import KubeModel

package struct MetricsBearer: HardeningRule {
    package static let id = "metrics-bearer"
    package static let demand = "Whatever scrapes metrics carries the bearer every /metrics asks for."
    package static let source = "harden-production: metrics endpoint denied; caracal-runtime.md §10"

    package func check(_ object: JSONValue) -> [Finding] {
        guard object.kind == "ServiceMonitor" else { return [] }
        return (object.at("spec", "endpoints")?.array ?? []).enumerated().compactMap { index, endpoint in
            let credentials = endpoint.at("authorization", "credentials", "name")?.string
            guard credentials?.isEmpty != false else { return nil }
            return finding(object, "endpoint \(index) has no authorization.credentials: every scrape is answered 401")
        }
    }
}
