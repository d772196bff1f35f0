import KubeModel

package struct NoPrivilegeEscalation: ContainerRule {
    package static let id = "no-privilege-escalation"
    package static let demand = "allowPrivilegeEscalation is false on every container."
    package static let source = "Pod Security restricted; harden-production: no-new-privileges"
    let complaint = "may gain privileges: set securityContext.allowPrivilegeEscalation: false"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        container.containerSecurity["allowPrivilegeEscalation"]?.bool != false
    }
}
