import CaracalAPI
import KubeModel

/// Something that a rule does not accept.
package struct Finding: Sendable, Hashable {
    package var rule: String
    /// `Deployment/prod-api`
    package var object: String
    /// What was found, why it matters, what to do.
    package var message: String
    package var component: String?
    /// Worth knowing, and no breach.
    package var isNotice = false
    /// A change that is not made because of this: it says nothing of what runs.
    package var isHolding = false

    package init(rule: String, object: String, message: String, component: String? = nil) {
        self.rule = rule
        self.object = object
        self.message = message
        self.component = component
    }
}

/// A demand on rendered or live objects. A rule returns findings; it neither throws nor changes anything.
///
/// One rule is one file and one line in ``RuleCatalog``; a test feeds each rule a mutant that it must catch.
package protocol HardeningRule: Sendable {
    /// Kebab-case; what a waiver names. Never changed once released.
    static var id: String { get }
    /// One sentence: what must hold.
    static var demand: String { get }
    /// Where the demand comes from.
    static var source: String { get }
    /// True where a breach is worth knowing but leaves `Hardened` alone.
    static var isNotice: Bool { get }
    func check(_ object: JSONValue) -> [Finding]
}

extension HardeningRule {
    package static var isNotice: Bool { false }

    func finding(_ object: JSONValue, _ message: String) -> Finding {
        var finding = Finding(
            rule: Self.id, object: "\(object.kind)/\(object.name)", message: message,
            component: object.label(Label.component))
        finding.isNotice = Self.isNotice
        return finding
    }
}

/// Rules every rendered object passes; live objects are held to them too.
package enum RuleCatalog {
    package static let all: [any HardeningRule] = [
        NoPrivilegeEscalation(),
        RunAsNonRoot(),
        DropAllCapabilities(),
        SeccompRuntimeDefault(),
        NoPrivilegedContainer(),
        NoHostNamespaces(),
        NoHostPorts(),
        RestrictedVolumeTypes(),
        NoUnsafeSecurityOptions(),
        ReadOnlyRootFilesystem(),
        NoServiceAccountToken(),
        NoSecretInEnvironment(),
        ResourceLimits(),
        NetworkRulesHavePeersAndPorts(),
        IngressHasTLS(),
        PrivateServices(),
        SecretFileMode(),
        NoRuntimeCLI(),
        MetricsBearer(),
        NoClosedRangeOpened(),
        ImageDigest(),
    ]

    /// Ids that waivers may name: the rules above, those of others' doing, and those judged before anything starts.
    package static var ids: [String] {
        all.map { type(of: $0).id } + [ForeignAdditions.id, ForeignPolicies.id, Drift.id] + PreflightCatalog.ids
    }

    package static func check(_ objects: [JSONValue]) -> [Finding] {
        objects.flatMap { object in all.flatMap { $0.check(object) } }
    }
}
