import KubeModel

package struct NetworkRulesHavePeersAndPorts: HardeningRule {
    package static let id = "network-rules-have-peers-and-ports"
    package static let demand =
        "Every NetworkPolicy rule names who and on which ports, and both directions are governed."
    package static let source = "harden-production: admit only required ingress and egress"

    package func check(_ object: JSONValue) -> [Finding] {
        guard object.kind == "NetworkPolicy", let spec = object["spec"] else { return [] }
        var found: [Finding] = []
        let types = spec["policyTypes"]?.array ?? []
        if !types.contains("Ingress") || !types.contains("Egress") {
            found.append(finding(object, "policyTypes must name Ingress and Egress"))
        }
        for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
            for (index, rule) in (spec[direction]?.array ?? []).enumerated() {
                if rule[peers]?.array?.isEmpty != false {
                    found.append(
                        finding(object, "\(direction) rule \(index) admits everybody: name peers in '\(peers)'"))
                }
                if rule["ports"]?.array?.isEmpty != false {
                    found.append(finding(object, "\(direction) rule \(index) admits every port: name ports"))
                }
            }
        }
        return found
    }
}
