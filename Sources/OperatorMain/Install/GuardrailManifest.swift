import CaracalAPI
import KubeModel

/// Guard rails to install if wanted: admission policies that keep a namespace as hardened as what the operator renders,
/// whoever writes, and that let nobody delete an instance in passing. They bind namespaces labelled
/// `caracal.run/guarded: "true"`.
///
/// https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
enum GuardrailManifest {
    static let label = "caracal.run/guarded"
    static let confirmation = "caracal.run/confirm-deletion"

    static var objects: [JSONValue] {
        policies.flatMap { [$0.policy, $0.binding] }
    }

    struct Validation {
        var expression: String
        var message: String
    }

    struct Policy {
        var name: String
        var rule: JSONValue
        var validations: [Validation]
        var variables: [(name: String, expression: String)] = []
        var conditions: [(name: String, expression: String)] = []
        var isNamespaced = true

        var policy: JSONValue {
            var spec: JSONObject = [
                "failurePolicy": "Fail", "matchConstraints": ["resourceRules": [rule]],
                "validations": .array(
                    validations.map { ["expression": .string($0.expression), "message": .string($0.message)] }),
            ]
            if !variables.isEmpty {
                spec["variables"] = .array(
                    variables.map { ["name": .string($0.name), "expression": .string($0.expression)] })
            }
            if !conditions.isEmpty {
                spec["matchConditions"] = .array(
                    conditions.map { ["name": .string($0.name), "expression": .string($0.expression)] })
            }
            return [
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
                "metadata": ["name": .string(name), "labels": labels], "spec": .object(spec),
            ]
        }

        var binding: JSONValue {
            var spec: JSONObject = ["policyName": .string(name), "validationActions": ["Deny"]]
            if isNamespaced {
                spec["matchResources"] = ["namespaceSelector": ["matchLabels": [GuardrailManifest.label: "true"]]]
            }
            return [
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
                "metadata": ["name": .string(name), "labels": labels], "spec": .object(spec),
            ]
        }

        private var labels: JSONValue {
            ["app.kubernetes.io/part-of": "caracal", "app.kubernetes.io/component": "guardrails"]
        }
    }

    private static func rule(_ group: String, _ version: String, _ resources: [String], _ operations: [String])
        -> JSONValue
    {
        [
            "apiGroups": [.string(group)], "apiVersions": [.string(version)],
            "resources": .array(resources.map(JSONValue.string)),
            "operations": .array(operations.map(JSONValue.string)),
        ]
    }

    static let policies: [Policy] = [pods, services, networkPolicies, ingresses, instances, definition, namespaces]

    private static let containers =
        "object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])"
    private static func every(_ condition: String) -> String { "variables.containers.all(c, \(condition))" }

    private static let pods = Policy(
        name: "caracal-pods", rule: rule("", "v1", ["pods"], ["CREATE"]),
        validations: [
            Validation(
                expression: every(
                    "has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && !c.securityContext.allowPrivilegeEscalation"
                ),
                message: "every container needs securityContext.allowPrivilegeEscalation: false"),
            Validation(
                expression: every(
                    "!has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged"),
                message: "no container may be privileged"),
            Validation(
                expression: every(
                    "has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && c.securityContext.readOnlyRootFilesystem"
                ),
                message: "every container needs securityContext.readOnlyRootFilesystem: true"),
            Validation(
                expression: every(
                    "has(c.securityContext) && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) && c.securityContext.capabilities.drop.exists(d, d == 'ALL') && (!has(c.securityContext.capabilities.add) || c.securityContext.capabilities.add.all(a, a == 'NET_BIND_SERVICE'))"
                ),
                message: "every container drops ALL capabilities and adds none"),
            Validation(
                expression:
                    "(has(object.spec.securityContext) && has(object.spec.securityContext.runAsNonRoot) && object.spec.securityContext.runAsNonRoot) || "
                    + every(
                        "has(c.securityContext) && has(c.securityContext.runAsNonRoot) && c.securityContext.runAsNonRoot"
                    ),
                message: "pods run with runAsNonRoot: true"),
            Validation(
                expression: "(has(object.spec.securityContext) && has(object.spec.securityContext.seccompProfile)) || "
                    + every("has(c.securityContext) && has(c.securityContext.seccompProfile)"),
                message: "pods run under a seccomp profile: RuntimeDefault"),
            Validation(
                expression:
                    "(!has(object.spec.hostNetwork) || !object.spec.hostNetwork) && (!has(object.spec.hostPID) || !object.spec.hostPID) && (!has(object.spec.hostIPC) || !object.spec.hostIPC)",
                message: "pods share no namespace with the node"),
            Validation(
                expression: "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath))",
                message: "pods mount nothing of the node"),
            Validation(
                expression: every(
                    "(!has(c.env) || c.env.all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef))) && (!has(c.envFrom) || c.envFrom.all(e, !has(e.secretRef)))"
                ),
                message: "secrets are mounted as files, not taken into the environment"),
            Validation(
                expression:
                    "has(object.spec.automountServiceAccountToken) && !object.spec.automountServiceAccountToken",
                message: "pods set automountServiceAccountToken: false"),
        ],
        variables: [("containers", containers)])

