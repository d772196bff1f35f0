import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering
import TestSupport
import Testing

@Suite struct PolicyTests {
    private func policy(_ name: String, _ spec: JSONValue) -> JSONValue {
        [
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": ["name": .string(name), "namespace": "n"], "spec": spec,
        ]
    }
    private let a = NetworkPlace.pod(in: "n", ["app": "a"])
    private let b = NetworkPlace.pod(in: "n", ["app": "b"])

    @Test func nothingSelectsEverythingIsOpen() {
        let decision = PolicyEvaluator([]).decide(from: a, to: b, port: NetworkPort(80))
        #expect(decision.isAllowed)
        #expect(decision.egress?.policies == [])
    }

    @Test func selectedIsClosedUntilSomeRuleAllows() {
        let deny = policy("deny", ["podSelector": [:], "policyTypes": ["Ingress", "Egress"]])
        let out = policy(
            "out",
            [
                "podSelector": ["matchLabels": ["app": "a"]], "policyTypes": ["Egress"],
                "egress": [
                    ["to": [["podSelector": ["matchLabels": ["app": "b"]]]], "ports": [["port": 80]]]
                ],
            ])
        let into = policy(
            "in",
            [
                "podSelector": ["matchLabels": ["app": "b"]],
                "ingress": [
                    ["from": [["podSelector": [:]]], "ports": [["port": "http"]]]
                ],
            ])
        func isAllowed(_ policies: JSONValue..., port: NetworkPort = NetworkPort(80, name: "http")) -> Bool {
            PolicyEvaluator(policies).decide(from: a, to: b, port: port).isAllowed
        }
        #expect(!isAllowed(deny))
        #expect(!isAllowed(deny, out))
        #expect(isAllowed(deny, out, into))
        #expect(!isAllowed(deny, out, into, port: NetworkPort(81, name: "http")))
        #expect(!isAllowed(deny, out, into, port: NetworkPort(80, name: "http", transport: "UDP")))
    }

    @Test func addressesAndTheirExceptions() {
        let out = policy(
            "out",
            [
                "podSelector": [:], "policyTypes": ["Egress"],
                "egress": [
                    [
                        "to": [["ipBlock": ["cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]]]],
                        "ports": [["port": 400, "endPort": 500]],
                    ]
                ],
            ])
        func isAllowed(_ address: String, _ port: Int64) -> Bool {
            PolicyEvaluator([out]).decide(from: a, to: .address(address), port: NetworkPort(port)).isAllowed
        }
        #expect(isAllowed("10.2.3.4", 443))
        #expect(!isAllowed("10.1.3.4", 443))
        #expect(!isAllowed("10.2.3.4", 501))
        #expect(!isAllowed("192.0.2.1", 443))
    }

    @Test func namespacesByLabel() {
        let into = policy(
            "in",
            [
                "podSelector": [:],
                "ingress": [
                    [
                        "from": [
                            [
                                "namespaceSelector": [
                                    "matchExpressions": [["key": "team", "operator": "In", "values": ["x"]]]
                                ], "podSelector": ["matchLabels": ["app": "c"]],
                            ]
                        ]
                    ]
                ],
            ])
        func isAllowed(_ labels: [String: String], _ pod: [String: String]) -> Bool {
            PolicyEvaluator([into]).decide(
                from: .pod(in: "other", pod, namespaceLabels: labels), to: b, port: NetworkPort(1)
            ).isAllowed
        }
        #expect(isAllowed(["team": "x"], ["app": "c"]))
        #expect(!isAllowed(["team": "y"], ["app": "c"]))
        #expect(!isAllowed(["team": "x"], ["app": "d"]))
    }

    @Test func thoseOfOthersThatOpenSomethingAreNamed() {
        let pods = [(component: "api", labels: ["app": "api"]), (component: "web", labels: ["app": "web"])]
        let open = policy("helper", ["podSelector": ["matchLabels": ["app": "web"]], "ingress": [[:]]])
        let closed = policy("closed", ["podSelector": [:], "policyTypes": ["Ingress"]])
        let elsewhere = policy("elsewhere", ["podSelector": ["matchLabels": ["app": "x"]], "ingress": [[:]]])
        let found = ForeignPolicies.findings([open, closed, elsewhere], pods: pods)
        #expect(found.map(\.object) == ["NetworkPolicy/helper"])
        #expect(found.first?.component == "web")
        #expect(found.first?.message.contains("from everybody, every port") == true)
    }

    /// Every edge of the topology is open in the rendered policies, both ends, and between components nothing else is.
    @Test(arguments: Fixture.allCases)
    func edgesAndRulesAreTheSameSet(fixture: Fixture) throws {
        try holdAgainstEdges(try fixture.context { $0.set(["spec", "networkPolicy", "extraEgress"], nil) })
    }

    /// The same for every combination of the switches that edges depend on.
    @Test(arguments: 0..<64) func edgesAndRulesAgreeUnderEverySwitch(seed: Int) throws {
        let peers: JSONValue = [["ipBlock": ["cidr": "10.8.0.0/16"]]]
        let switches: [([String], JSONValue?)] = [
            (["spec", "control"], ["enabled": true]),
            (
                ["spec", "observability"],
                ["metrics": ["peers": peers], "otlp": ["endpoint": "http://o:4318", "peers": peers]]
            ),
            (["spec", "sts"], ["providers": ["peers": peers]]),
            (["spec", "gateway", "upstreams"], nil),
            (["spec", "exposure", "gateway"], ["host": "gw.example.com", "tls": ["secretName": "gw"]]),
            (["spec", "audit"], ["export": ["s3": ["bucket": "b", "peers": peers, "cloudIdentity": "PodIdentity"]]]),
        ]
        try holdAgainstEdges(
            try Fixture.production.context { document in
                for (bit, (path, value)) in switches.enumerated() where seed >> bit & 1 == 1 {
                    document.set(path, value)
                }
            })
    }

    private func holdAgainstEdges(_ context: RenderContext) throws {
        let objects = try ResourceCatalog.render(context).map(\.document)
        let evaluator = PolicyEvaluator(objects.filter { $0.gvk.kind == "NetworkPolicy" })
        var labels: [ComponentName: [String: String]] = [:]
        for object in objects where object.at("spec", "template") != nil {
            let own = object.at("spec", "template", "metadata", "labels")?.object ?? [:]
            labels[ComponentName(rawValue: object.labels[Label.component] ?? "")] = Dictionary(
                own.map { ($0.key, $0.value.string ?? "") }
            ) { $1 }
        }
        for (from, fromLabels) in labels {
            for component in context.catalog.components {
                let wanted = context.catalog.edges.contains {
                    $0.from == .component(from) && $0.to == .component(component.name) && context.isOn($0.when)
                }
                let decision = evaluator.decide(
                    from: .pod(in: context.key.namespace, fromLabels),
                    to: .pod(in: context.key.namespace, labels[component.name] ?? [:]),
                    port: NetworkPort(Int64(component.port), name: "http"))
                #expect(decision.isAllowed == wanted, "\(from) > \(component.name)")
                #expect(
                    decision.egress?.isOpen == decision.ingress?.isOpen, "\(from) > \(component.name): one end alone")
            }
        }
    }
}
