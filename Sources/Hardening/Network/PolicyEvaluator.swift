import KubeModel

/// Somebody on the network, as a NetworkPolicy tells people apart.
package struct NetworkPlace: Sendable, Equatable {
    /// nil for what is no pod of this cluster.
    package var namespace: String?
    package var namespaceLabels: [String: String]
    package var labels: [String: String]
    /// nil for pods: policies select those by label, and what an ipBlock makes of a pod's address is up to the plug-in.
    package var address: String?

    /// A pod. Every namespace carries its own name as a label.
    package static func pod(
        in namespace: String, _ labels: [String: String], namespaceLabels: [String: String] = [:]
    ) -> NetworkPlace {
        let own = namespaceLabels.merging(["kubernetes.io/metadata.name": namespace]) { $1 }
        return NetworkPlace(namespace: namespace, namespaceLabels: own, labels: labels, address: nil)
    }

    package static func address(_ text: String) -> NetworkPlace {
        NetworkPlace(namespace: nil, namespaceLabels: [:], labels: [:], address: text)
    }
}

/// A port one talks to; the name is the container port's, where policies name ports.
package struct NetworkPort: Sendable, Equatable {
    package var number: Int64
    package var name: String?
    package var transport = "TCP"
    package init(_ number: Int64, name: String? = nil, transport: String = "TCP") {
        (self.number, self.name, self.transport) = (number, name, transport)
    }
}

/// What a set of NetworkPolicies makes of one connection, with the API's additive semantics: nothing selects a pod, all
/// is open; something does, only what some rule of some policy allows. Both ends are asked.
///
/// https://kubernetes.io/docs/concepts/services-networking/network-policies/
package struct PolicyEvaluator: Sendable {
    package struct Allowance: Sendable, Equatable {
        package var policy: String
        package var rule: Int
    }

    /// What one end says.
    package struct Side: Sendable, Equatable {
        /// Policies that govern this end in this direction; none: everything is open.
        package var policies: [String]
        package var allowances: [Allowance]
        package var isOpen: Bool { policies.isEmpty || !allowances.isEmpty }
    }

    package struct Decision: Sendable, Equatable {
        /// nil where that end is no pod of this cluster, whose policies are not ours to know.
        package var egress: Side?
        package var ingress: Side?
        package var isAllowed: Bool { egress?.isOpen != false && ingress?.isOpen != false }
    }

    private let policies: [JSONValue]

    package init(_ policies: [JSONValue]) { self.policies = policies }

    package func decide(from: NetworkPlace, to: NetworkPlace, port: NetworkPort) -> Decision {
        Decision(
            egress: side("Egress", rules: "egress", peers: "to", at: from, other: to, port),
            ingress: side("Ingress", rules: "ingress", peers: "from", at: to, other: from, port))
    }

    private func side(
        _ type: String, rules: String, peers: String, at own: NetworkPlace, other: NetworkPlace, _ port: NetworkPort
    ) -> Side? {
        guard let namespace = own.namespace else { return nil }
        var side = Side(policies: [], allowances: [])
        for policy in policies where policy.namespace == namespace {
            guard Self.types(policy).contains(type),
                LabelMatch.matches(policy.at("spec", "podSelector") ?? [:], own.labels)
            else { continue }
            side.policies.append(policy.name)
            for (index, rule) in (policy.at("spec", rules)?.array ?? []).enumerated()
            where Self.admits(rule[peers], other, policyNamespace: namespace) && Self.admits(rule["ports"], port) {
                side.allowances.append(Allowance(policy: policy.name, rule: index))
            }
        }
        return side
    }

    /// Left out, `policyTypes` is Ingress, and Egress where there are egress rules.
    private static func types(_ policy: JSONValue) -> Set<String> {
        if let types = policy.at("spec", "policyTypes")?.array, !types.isEmpty {
            return Set(types.compactMap(\.string))
        }
        return policy.at("spec", "egress")?.array?.isEmpty == false ? ["Ingress", "Egress"] : ["Ingress"]
    }

    /// No peers admit everybody.
    private static func admits(_ peers: JSONValue?, _ other: NetworkPlace, policyNamespace: String) -> Bool {
        guard let peers = peers?.array, !peers.isEmpty else { return true }
        return peers.contains { peer in
            if let block = peer["ipBlock"] { return other.address.map { Self.holds(block, $0) } ?? false }
            guard let namespace = other.namespace else { return false }
            let isThere =
                peer["namespaceSelector"].map { LabelMatch.matches($0, other.namespaceLabels) }
                ?? (namespace == policyNamespace)
            return isThere && (peer["podSelector"].map { LabelMatch.matches($0, other.labels) } ?? true)
        }
    }

    private static func holds(_ block: JSONValue, _ address: String) -> Bool {
        guard let bytes = CIDR.address(address), let own = CIDR("\(address)/\(bytes.count * 8)"),
            let range = block["cidr"]?.string.flatMap(CIDR.init), range.contains(own)
        else { return false }
        return !(block["except"]?.array ?? []).contains { $0.string.flatMap(CIDR.init)?.contains(own) == true }
    }

    /// No ports admit every port.
    private static func admits(_ ports: JSONValue?, _ port: NetworkPort) -> Bool {
        guard let ports = ports?.array, !ports.isEmpty else { return true }
        return ports.contains { entry in
            guard (entry["protocol"]?.string ?? "TCP") == port.transport else { return false }
            guard let wanted = entry["port"] else { return true }
            if let name = wanted.string { return name == port.name }
            guard let first = wanted.integer else { return false }
            return (first...max(first, entry["endPort"]?.integer ?? first)).contains(port.number)
        }
    }
}

/// A LabelSelector held against labels. An empty one selects everything.
package enum LabelMatch {
    package static func matches(_ selector: JSONValue, _ labels: [String: String]) -> Bool {
        for entry in selector["matchLabels"]?.object ?? [:] where labels[entry.key] != entry.value.string {
            return false
        }
        return (selector["matchExpressions"]?.array ?? []).allSatisfy { expression in
            let value = labels[expression["key"]?.string ?? ""]
            let values = (expression["values"]?.array ?? []).compactMap(\.string)
            return switch expression["operator"]?.string {
            case "In": value.map(values.contains) ?? false
            case "NotIn": value.map { !values.contains($0) } ?? true
            case "Exists": value != nil
            case "DoesNotExist": value == nil
            default: false
            }
        }
    }

    /// Labels that the selector selects; nil where none can be made up.
    package static func example(_ selector: JSONValue) -> [String: String]? {
        var labels: [String: String] = [:]
        for entry in selector["matchLabels"]?.object ?? [:] { labels[entry.key] = entry.value.string }
        for expression in selector["matchExpressions"]?.array ?? [] {
            guard let key = expression["key"]?.string else { return nil }
            switch expression["operator"]?.string {
            case "In": labels[key] = labels[key] ?? expression["values"]?[0]?.string
            case "Exists": labels[key] = labels[key] ?? "x"
            default: break
            }
        }
        return matches(selector, labels) ? labels : nil
    }
}
