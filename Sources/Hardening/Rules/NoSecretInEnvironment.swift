import KubeModel

package struct NoSecretInEnvironment: ContainerRule {
    package static let id = "no-secret-in-environment"
    package static let demand = "Secrets reach a container as files, never through its environment."
    package static let source = "harden-production: use mounted secret files"
    let complaint = "takes a secret from its environment: mount it as a file and use the variable's _FILE form"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        (container["env"]?.array ?? []).contains { $0.at("valueFrom", "secretKeyRef") != nil }
            || (container["envFrom"]?.array ?? []).contains { $0["secretRef"] != nil }
    }
}
