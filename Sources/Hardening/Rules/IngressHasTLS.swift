import KubeModel

package struct IngressHasTLS: HardeningRule {
    package static let id = "ingress-has-tls"
    package static let demand = "Every host of an Ingress is covered by a TLS Secret, or named as terminated elsewhere."
    package static let source = "harden-production: external TLS"
    /// Set by the renderer where the spec names an external terminator.
    static let external = "caracal.run/tls-terminated-by"

    package func check(_ object: JSONValue) -> [Finding] {
        guard object.kind == "Ingress", object.annotation(Self.external) == nil else { return [] }
        let covered = Set(
            (object.at("spec", "tls")?.array ?? []).filter { $0["secretName"]?.string?.isEmpty == false }
                .flatMap { $0["hosts"]?.array ?? [] })
        return (object.at("spec", "rules")?.array ?? []).compactMap { rule in
            guard let host = rule["host"], !covered.contains(host) else { return nil }
            return finding(
                object, "host \(host.string ?? "?") is served without TLS: set tls.secretName, or tls.external.reason")
        }
    }
}
