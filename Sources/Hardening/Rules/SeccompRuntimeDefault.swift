import KubeModel

package struct SeccompRuntimeDefault: ContainerRule {
    package static let id = "seccomp-runtime-default"
    package static let demand = "Every container runs under the RuntimeDefault or a Localhost seccomp profile."
    package static let source = "Pod Security restricted; harden-production: RuntimeDefault seccomp"
    let complaint = "runs without seccomp: set seccompProfile.type: RuntimeDefault"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        let profile =
            container.containerSecurity.at("seccompProfile", "type") ?? pod.security.at("seccompProfile", "type")
        return profile != "RuntimeDefault" && profile != "Localhost"
    }
}
