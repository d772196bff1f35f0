import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering

/// One end of a connection somebody asks about.
enum ExplainedEnd: Equatable {
    case component(ComponentName)
    case external(Edge.External)
    /// A host the gateway is to call, or an address.
    case host(String)

    static let metadata = "169.254.169.254"

    /// `api`, `database`, `ingress`, `upstream:api.github.com`, `metadata`, `10.1.2.3`.
    init(_ text: String, catalog: Catalog) throws {
        let aliases: [String: Edge.External] = [
            "ingress": .ingressController, "migration-database": .migrationDatabase, "otlp": .otlpCollector,
            "mail": .mailRelay, "object-store": .objectStore, "pod-identity": .podIdentity,
        ]
        if let host = text.split(separator: ":", maxSplits: 1).dropFirst().first, text.hasPrefix("upstream:") {
            self = .host(host.lowercased())
        } else if text == "metadata" {
            self = .host(Self.metadata)
        } else if catalog.component(ComponentName(rawValue: text)) != nil
            || catalog.jobs.contains(where: { $0.name.rawValue == text })
        {
            self = .component(ComponentName(rawValue: text))
        } else if let external = aliases[text] ?? Edge.External(rawValue: text) {
            self = .external(external)
        } else if CIDR.address(text) != nil {
            self = .host(text)
        } else if text.hasPrefix("["), text.hasSuffix("]"), CIDR.address(String(text.dropFirst().dropLast())) != nil {
            self = .host(String(text.dropFirst().dropLast()))
        } else {
            let components = (catalog.components.map(\.name) + catalog.jobs.map(\.name)).map(\.rawValue)
            throw Failure(
                "\"\(text)\" is nobody here. Components: \(components.joined(separator: ", ")). Others: ingress, prometheus, database, migration-database, redis, dns, otlp, upstream:<host or address>, metadata, github, google, mail, object-store, pod-identity, or an address"
            )
        }
    }

    var name: String {
        switch self {
        case .component(let name): name.rawValue
        case .external(.ingressController): "ingress"
        case .external(.operator): "operator"
        case .external(let external): external.rawValue
        case .host(Self.metadata): "the metadata address \(Self.metadata)"
        case .host(let host): host
        }
    }
}

/// Says of one connection whether the policies allow it, which of them, on account of which edge of the topology, and what
/// to add to the spec. Pure: the policies are those of the cluster or those that would be rendered.
struct Explanation {
    let context: RenderContext
    let policies: [JSONValue]
    /// Pod labels and container port of each component and job.
    let pods: [ComponentName: (labels: [String: String], port: NetworkPort)]

    struct Verdict {
        var isAllowed: Bool
        var lines: [String]
        var text: String { lines.joined(separator: "\n") + "\n" }
    }

    init(context: RenderContext, rendered: [RenderedObject], policies: [JSONValue]) {
        self.context = context
        self.policies = policies
        var pods: [ComponentName: (labels: [String: String], port: NetworkPort)] = [:]
        for object in rendered {
            guard let name = object.component, let labels = object.podLabels else { continue }
            let port = object.document.at("spec", "template", "spec", "containers")?[0]?["ports"]?[0]
            pods[name] = (
                labels,
                NetworkPort(port?["containerPort"]?.integer ?? 0, name: port?["name"]?.string)
            )
        }
        self.pods = pods
    }

    private struct Candidate {
        var place: NetworkPlace
        var port: NetworkPort
        var what: String
    }

    func explain(from: ExplainedEnd, to: ExplainedEnd, port: Int64?) throws -> Verdict {
        guard case .component = to, case .component = from else {
            if case .component = from { return try judge(from, to, port) }
            if case .component = to { return try judge(from, to, port) }
            throw Failure("one of the two must be a component or job of the instance")
        }
        return try judge(from, to, port)
    }

    private func judge(_ from: ExplainedEnd, _ to: ExplainedEnd, _ port: Int64?) throws -> Verdict {
        let sources = try candidates(from, port: nil)
        let targets = try candidates(to, port: port)
        let edge = self.edge(from, to)
        var best: (decision: PolicyEvaluator.Decision, source: Candidate, target: Candidate)?
        for source in sources {
            for target in targets {
                let decision = PolicyEvaluator(policies).decide(from: source.place, to: target.place, port: target.port)
                if best == nil || (decision.isAllowed && best?.decision.isAllowed == false) {
                    best = (decision, source, target)
                }
            }
        }
        guard let best else {
            let end = sources.isEmpty ? from : to
            var lines = ["\(from.name) → \(to.name): DENIED"]
            lines.append("  nothing in the spec says where \(end.name) is: \(hint(from, to, port))")
            lines += edgeLines(edge)
            return Verdict(isAllowed: false, lines: lines)
        }
        let decision = best.decision
        let isAllowed = decision.isAllowed && isListed(from, to)
        var lines = [
            "\(from.name) → \(to.name) (\(best.target.what), \(best.target.port.transport) \(best.target.port.number)): \(isAllowed ? "ALLOWED" : "DENIED")"
        ]
        lines.append("  egress   \(side(decision.egress, of: from, best.source.place, "egress"))")
        lines.append("  ingress  \(side(decision.ingress, of: to, best.target.place, "ingress"))")
        lines += edgeLines(edge)
        if !decision.isAllowed { lines.append("  to allow it: \(hint(from, to, port ?? best.target.port.number))") }
        lines += checks(from, to, best.target.port, decision)
        return Verdict(isAllowed: isAllowed, lines: lines)
    }

