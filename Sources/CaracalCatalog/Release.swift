/// The runtime a release belongs to. Releases of one generation share secret keys, environment and start-up rules.
package enum Generation: String, Sendable, CaseIterable, Hashable {
    /// CalVer releases up to 2026.07.03-rc.1: `zoneKek`, one database login for every service.
    case a
    /// 0.2.x: already generation B at run time, without the sign-in requirement and the allowlist variable.
    case preB
    /// 1.0 and later.
    case b

    package static let all: Set<Generation> = [.a, .preB, .b]
    package static let semVer: Set<Generation> = [.preB, .b]
}

/// A published release (caracal-runtime.md §13). Order is the order of this list, never that of the strings:
/// `2026.07.03-rc.1` sorts above `1.0.0` but is older.
package struct Release: Sendable, Hashable {
    /// Without the leading `v`.
    package var version: String
    package var generation: Generation
    package var isReleaseCandidate: Bool
    /// Releases an installed instance may move to from here, its schema included (caracal-runtime.md §8).
    package var upgradesTo: [String]
    /// The newest migration file of the release: what the ledger means by "migrated".
    package var schema: String

    package init(
        _ version: String, _ generation: Generation, isReleaseCandidate: Bool = false, upgradesTo: [String] = [],
        schema: String
    ) {
        self.version = version
        self.generation = generation
        self.isReleaseCandidate = isReleaseCandidate
        self.upgradesTo = upgradesTo
        self.schema = schema
    }

    /// Image tags carry the `v`.
    package var tag: String { "v" + version }

    /// A release is never removed within `v1alpha1`: the CRD's enum is made from this list.
    package static let all: [Release] = [
        Release("2026.06.25-rc.1", .a, isReleaseCandidate: true, schema: "0002_resource_operations"),
        Release("2026.07.03-rc.1", .a, isReleaseCandidate: true, schema: "0021"),
        Release("0.2.0", .preB, upgradesTo: ["0.2.1"], schema: "0001_baseline"),
        Release("0.2.1", .preB, upgradesTo: ["1.0.0"], schema: "0002_approval_hardening"),
        Release("1.0.0", .b, schema: "0003_operator_run_token_usage"),
    ]
}
