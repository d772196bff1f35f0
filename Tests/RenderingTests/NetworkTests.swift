import CaracalAPI
import CaracalCatalog
import KubeModel
import Rendering
import TestSupport
import Testing

@Suite struct NetworkTests {
    private func policies(_ context: RenderContext) throws -> [JSONValue] {
        try ResourceCatalog.render(context).map(\.document).filter { $0.gvk.kind == "NetworkPolicy" }
    }

    private static let closed = [
        "0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "224.0.0.0/4", "::1/128",
        "fd00:ec2::254/128",
        "fe80::/10", "ff00::/8",
    ].compactMap(CIDR.init)

    /// The exceptions, with the only ports they are open on.
    private static let exempt = ["169.254.20.10/32": 53, "169.254.170.23/32": 80]

    @Test(arguments: Fixture.allCases)
    func noPolicyOpensAClosedRange(fixture: Fixture) throws {
        for policy in try policies(try fixture.context()) {
            for rule in policy.at("spec", "egress")?.array ?? [] {
                for peer in rule["to"]?.array ?? [] {
                    guard let text = peer.at("ipBlock", "cidr")?.string else { continue }
                    if let port = Self.exempt[text] {
                        #expect(rule["ports"]?.array?.allSatisfy { $0["port"]?.integer == Int64(port) } == true)
                        continue
                    }
                    let range = try #require(CIDR(text))
                    let except = (peer.at("ipBlock", "except")?.array ?? []).compactMap {
                        $0.string.flatMap { CIDR($0) }
                    }
                    for closed in Self.closed where range.contains(closed) {
                        #expect(
                            except.contains { $0.contains(closed) }, "\(policy.name) opens \(closed) through \(range)")
                    }
                    #expect(!Self.closed.contains { $0.contains(range) }, "\(policy.name) opens \(range)")
                }
            }
        }
    }

    @Test(arguments: [
        "169.254.169.254/32", "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "127.0.0.1/32", "fe80::1/128",
        "fd00:ec2::254/128",
        "::1/128", "ff02::1/128",
    ])
    func extraRulesCannotOpenThem(cidr: String) throws {
        let context = try Fixture.production.context {
            $0.set(
                ["spec", "networkPolicy"],
                [
                    "extraEgress": [
                        ["component": "api", "to": [["ipBlock": ["cidr": .string(cidr)]]], "ports": [["port": 80]]]
                    ]
                ])
        }
        #expect(throws: RenderError.self) { try ResourceCatalog.render(context) }
    }

    /// Both directions come from the same edges: every rule stands for an edge and every edge for a rule.
    @Test(arguments: Fixture.allCases)
    func egressOfOneIsIngressOfTheOther(fixture: Fixture) throws {
        let context = try fixture.context()
        let policies = try policies(context)
        func edges(_ name: ComponentName) -> Set<String> {
            let policy = policies.first { $0.name == context.name(name) }
            return Set(policy?.annotations[Annotation.edges]?.split(separator: " ").map(String.init) ?? [])
        }
        for edge in context.catalog.edges where context.isOn(edge.when) {
            guard case .component(let from) = edge.from, case .component(let to) = edge.to else { continue }
            #expect(edges(from).contains("\(from)>\(to)"))
            #expect(edges(to).contains("\(from)>\(to)"))
        }
    }

    @Test func onlyExposedComponentsAdmitTheIngressController() throws {
        let policies = try policies(try Fixture.production.context())
        let admitting = policies.filter { $0.annotations[Annotation.edges]?.contains("ingressController>") == true }
            .map(\.name)
        #expect(Set(admitting) == ["prod-web", "prod-sts"])
    }

    @Test func theInternetIsWithoutPrivateRanges() throws {
        let gateway = try #require(try policies(try Fixture.production.context()).first { $0.name == "prod-gateway" })
        let text = gateway.text
        for range in [
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10",
        ] {
            #expect(text.contains(range))
        }
    }
}
