import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Preflight
import Rendering

extension RenderContext {
    /// Secrets with the edge's certificates: looked at, never mounted.
    package var edgeCertificates: Set<String> {
        Set(catalog.components.compactMap { spec.exposure?.host($0.name.rawValue)?.tls?.secretName })
    }

    /// Every Secret the operator reads for this instance.
    package var readSecrets: Set<String> { Set(secretRequirements().map(\.secretName)).union(edgeCertificates) }

    /// What the rules look at before anything starts.
    package func preflightInput(
        _ requirements: [SecretRequirement], states: [String: SecretState], neighbours: [PreflightInput.Neighbour],
        now: Timestamp
    ) -> PreflightInput {
        var environment: [ComponentName: [String: String]] = [:]
        var most: [ComponentName: Int32] = [:]
        for component in catalog.components {
            let variables = self.environment(of: component.name).map { ($0.name, $0.value) }
            environment[component.name] = Dictionary(variables) { $1 }
            most[component.name] = mostReplicas(component)
        }
        return PreflightInput(
            instance: key, spec: spec, catalog: catalog, release: release, requirements: requirements, secrets: states,
            environment: environment, mostReplicas: most, neighbours: neighbours, issuerURL: issuerURL,
            now: Int64(now.seconds))
    }
}
