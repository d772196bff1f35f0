import CaracalAPI
import CaracalCatalog
import KubeModel

/// Nothing in, nothing out, for every pod of the instance; the component policies add to it.
struct DefaultDenyRenderer: ResourceRenderer {
    static let kinds = [NetworkPolicy.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        let policy = NetworkPolicy {
            $0.metadata = context.metadata("\(context.key.name)-default-deny")
            $0.spec = NetworkPolicy.Spec { $0.podSelector = LabelSelector(matchLabels: context.instanceSelector) }
        }
        return [try RenderedObject(policy, .networkPolicy)]
    }
}

/// What each component and job needs, in both directions, from the catalog's edges. Every rule has peers and ports.
struct ComponentPolicyRenderer: ResourceRenderer {
    static let kinds = [NetworkPolicy.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        try context.secretReaders.map { name in
            let edges = EdgeRules(context: context, name: name)
            let (ingress, egress) = (try edges.ingress(), try edges.egress())
            let policy = NetworkPolicy {
                let names = (ingress.edges + egress.edges).joined(separator: " ")
                $0.metadata = context.metadata(context.name(name), name, annotations: [Annotation.edges: names])
                $0.spec = NetworkPolicy.Spec {
                    $0.podSelector = LabelSelector(matchLabels: [Label.isolation: context.name(name)])
                    $0.ingress = ingress.rules.isEmpty ? nil : ingress.rules
                    $0.egress = egress.rules.isEmpty ? nil : egress.rules
                }
            }
            return try RenderedObject(policy, .networkPolicy, name)
        }
    }
}

/// The edges of one component as rules, and the edges' names for the annotation.
private struct EdgeRules {
    let context: RenderContext
    let name: ComponentName

    private var peers: PeerResolver { PeerResolver(context: context) }

    func ingress() throws -> (rules: [NetworkPolicy.IngressRule], edges: [String]) {
        var rules: [NetworkPolicy.IngressRule] = []
        var names: [String] = []
        guard let port = context.catalog.component(name)?.port else { return ([], []) }
        for edge in context.catalog.edges where edge.to == .component(name) && context.isOn(edge.when) {
            switch edge.from {
            case .component(let other):
                rules.append(.init(from: [pods(other)], ports: [PeerResolver.tcp(port)]))
                names.append("\(other)>\(name)")
            case .external(let external):
                if external == .ingressController, context.spec.exposure?.host(name.rawValue) == nil { continue }
                for flow in try peers.flows(external) {
                    rules.append(.init(from: flow.peers, ports: [PeerResolver.tcp(port)]))
                }
                names.append("\(external.rawValue)>\(name)")
            }
        }
        for (index, extra) in (context.spec.networkPolicy?.extraIngress ?? []).enumerated()
        where extra.component == name.rawValue {
            let flows = try peers.flows(
                extra.from, extra.ports.map(PeerResolver.port), "spec.networkPolicy.extraIngress[\(index)].from")
            rules += flows.map { .init(from: $0.peers, ports: $0.ports) }
        }
        return (rules.uniqued(), names)
    }

    func egress() throws -> (rules: [NetworkPolicy.EgressRule], edges: [String]) {
        var rules: [NetworkPolicy.EgressRule] = []
        var names: [String] = []
        for edge in context.catalog.edges where edge.from == .component(name) && context.isOn(edge.when) {
            switch edge.to {
            case .component(let other):
                guard let port = context.catalog.component(other)?.port else { continue }
                rules.append(.init(to: [pods(other)], ports: [PeerResolver.tcp(port)]))
                names.append("\(name)>\(other)")
            case .external(let external):
                for flow in try peers.flows(external) { rules.append(.init(to: flow.peers, ports: flow.ports)) }
                names.append("\(name)>\(external.rawValue)")
            }
        }
        for (index, extra) in (context.spec.networkPolicy?.extraEgress ?? []).enumerated()
        where extra.component == name.rawValue {
            let flows = try peers.flows(
                extra.to, extra.ports.map(PeerResolver.port), "spec.networkPolicy.extraEgress[\(index)].to")
            rules += flows.map { .init(to: $0.peers, ports: $0.ports) }
        }
        return (rules.uniqued(), names)
    }

    private func pods(_ component: ComponentName) -> NetworkPolicy.Peer {
        .init(podSelector: LabelSelector(matchLabels: context.selector(component)))
    }
}

extension Array where Element: Hashable {
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
