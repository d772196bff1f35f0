import CaracalAPI
import KubeModel

/// NetworkPolicies of others that select pods of ours. Policies are additive: what such a one allows is open, whatever
/// ours say.
package enum ForeignPolicies {
    package static let id = "foreign-policy"
    package static let demand = "No NetworkPolicy of others opens what ours keep closed."

    /// `pods` are the labels of each component's pods.
    package static func findings(_ policies: [JSONValue], pods: [(component: String, labels: [String: String])])
        -> [Finding]
    {
        policies.compactMap { policy in
            let rules = [("ingress", "from"), ("egress", "to")].flatMap { direction, peers in
                (policy.at("spec", direction)?.array ?? []).enumerated().map { index, rule in
                    Self.describe(direction, index, rule, peers)
                }
            }
            guard !rules.isEmpty else { return nil }
            let selector = policy.at("spec", "podSelector") ?? [:]
            let selected = pods.filter { LabelMatch.matches(selector, $0.labels) }.map(\.component)
            guard !selected.isEmpty else { return nil }
            return Finding(
                rule: id, object: "NetworkPolicy/\(policy.name)",
                message:
                    "is not ours and opens \(selected.joined(separator: ", ")): \(rules.prefix(3).joined(separator: "; ")). Take it away, or say what is needed in spec.networkPolicy.extraIngress or extraEgress",
                component: selected.count == 1 ? selected[0] : nil)
        }
    }

    private static func describe(_ direction: String, _ index: Int, _ rule: JSONValue, _ peers: String) -> String {
        let who = rule[peers]?.array?.isEmpty == false ? "named peers" : "everybody"
        let ports = (rule["ports"]?.array ?? []).compactMap {
            $0["port"]?.integer.map(String.init) ?? $0["port"]?.string
        }
        return
            "\(direction) rule \(index) \(direction == "ingress" ? "from" : "to") \(who)\(ports.isEmpty ? ", every port" : " on \(ports.joined(separator: ", "))")"
    }
}
