import KubeModel

package struct NoUnsafeSecurityOptions: HardeningRule {
    package static let id = "no-unsafe-security-options"
    package static let demand = "No unmasked /proc, no sysctls, no weakened AppArmor, no own SELinux user or role."
    package static let source = "Pod Security baseline"

    package func check(_ object: JSONValue) -> [Finding] {
        guard let pod = PodView(object) else { return [] }
        var found: [Finding] = []
        if pod.security["sysctls"]?.array?.isEmpty == false {
            found.append(finding(object, "the pod sets sysctls: remove them"))
        }
        for (context, name) in [(pod.security, "the pod")]
            + pod.containers.map({ ($0.containerSecurity, "container \($0["name"]?.string ?? "?")") })
        {
            if let mount = context["procMount"]?.string, mount != "Default" {
                found.append(finding(object, "\(name) sets procMount \(mount): remove it"))
            }
            if context.at("appArmorProfile", "type") == "Unconfined" {
                found.append(finding(object, "\(name) runs without AppArmor: use RuntimeDefault"))
            }
            if context.at("seLinuxOptions", "user") != nil || context.at("seLinuxOptions", "role") != nil {
                found.append(finding(object, "\(name) sets an SELinux user or role: remove it"))
            }
        }
        return found
    }
}
