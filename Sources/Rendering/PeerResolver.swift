import CaracalAPI
import CaracalCatalog
import KubeModel

/// Peers as they stand in a NetworkPolicy, and the ports that go with them; named ports are left out.
package struct NetworkFlow {
    package var peers: [JSONValue]
    package var ports: [(number: Int64, transport: String)]
}

extension RenderContext {
    /// Who the spec says an external end is.
    package func flows(_ external: Edge.External) throws -> [NetworkFlow] { try PeerResolver.described(external, self) }
}

/// Peers of the spec as NetworkPolicy peers and ports.
struct PeerResolver {
    let context: RenderContext

    struct Flow: Hashable {
        var peers: [NetworkPolicy.Peer]
        var ports: [NetworkPolicy.Port]
    }

    /// The flows that reach what an edge points at outside the instance.
    func flows(_ external: Edge.External) throws(RenderError) -> [Flow] {
        let spec = context.spec
        switch external {
        case .dns: return try dns()
        case .database: return try flows(spec.database.peers, [Self.tcp(spec.databasePort)], "spec.database.peers")
        case .migrationDatabase:
            let peers = spec.database.migrations?.peers ?? spec.database.peers
            return try flows(peers, [Self.tcp(spec.migrationPort)], "spec.database.migrations.peers")
        case .redis: return try flows(spec.redis.peers, [Self.tcp(spec.redisPort)], "spec.redis.peers")
        case .otlpCollector:
            return try flows(spec.observability?.otlp?.peers, [Self.tcp(otlpPort)], "spec.observability.otlp.peers")
        case .upstreams:
            return try flows(spec.gateway?.upstreams?.peers, [Self.tcp(443)], "spec.gateway.upstreams.peers")
        case .providers: return try flows(spec.sts?.providers?.peers, [Self.tcp(443)], "spec.sts.providers.peers")
        case .github: return try flows(spec.web?.signIn?.github?.peers, [Self.tcp(443)], "spec.web.signIn.github.peers")
        case .google: return try flows(spec.web?.signIn?.google?.peers, [Self.tcp(443)], "spec.web.signIn.google.peers")
        case .mailRelay: return try flows(spec.web?.smtp?.peers, [Self.tcp(587)], "spec.web.smtp.peers")
        case .objectStore:
            return try flows(spec.audit?.export?.s3?.peers, [Self.tcp(443)], "spec.audit.export.s3.peers")
        case .podIdentity:
            return [Flow(peers: [.init(ipBlock: .init(cidr: NetworkRanges.podIdentity))], ports: [Self.tcp(80)])]
        case .ingressController: return try flows(spec.exposure?.peers, [], "spec.exposure.peers")
        case .operator:
            let pods = NetworkPolicy.Peer(
                namespaceSelector: LabelSelector(
                    matchLabels: ["kubernetes.io/metadata.name": context.inputs.operatorNamespace]),
                podSelector: LabelSelector(matchLabels: OperatorName.podLabels))
            return [Flow(peers: [pods], ports: [])]
        case .prometheus: return try flows(spec.observability?.metrics?.peers, [], "spec.observability.metrics.peers")
        }
    }

    func flows(_ peers: [Peer]?, _ defaults: [NetworkPolicy.Port], _ field: String) throws(RenderError) -> [Flow] {
        var flows: [Flow] = []
        for (index, peer) in (peers ?? []).enumerated() {
            let ports = peer.ports.map { $0.map(Self.port) } ?? defaults
            flows.append(Flow(peers: try resolve(peer, "\(field)[\(index)]"), ports: ports))
        }
        return flows
    }

    /// For those who explain policies: peers as documents.
    static func described(_ external: Edge.External, _ context: RenderContext) throws -> [NetworkFlow] {
        try PeerResolver(context: context).flows(external).map { flow in
            NetworkFlow(
                peers: try flow.peers.map { try JSONValue(encoding: $0) },
                ports: flow.ports.compactMap { port in
                    guard case .int(let number) = port.port else { return nil }
                    return (Int64(number), port.protocol ?? "TCP")
                })
        }
    }

    static func port(_ port: PeerPort) -> NetworkPolicy.Port {
        NetworkPolicy.Port(port.port, protocol: port.protocol ?? "TCP", endPort: port.endPort)
    }

    static func tcp(_ port: Int32) -> NetworkPolicy.Port { NetworkPolicy.Port(.int(port)) }

    private func resolve(_ peer: Peer, _ field: String) throws(RenderError) -> [NetworkPolicy.Peer] {
        if peer.scope == .internet { return ClosedRanges.internet }
        if let block = peer.ipBlock {
            return [.init(ipBlock: try ClosedRanges.guarded(block, field: "\(field).ipBlock"))]
        }
        return [.init(namespaceSelector: peer.namespaceSelector, podSelector: peer.podSelector)]
    }

    private func dns() throws(RenderError) -> [Flow] {
        let port: Int32 = context.isOpenShift ? 5353 : 53
        let both = ["UDP", "TCP"].map { NetworkPolicy.Port(.int(port), protocol: $0) }
        if let named = context.spec.networkPolicy?.dns?.peers {
            return try named.enumerated().map { index, peer throws(RenderError) -> Flow in
                let ports = peer.ports.map { $0.map(Self.port) } ?? both
                if peer.ipBlock?.cidr == NetworkRanges.nodeLocalDNS {
                    return Flow(peers: [.init(ipBlock: .init(cidr: NetworkRanges.nodeLocalDNS))], ports: Self.port53)
                }
                return Flow(peers: try resolve(peer, "spec.networkPolicy.dns.peers[\(index)]"), ports: ports)
            }
        }
        if context.isOpenShift {
            return [
                Flow(
                    peers: [Self.pods(in: "openshift-dns", ["dns.operator.openshift.io/daemonset-dns": "default"])],
                    ports: both)
            ]
        }
        return [
            Flow(peers: [Self.pods(in: "kube-system", ["k8s-app": "kube-dns"])], ports: both),
            Flow(peers: [.init(ipBlock: .init(cidr: NetworkRanges.nodeLocalDNS))], ports: Self.port53),
        ]
    }

    private static let port53 = ["UDP", "TCP"].map { NetworkPolicy.Port(53, protocol: $0) }

    private static func pods(in namespace: String, _ labels: [String: String]) -> NetworkPolicy.Peer {
        .init(
            namespaceSelector: LabelSelector(matchLabels: ["kubernetes.io/metadata.name": namespace]),
            podSelector: LabelSelector(matchLabels: labels))
    }

    /// The endpoint's own port, or the scheme's.
    private var otlpPort: Int32 {
        guard let endpoint = context.spec.observability?.otlp?.endpoint else { return 4318 }
        let isTLS = endpoint.hasPrefix("https://")
        let authority = endpoint.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]"),
            let port = Int32(authority[authority.index(after: colon)...])
        else { return isTLS ? 443 : 80 }
        return port
    }
}
