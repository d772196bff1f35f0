import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight

/// Roles are cluster-wide and made without a guard: the second database's migration fails (trap 3). Only instances this
/// operator watches are seen.
struct OneInstancePerPostgres: PreflightRule {
    static let id = "one-instance-per-postgres"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        let own = Self.address(input.spec, namespace: input.instance.namespace)
        let others = input.neighbours.filter { $0.postgres == own && $0.instance != input.instance && $0.isOlder }
            .map(\.instance.description).sorted()
        guard !others.isEmpty else { return [] }
        return [
            finding(
                "spec.database.host", [.migrate], .refusesToStart,
                "\(own) is the Postgres of \(others.joined(separator: ", ")) too: roles are cluster-wide, the second migration fails. Give each instance a Postgres cluster of its own"
            )
        ]
    }

    /// The server the migration talks to, in one spelling.
    static func address(_ spec: CaracalSpec, namespace: String) -> String {
        "\(ClusterHost.canonical(spec.migrationHost, namespace: namespace)):\(spec.migrationPort)"
    }
}

extension PreflightInput.Neighbour {
    /// What ``postgres`` is for a spec: the same text for the same server.
    package static func postgres(_ spec: CaracalSpec, namespace: String) -> String {
        OneInstancePerPostgres.address(spec, namespace: namespace)
    }
}
