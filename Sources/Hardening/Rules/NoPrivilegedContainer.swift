import KubeModel

package struct NoPrivilegedContainer: ContainerRule {
    package static let id = "no-privileged-container"
    package static let demand = "No container is privileged."
    package static let source = "Pod Security baseline"
    let complaint = "is privileged: remove securityContext.privileged"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        container.containerSecurity["privileged"]?.bool == true
    }
}
