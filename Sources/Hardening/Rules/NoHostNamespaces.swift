import KubeModel

package struct NoHostNamespaces: HardeningRule {
    package static let id = "no-host-namespaces"
    package static let demand = "Pods share no network, process or IPC namespace with the node."
    package static let source = "Pod Security baseline"

    package func check(_ object: JSONValue) -> [Finding] {
        guard let pod = PodView(object) else { return [] }
        return ["hostNetwork", "hostPID", "hostIPC"].filter { pod.spec[$0]?.bool == true }
            .map { finding(object, "the pod uses \($0): remove it") }
    }
}
