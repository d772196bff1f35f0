import CaracalCatalog
import Testing

@Suite struct CatalogTests {
    private let catalog = Catalog.caracal

    @Test func wavesFollowTheDependencies() {
        #expect(
            catalog.waves.map { Set($0.map(\.name.rawValue)) } == [
                ["sts"], ["api", "coordinator", "audit"], ["gateway"], ["web"],
            ])
    }

    @Test func everyNameThatIsReferredToExists() {
        let names = Set(catalog.components.map(\.name) + catalog.jobs.map(\.name))
        for variable in catalog.environment { #expect(names.isSuperset(of: variable.readers), "\(variable.name)") }
        for key in catalog.secretKeys {
            for reader in key.readers { #expect(names.contains(reader.component), "\(key.name)") }
        }
        for edge in catalog.edges {
            for end in [edge.from, edge.to] {
                if case .component(let name) = end { #expect(names.contains(name), "\(edge.why)") }
            }
        }
        for release in catalog.releases { for next in release.upgradesTo { #expect(catalog.release(next) != nil) } }
    }

    /// No release of generation A leads to a later one: both call their first migration by the same name (trap 1).
    @Test func nothingLeadsOutOfGenerationA() {
        for release in catalog.releases where release.generation == .a {
            for next in release.upgradesTo { #expect(catalog.release(next)?.generation == .a) }
        }
    }

    @Test func tunablesAreHarmless() {
        let forbidden = [
            "NODE_OPTIONS", "LD_PRELOAD", "NODE_TLS_REJECT_UNAUTHORIZED", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
            "NO_PROXY",
        ]
        for component in catalog.components {
            for name in catalog.tunables(of: component.name) {
                #expect(!forbidden.contains(name) && !name.hasPrefix("SSL_CERT") && !name.hasSuffix("_FILE"))
                let others = catalog.environment.filter {
                    $0.name == name && $0.readers.contains(component.name) && $0.tunable == nil
                }
                #expect(others.isEmpty, "\(name) is set by the operator")
            }
        }
    }

    @Test func everyServiceURLHasItsEdge() {
        for variable in catalog.environment {
            guard case .service(let target) = variable.source else { continue }
            for reader in variable.readers {
                let edge = catalog.edges.contains { $0.from == .component(reader) && $0.to == .component(target) }
                #expect(edge, "\(reader) is given \(variable.name) but no edge leads to \(target)")
            }
        }
    }
}