    private static let services = Policy(
        name: "caracal-services", rule: rule("", "v1", ["services"], ["CREATE", "UPDATE"]),
        validations: [
            Validation(
                expression: "object.spec.type == 'ClusterIP'",
                message: "Services are ClusterIP: the edge is the only way in"),
            Validation(
                expression: "!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0",
                message: "Services have no externalIPs"),
        ],
        // How a certificate authority asks whether the host is ours.
        conditions: [
            (
                "no-acme-solver",
                "!has(object.metadata.labels) || !('acme.cert-manager.io/http01-solver' in object.metadata.labels)"
            )
        ])

    private static let networkPolicies = Policy(
        name: "caracal-network-policies",
        rule: rule("networking.k8s.io", "v1", ["networkpolicies"], ["CREATE", "UPDATE"]),
        validations: [
            Validation(
                expression:
                    "!has(object.spec.ingress) || object.spec.ingress.all(r, has(r.from) && size(r.from) > 0 && has(r.ports) && size(r.ports) > 0)",
                message:
                    "every ingress rule names who and on which ports: policies are additive, an open one opens everything"
            ),
            Validation(
                expression:
                    "!has(object.spec.egress) || object.spec.egress.all(r, has(r.to) && size(r.to) > 0 && has(r.ports) && size(r.ports) > 0)",
                message:
                    "every egress rule names whom and on which ports: policies are additive, an open one opens everything"
            ),
        ])

    private static let ingresses = Policy(
        name: "caracal-ingresses", rule: rule("networking.k8s.io", "v1", ["ingresses"], ["CREATE", "UPDATE"]),
        validations: [
            Validation(
                expression:
                    "(has(object.metadata.annotations) && 'caracal.run/tls-terminated-by' in object.metadata.annotations) || (has(object.spec.rules) && object.spec.rules.all(r, has(r.host) && has(object.spec.tls) && object.spec.tls.exists(t, has(t.secretName) && has(t.hosts) && t.hosts.exists(h, h == r.host))))",
                message: "every host of an Ingress has a TLS Secret")
        ],
        conditions: [
            (
                "no-acme-solver",
                "!has(object.metadata.labels) || !('acme.cert-manager.io/http01-solver' in object.metadata.labels)"
            )
        ])

    private static func confirmed(_ what: String) -> Validation {
        Validation(
            expression:
                "has(oldObject.metadata.annotations) && '\(confirmation)' in oldObject.metadata.annotations && oldObject.metadata.annotations['\(confirmation)'] == oldObject.metadata.name",
            message: "deleting \(what) needs the annotation \(confirmation) with its name as value")
    }

    private static let instances = Policy(
        name: "caracal-keep-instances",
        rule: rule(
            CaracalDeployment.resource.gvk.group, CaracalDeployment.resource.gvk.version,
            [CaracalDeployment.resource.plural], ["DELETE"]),
        validations: [confirmed("a CaracalDeployment stops everything it runs; it")],
        // Whoever deletes the namespace has been asked already.
        conditions: [
            (
                "not-the-namespace-controller",
                "!(request.userInfo.username in ['system:serviceaccount:kube-system:namespace-controller', 'system:kube-controller-manager'])"
            )
        ])

    private static let definition = Policy(
        name: "caracal-keep-definition",
        rule: rule("apiextensions.k8s.io", "v1", ["customresourcedefinitions"], ["DELETE"]),
        validations: [confirmed("the CustomResourceDefinition deletes every instance; it")],
        conditions: [("ours", "oldObject.metadata.name == '\(CaracalDeployment.resource.qualifiedName)'")],
        isNamespaced: false)

    private static let namespaces = Policy(
        name: "caracal-keep-namespaces", rule: rule("", "v1", ["namespaces"], ["DELETE"]),
        validations: [confirmed("a guarded namespace deletes its instances; it")],
        conditions: [
            (
                "guarded",
                "has(oldObject.metadata.labels) && '\(label)' in oldObject.metadata.labels && oldObject.metadata.labels['\(label)'] == 'true'"
            )
        ], isNamespaced: false)
}
