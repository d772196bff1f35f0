import KubeModel

package struct ResourceLimits: ContainerRule {
    package static let id = "resource-limits"
    package static let demand = "Every container requests and limits CPU, memory and ephemeral storage."
    package static let source = "NSA hardening guide; scanners"
    let complaint = "has no complete requests and limits for cpu, memory and ephemeral-storage"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        ["requests", "limits"].contains { side in
            ["cpu", "memory", "ephemeral-storage"].contains { container.at("resources", side, $0) == nil }
        }
    }
}
