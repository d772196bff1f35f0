import KubeModel

package struct NoHostPorts: ContainerRule {
    package static let id = "no-host-ports"
    package static let demand = "No container takes a port of the node, and no probe names a host."
    package static let source = "Pod Security baseline"
    let complaint = "takes a host port or probes another host: remove hostPort and host"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        let ports = container["ports"]?.array ?? []
        let probes = ["startupProbe", "livenessProbe", "readinessProbe"].compactMap { container[$0] }
        return ports.contains { ($0["hostPort"]?.integer ?? 0) != 0 }
            || probes.contains { probe in
                ["httpGet", "tcpSocket"].contains { probe.at($0, "host")?.string?.isEmpty == false }
            }
    }
}
