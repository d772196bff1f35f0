import KubeModel

package struct RunAsNonRoot: ContainerRule {
    package static let id = "run-as-non-root"
    package static let demand = "Every container runs as a user other than root, by number where one is set."
    package static let source = "Pod Security restricted"
    let complaint = "may run as root: set runAsNonRoot: true and a numeric runAsUser above 0"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        let own = container.containerSecurity
        let isNonRoot = own["runAsNonRoot"]?.bool ?? pod.security["runAsNonRoot"]?.bool
        let user = own["runAsUser"]?.integer ?? pod.security["runAsUser"]?.integer
        return isNonRoot != true || user == 0
    }
}