    /// The gateway's own allowlist stands before any policy.
    private func isListed(_ from: ExplainedEnd, _ to: ExplainedEnd) -> Bool {
        guard case .host(let host) = to, from == .component(.gateway) else { return true }
        let allowed = context.spec.gateway?.upstreams?.allowedHosts ?? []
        return allowed.isEmpty || allowed.contains(host)
    }

    // MARK: Ends

    private func candidates(_ end: ExplainedEnd, port: Int64?) throws -> [Candidate] {
        switch end {
        case .component(let name):
            guard let pod = pods[name] else { return [] }
            let number = port.map { NetworkPort($0, name: $0 == pod.port.number ? pod.port.name : nil) } ?? pod.port
            return [
                Candidate(
                    place: .pod(in: context.key.namespace, pod.labels), port: number,
                    what: "pods of \(context.name(name))")
            ]
        case .external(let external): return try named(external, port: port)
        case .host(let host): return hosts(host, port: port)
        }
    }

    /// What the spec's peers select, one example each.
    private func named(_ external: Edge.External, port: Int64?) throws -> [Candidate] {
        try context.flows(external).flatMap { flow -> [Candidate] in
            let ports =
                port.map { [NetworkPort($0)] } ?? flow.ports.map { NetworkPort($0.number, transport: $0.transport) }
            return flow.peers.flatMap { peer -> [Candidate] in
                guard let example = Self.example(peer, in: context.key.namespace) else { return [] }
                return (ports.isEmpty ? [NetworkPort(443)] : ports).map {
                    Candidate(place: example.place, port: $0, what: example.what)
                }
            }
        }
    }

    private static func example(_ peer: JSONValue, in namespace: String) -> (place: NetworkPlace, what: String)? {
        if let block = peer["ipBlock"], let range = block["cidr"]?.string {
            let except = (block["except"]?.array ?? []).compactMap { $0.string.flatMap(CIDR.init) }
            guard let address = AddressExample.inside(range, except) else { return nil }
            return (.address(address), "an address of \(range)")
        }
        let names = peer["namespaceSelector"].flatMap(LabelMatch.example)
        if peer["namespaceSelector"] != nil, names == nil { return nil }
        guard let labels = LabelMatch.example(peer["podSelector"] ?? [:]) else { return nil }
        let home = names.map { $0["kubernetes.io/metadata.name"] ?? "(any)" } ?? namespace
        let pod =
            labels.isEmpty
            ? "any pod"
            : "pods \(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))"
        return (.pod(in: home, labels, namespaceLabels: names ?? [:]), "\(pod) in namespace \(home)")
    }

    private func hosts(_ host: String, port: Int64?) -> [Candidate] {
        let port = NetworkPort(port ?? (host == ExplainedEnd.metadata ? 80 : 443))
        if CIDR.address(host) != nil { return [Candidate(place: .address(host), port: port, what: "that address")] }
        let labels = host.split(separator: ".")
        if let svc = labels.firstIndex(of: "svc"), svc >= 2 {
            let namespace = String(labels[svc - 1])
            // Which pods are behind the name only the cluster knows: what the peers there select is tried.
            let peers = (try? context.flows(.upstreams)) ?? []
            let examples = peers.flatMap(\.peers).compactMap { Self.example($0, in: context.key.namespace) }
            let there = examples.filter { $0.place.namespace == namespace }.map { ($0.place, $0.what) }
            let places =
                there.isEmpty ? [(NetworkPlace.pod(in: namespace, [:]), "some pod in namespace \(namespace)")] : there
            return places.map { Candidate(place: $0.0, port: port, what: $0.1) }
        }
        return [Candidate(place: .address(AddressExample.publicAddress), port: port, what: "some public address")]
    }

    // MARK: Words

    private func side(_ side: PolicyEvaluator.Side?, of end: ExplainedEnd, _ place: NetworkPlace, _ direction: String)
        -> String
    {
        guard let side, place.namespace == context.key.namespace else {
            return "\(end.name) is no pod of this namespace: what governs it is not ours to say"
        }
        if side.policies.isEmpty { return "open: no policy selects \(end.name)" }
        guard !side.allowances.isEmpty else {
            return
                "denied: \(side.policies.joined(separator: ", ")) select \(end.name), and no rule of theirs allows it"
        }
        let by = side.allowances.prefix(3).map { allowance -> String in
            let isOurs = policies.contains {
                $0.name == allowance.policy && $0.controllerOwner?.kind == CaracalDeployment.resource.gvk.kind
            }
            return "\(allowance.policy) \(direction) rule \(allowance.rule)\(isOurs ? "" : " (not ours)")"
        }
        return "allowed by \(by.joined(separator: ", "))"
    }

