import CaracalAPI
import CaracalCatalog
import KubeModel
import Reconciliation
import Rendering

/// What the operator needs to be allowed, derived from what it renders. No wildcard, no list of Secrets, nothing on
/// roles or on anybody's shell.
enum Permissions {
    /// Rules for one namespace. `secrets` are read by name only: `watch` works with a name and without `list`.
    static func rules(secrets: [String]) -> [JSONValue] {
        var rules: [JSONValue] = []
        let own = CaracalDeployment.resource
        rules.append(rule(own.gvk.group, [own.plural], ["get", "list", "watch"]))
        rules.append(rule(own.gvk.group, ["\(own.plural)/status"], ["get", "patch"]))
        // Owner references that block deletion need it where that admission plug-in is on.
        rules.append(rule(own.gvk.group, ["\(own.plural)/finalizers"], ["update"]))
        for group in Set(ResourceCatalog.kinds.map(\.gvk.group)).sorted() {
            let plurals = ResourceCatalog.kinds.filter { $0.gvk.group == group }.map(\.plural).sorted()
            rules.append(rule(group, plurals, ["get", "list", "watch", "create", "patch", "delete"]))
        }
        // Created as dry runs alone: whether a pod would be taken only a server tells. Whoever may create a Deployment may
        // make pods anyway.
        rules.append(rule("", ["pods"], ["get", "list", "watch", "create"]))
        rules.append(rule("", ["resourcequotas"], ["list"]))
        rules.append(rule("events.k8s.io", ["events"], ["create", "patch"]))
        if !secrets.isEmpty { rules.append(rule("", ["secrets"], ["get", "watch"], names: secrets.sorted())) }
        return rules
    }

    /// The operator's own Secret, shipped empty.
    static let digestKey = rule("", ["secrets"], ["get", "patch"], names: [OperatorName.digestKeySecret])

    /// The Lease of the election: watched and renewed by name, made where it is not there (a name cannot be asked of a
    /// creation).
    static let lease = [
        rule("coordination.k8s.io", ["leases"], ["get", "watch", "patch"], names: [OperatorName.lease]),
        rule("coordination.k8s.io", ["leases"], ["create"]),
    ]

    static func rule(_ group: String, _ resources: [String], _ verbs: [String], names: [String] = []) -> JSONValue {
        var rule: JSONObject = [
            "apiGroups": [.string(group)], "resources": .array(resources.map(JSONValue.string)),
            "verbs": .array(verbs.map(JSONValue.string)),
        ]
        if !names.isEmpty { rule["resourceNames"] = .array(names.map(JSONValue.string)) }
        return .object(rule)
    }

    /// What the install grants: the names the samples and the documentation use.
    static let defaultSecrets = [
        "caracal-api-tls", "caracal-coordinator-tls", "caracal-gateway-tls", "caracal-runtime", "caracal-sts-tls",
        "caracal-web-tls",
    ]

    /// Every Secret a spec names and the operator reads.
    static func secrets(_ context: RenderContext) -> [String] {
        context.readSecrets.sorted()
    }
}
