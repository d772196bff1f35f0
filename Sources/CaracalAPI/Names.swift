/// Every label, annotation and field manager this operator puts into a cluster.
package enum FieldManager {
    package static let objects = "caracal-operator"
    package static let status = "caracal-operator-status"
    /// Takes the live replica count over for a moment, so that letting go of the field cannot set it to 1.
    package static let replicas = "caracal-operator-replicas"
}

package enum Label {
    package static let name = "app.kubernetes.io/name"
    package static let instance = "app.kubernetes.io/instance"
    package static let version = "app.kubernetes.io/version"
    package static let component = "app.kubernetes.io/component"
    package static let partOf = "app.kubernetes.io/part-of"
    package static let managedBy = "app.kubernetes.io/managed-by"
    /// The name of the owning resource; with the owner's uid it decides what may be pruned.
    package static let deployment = "caracal.run/deployment"
    /// One label a component's pods share with exactly one NetworkPolicy.
    package static let isolation = "caracal.run/isolation"
}

package enum Annotation {
    /// Keyed digest of exactly the secret keys the pods read: `<key id>.<digest>`.
    package static let fingerprint = "caracal.run/secret-fingerprint"
    /// On the workload: what the template's fingerprint is worth under the current digest key.
    package static let baseline = "caracal.run/secret-baseline"
    /// On the workload: the release and role passwords its migrations were run for.
    package static let migrated = "caracal.run/migrated"
    /// Which topology edges a NetworkPolicy's rules stand for.
    package static let edges = "caracal.run/edges"
    /// Digest of the applied document: notices fields we no longer have an opinion on.
    package static let applied = "caracal.run/applied"
    /// Break-glass: `<rule>@<generation>`.
    package static let acknowledge = "caracal.run/acknowledge"
}

package enum OperatorName {
    /// Where the install puts it.
    package static let namespace = "caracal"
    /// Of the operator's own pods.
    package static let podLabels = [
        "app.kubernetes.io/name": "caracal-operator", "app.kubernetes.io/component": "operator",
    ]
    package static let managedBy = "caracal-operator"
    package static let partOf = "caracal"
    /// The Secret that holds the digest key; the install ships it empty.
    package static let digestKeySecret = "caracal-operator-digest-key"
    /// The Lease whose holder writes.
    package static let lease = "caracal-operator"
}