    private func edge(_ from: ExplainedEnd, _ to: ExplainedEnd) -> Edge? {
        func matches(_ end: ExplainedEnd, _ endpoint: Edge.Endpoint) -> Bool {
            switch (end, endpoint) {
            case (.component(let a), .component(let b)): a == b
            case (.external(let a), .external(let b)): a == b
            case (.host(let host), .external(let b)): host != ExplainedEnd.metadata && b == .upstreams
            default: false
            }
        }
        return context.catalog.edges.first { matches(from, $0.from) && matches(to, $0.to) }
    }

    private func edgeLines(_ edge: Edge?) -> [String] {
        guard let edge else { return ["  edge     none: nothing in Caracal makes this connection"] }
        if context.isOn(edge.when) { return ["  edge     \(edge.why)"] }
        return ["  edge     \(edge.why); switched off: the spec has no \(edge.when.rawValue)"]
    }

    private func hint(_ from: ExplainedEnd, _ to: ExplainedEnd, _ port: Int64?) -> String {
        let number = port.map(String.init) ?? "<port>"
        switch (from, to) {
        case (_, .host(ExplainedEnd.metadata)):
            return
                "nothing does: metadata addresses are never opened (audit.export.s3.cloudIdentity: PodIdentity opens its own)"
        case (_, .host(let host)):
            if let bytes = CIDR.address(host),
                NetworkRanges.closed.contains(where: { CIDR("\(host)/\(bytes.count * 8)").map($0.contains) ?? false })
            {
                return "nothing does: \(host) lies in a range that is never opened"
            }
            return "gateway.upstreams.peers: name its address range or pods, with ports: [{port: \(number)}]"
        case (_, .external(let external)): return "\(external.specField): name its pods or address range"
        case (.external(let external), .component(let name)):
            return
                "\(external.specField)\(external == .ingressController && context.spec.exposure?.host(name.rawValue) == nil ? ", and exposure.\(name): {host: …}" : "")"
        case (.component(let a), .component(let b)):
            return
                "networkPolicy.extraEgress: [{component: \(a), to: [{podSelector: {matchLabels: {\(Label.component): \(b)}}}], ports: [{port: \(number)}]}] and extraIngress for \(b) from \(a)"
        case (.host, .component(let name)):
            return
                "networkPolicy.extraIngress: [{component: \(name), from: [{ipBlock: {cidr: …}}], ports: [{port: \(number)}]}]"
        }
    }

    /// Second and third row of the page's troubleshooting table, spelled out.
    private func checks(
        _ from: ExplainedEnd, _ to: ExplainedEnd, _ port: NetworkPort, _ decision: PolicyEvaluator.Decision
    )
        -> [String]
    {
        if from == .external(.prometheus) {
            return [
                "  bearer   /metrics answers 401 without Authorization: Bearer <METRICS_BEARER>: key metricsBearer of Secret \(context.spec.location(ofKey: "metricsBearer").secretName)"
            ]
        }
        guard case .host(let host) = to, from == .component(.gateway), host != ExplainedEnd.metadata else { return [] }
        let dns = (try? judge(from, .external(.dns), nil))?.isAllowed == true
        let allowed = context.spec.gateway?.upstreams?.allowedHosts ?? []
        return [
            "  DNS      egress \(dns ? "allowed" : "DENIED: set networkPolicy.dns.peers")",
            "  TLS      egress to port \(port.number) \(decision.egress?.isOpen == true ? "allowed" : "DENIED")",
            "  list     \(allowed.isEmpty ? "no allowlist: every host may be called" : isListed(from, to) ? "\(host) is in gateway.upstreams.allowedHosts" : "DENIED: \(host) is not in gateway.upstreams.allowedHosts (\(allowed.joined(separator: ", ")))")",
            "  ranges   link-local, metadata, loopback, carrier-grade NAT and multicast stay closed, also to a name that resolves there",
        ]
    }
}

/// Addresses that stand for a range.
enum AddressExample {
    /// From a range for documentation: public as policies see it.
    static let publicAddress = "203.0.113.10"

    /// Some address of the range that no exception has.
    static func inside(_ range: String, _ except: [CIDR]) -> String? {
        guard let block = CIDR(range) else { return nil }
        if CIDR("\(publicAddress)/32").map(block.contains) == true { return publicAddress }
        let base = String(range.prefix { $0 != "/" })
        let parts = base.split(separator: ".")
        let tries =
            block.isIPv4 && block.prefix <= 30 && parts.count == 4
            ? (1...254).map { "\(parts[0]).\(parts[1]).\(parts[2]).\(((Int(parts[3]) ?? 0) + $0) % 256)" } : [base]
        return (tries + [base]).first { address in
            guard let own = CIDR("\(address)/\(block.isIPv4 ? 32 : 128)") else { return false }
            return block.contains(own) && !except.contains { $0.contains(own) }
        }
    }
}
