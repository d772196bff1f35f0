import CaracalAPI
import CaracalCatalog

struct OTLPEndpoint: PreflightRule {
    static let id = "otlp-endpoint"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        guard let endpoint = input.spec.observability?.otlp?.endpoint, WebAddress(endpoint)?.port == 4317 else {
            return []
        }
        return [
            finding(
                "spec.observability.otlp.endpoint", [], .advice,
                "4317 is the collector's gRPC port, which is not spoken: use its HTTP port, usually 4318")
        ]
    }
}
