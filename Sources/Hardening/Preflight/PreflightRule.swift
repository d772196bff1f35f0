import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight

/// What is known before anything starts. No clock, no client: the same input gives the same findings.
package struct PreflightInput: Sendable {
    package var instance: ObjectKey
    package var spec: CaracalSpec
    package var catalog: Catalog
    package var release: Release
    package var requirements: [SecretRequirement]
    package var secrets: [String: SecretState]
    /// Variables of each component as they would be rendered.
    package var environment: [ComponentName: [String: String]]
    /// The most pods a component can have.
    package var mostReplicas: [ComponentName: Int32]
    package var neighbours: [Neighbour]
    /// Where clients find the token issuer.
    package var issuerURL: String
    /// Seconds since 1970.
    package var now: Int64

    /// Another instance, and the Postgres server it uses.
    package struct Neighbour: Sendable, Hashable {
        package var instance: ObjectKey
        package var postgres: String
        /// It was there first.
        package var isOlder: Bool
        package init(instance: ObjectKey, postgres: String, isOlder: Bool = true) {
            (self.instance, self.postgres, self.isOlder) = (instance, postgres, isOlder)
        }
    }

    package init(
        instance: ObjectKey, spec: CaracalSpec, catalog: Catalog, release: Release, requirements: [SecretRequirement],
        secrets: [String: SecretState], environment: [ComponentName: [String: String]],
        mostReplicas: [ComponentName: Int32], neighbours: [Neighbour], issuerURL: String, now: Int64
    ) {
        (self.instance, self.spec, self.catalog, self.release) = (instance, spec, catalog, release)
        (self.requirements, self.secrets, self.environment) = (requirements, secrets, environment)
        (self.mostReplicas, self.neighbours, self.issuerURL, self.now) = (mostReplicas, neighbours, issuerURL, now)
    }

    /// rc and stable are equally strict.
    package var isPublished: Bool { spec.mode != .dev }

    /// A key that is there, and what is known of it.
    package struct Known: Sendable {
        package var requirement: SecretRequirement
        package var facts: KeyFacts
    }

    /// Every key that is there, by name.
    package var known: [Known] {
        requirements.compactMap { requirement in
            guard case .present(let keys)? = secrets[requirement.secretName], let facts = keys[requirement.secretKey]
            else { return nil }
            return Known(requirement: requirement, facts: facts)
        }
    }

    package func known(_ key: String) -> Known? { known.first { $0.requirement.key == key } }
}

/// Something that should be mended before pods start with it.
package struct PreflightFinding: Sendable, Hashable {
    package enum Weight: Int, Sendable, Hashable, Comparable {
        /// Told, and holds nothing.
        case advice
        /// The service would start, and not be what production asks for: held in rc and stable.
        case unsafe
        /// The service would refuse to start, or never become ready: held always.
        case refusesToStart
        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// Where the fault lies: content of a Secret rolls pods when it changes, the spec does so by itself.
    package enum Origin: Sendable, Hashable { case spec, secret }

    package var rule: String
    package var origin: Origin
    /// `Secret/caracal-runtime: auditHmacKey`, or a field path.
    package var subject: String
    package var readers: Set<ComponentName>
    package var weight: Weight
    /// What was found (its shape, never its content) and the command or field that mends it.
    package var message: String
    package var aspect = Aspect.general
    /// Of a key: what an acknowledgement names, so that another value asks again. From its keyed digest.
    package var token: String?

    package init(
        rule: String, origin: Origin, subject: String, readers: Set<ComponentName>, weight: Weight, message: String,
        aspect: Aspect = .general
    ) {
        (self.rule, self.origin, self.subject, self.readers) = (rule, origin, subject, readers)
        (self.weight, self.message, self.aspect) = (weight, message, aspect)
    }

    /// What a condition of its own tells.
    package enum Aspect: Sendable, Hashable {
        case general, certificateMissing, certificateUnreadable, certificateInvalid, certificateExpired
        case certificateExpiring, endpointMismatch
        /// Worth knowing, and no breach.
        case notice
    }

    package func about(_ aspect: Aspect) -> PreflightFinding {
        var copy = self
        copy.aspect = aspect
        return copy
    }

    /// As one of the report's findings. What is only about to happen, or cannot be known, is a notice.
    package var finding: Finding {
        var finding = Finding(
            rule: rule, object: subject, message: message, component: readers.count == 1 ? readers.first?.rawValue : nil
        )
        finding.isNotice = [.certificateExpiring, .certificateUnreadable, .notice].contains(aspect)
        return finding
    }
}

/// One thing that can be judged before pods start. One rule is one file and one line in ``PreflightCatalog``; services
/// and generations it applies to are the catalog's (``StartupRule``), and a mutant of each is in the tests.
package protocol PreflightRule: Sendable {
    /// The id of a catalog rule that is judged by preflight.
    static var id: String { get }
    func check(_ input: PreflightInput) -> [PreflightFinding]
}

extension PreflightRule {
    func finding(
        _ known: PreflightInput.Known, _ weight: PreflightFinding.Weight, _ message: String,
        readers: Set<ComponentName>? = nil
    ) -> PreflightFinding {
        let requirement = known.requirement
        var finding = PreflightFinding(
            rule: Self.id, origin: .secret, subject: "Secret/\(requirement.secretName): \(requirement.secretKey)",
            readers: readers ?? requirement.readers, weight: weight, message: message)
        finding.token = String(known.facts.digest.prefix(8))
        return finding
    }

    func finding(
        _ field: String, _ readers: Set<ComponentName>, _ weight: PreflightFinding.Weight, _ message: String
    ) -> PreflightFinding {
        PreflightFinding(
            rule: Self.id, origin: .spec, subject: field, readers: readers, weight: weight, message: message)
    }
}

package enum PreflightCatalog {
    package static let all: [any PreflightRule] = [
        HMACKeyRule(), KEKRule(), URLFormRule(), URLMatchesSpec(), DatastoreTLS(), RolePassword(), DistinctKeys(),
        ExampleValue(), WeakKey(), OneInstancePerPostgres(), TunableValues(), GatewayTimeouts(), IssuerURLRule(),
        SignInMethod(), MailPair(), AllowlistRule(), InternalURLs(), GatewayCertificate(), ConnectionBudget(),
        OTLPEndpoint(), UpstreamPeers(), PublicOrigins(), EdgeCertificate(), CoordinatorMetrics(),
    ]

    package static var ids: [String] { all.map { type(of: $0).id } }

    /// What the rules find for this release, heaviest first, and of that what is waived.
    package static func check(_ input: PreflightInput) -> [PreflightFinding] {
        all.flatMap { rule -> [PreflightFinding] in
            let id = type(of: rule).id
            if let known = input.catalog.startupRules.first(where: { $0.id == id }),
                !known.generations.contains(input.release.generation)
            {
                return []
            }
            return rule.check(input)
        }.sorted {
            ($1.weight, $0.rule, $0.subject, $0.message) < ($0.weight, $1.rule, $1.subject, $1.message)
        }
    }
}
