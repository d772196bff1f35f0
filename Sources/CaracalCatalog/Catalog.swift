/// What Caracal *is*, as data. Environment, mounts, NetworkPolicies, preflight, roll-out order, watch lists and the
/// docs' tables all derive from one value of this type, so a component, release, variable, secret key or edge is
/// added here and nowhere else.
///
/// Source of every fact: the Caracal repository's own code at the tags listed in ``Release``.
package struct Catalog: Sendable {
    package var releases: [Release]
    package var components: [Component]
    package var jobs: [MigrationJob]
    package var environment: [EnvVariable]
    package var secretKeys: [SecretKey]
    package var edges: [Edge]
    package var publicPaths: [PublicPath]
    package var alerts: [Alert]
    package var startupRules: [StartupRule]

    package init(
        releases: [Release], components: [Component], jobs: [MigrationJob], environment: [EnvVariable],
        secretKeys: [SecretKey], edges: [Edge], publicPaths: [PublicPath], alerts: [Alert],
        startupRules: [StartupRule] = StartupRule.all
    ) {
        self.releases = releases
        self.components = components
        self.jobs = jobs
        self.environment = environment
        self.secretKeys = secretKeys
        self.edges = edges
        self.publicPaths = publicPaths
        self.alerts = alerts
        self.startupRules = startupRules
    }

    package static let caracal = Catalog(
        releases: Release.all, components: Component.all, jobs: MigrationJob.all, environment: EnvVariable.all,
        secretKeys: SecretKey.all, edges: Edge.all, publicPaths: PublicPath.all, alerts: Alert.all)

    package func release(_ version: String) -> Release? { releases.first { $0.version == version } }
    package func component(_ name: ComponentName) -> Component? { components.first { $0.name == name } }
    package func secretKey(_ name: String) -> SecretKey? { secretKeys.first { $0.name == name } }

    /// Components in the order their updates start; those of one wave start together.
    package var waves: [[Component]] {
        var waves: [[Component]] = []
        var placed: Set<ComponentName> = []
        while placed.count < components.count {
            let wave = components.filter { !placed.contains($0.name) && placed.isSuperset(of: $0.startsAfter) }
            if wave.isEmpty { break }
            waves.append(wave)
            placed.formUnion(wave.map(\.name))
        }
        return waves
    }

    /// Names a user may set in `spec.components.<name>.env`.
    package func tunables(of component: ComponentName) -> [String] {
        environment.filter { $0.tunable != nil && $0.readers.contains(component) }.map(\.name).sorted()
    }

    /// What a tunable's value must look like for this reader; nil for what is no tunable of its.
    package func tunable(_ name: String, of component: ComponentName) -> TunableValue? {
        environment.first { $0.name == name && $0.readers.contains(component) && $0.tunable != nil }?.tunable
    }
}
