import CaracalAPI
import CaracalCatalog
import KubeModel

/// The operator's own install, as hardened as what it renders.
enum InstallManifest {
    static let name = "caracal-operator"
    static let namespace = OperatorName.namespace
    static let image = "ghcr.io/garudex-labs/caracal-operator:v\(OperatorVersion.current)"
    private static let labels: JSONValue = [
        "app.kubernetes.io/name": .string(name), "app.kubernetes.io/component": "operator",
        "app.kubernetes.io/part-of": "caracal",
    ]
    private static let selector = JSONValue.object(
        JSONObject(OperatorName.podLabels.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }))

    /// One namespace: the operator lives beside the instances it keeps.
    static var namespaced: [JSONValue] {
        [
            home, account, role, binding, digestKey, policy, disruption,
            deployment(arguments: ["--namespace=\(namespace)"]),
        ] + userRoles
    }

    /// Beside `namespaced`, for instances in any namespace.
    static var clusterWide: [JSONValue] {
        [
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                "metadata": ["name": .string(name), "labels": labels],
                "rules": .array(Permissions.rules(secrets: Permissions.defaultSecrets)),
            ],
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                "metadata": ["name": .string(name), "labels": labels],
                "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(name)],
                "subjects": [["kind": "ServiceAccount", "name": .string(name), "namespace": .string(namespace)]],
            ],
        ]
    }

    private static func metadata(_ object: String = name) -> JSONValue {
        ["name": .string(object), "namespace": .string(namespace), "labels": labels]
    }

    private static func annotated(_ metadata: JSONValue) -> JSONValue {
        var metadata = metadata
        for (key, value) in ScannerWaiver.annotations([.imageByTag]) {
            metadata.set(["annotations", key], .string(value))
        }
        return metadata
    }

    private static let home: JSONValue = [
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": [
            "name": .string(namespace),
            "labels": [
                "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/audit": "restricted",
                "pod-security.kubernetes.io/warn": "restricted",
            ],
        ],
    ]

    private static let account: JSONValue = [
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(), "automountServiceAccountToken": false,
    ]

    private static let role: JSONValue = [
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata(),
        "rules": .array(
            Permissions.rules(secrets: Permissions.defaultSecrets) + [Permissions.digestKey] + Permissions.lease),
    ]

    private static let binding: JSONValue = [
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata(),
        "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)],
        "subjects": [["kind": "ServiceAccount", "name": .string(name), "namespace": .string(namespace)]],
    ]

    /// Empty on purpose: the operator fills it once, and applying this again leaves its data alone.
    private static let digestKey: JSONValue = [
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata(OperatorName.digestKeySecret),
    ]

    /// Out to the API server alone, wherever it is; in for metrics from the monitoring namespace.
    private static let policy: JSONValue = [
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata(),
        "spec": [
            "podSelector": ["matchLabels": selector], "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                [
                    "from": [["namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": "monitoring"]]]],
                    "ports": [["port": 8081, "protocol": "TCP"]],
                ]
            ],
            "egress": [
                [
                    "to": [
                        anywhere("0.0.0.0/0"), anywhere("::/0"),
                    ],
                    "ports": [["port": 443, "protocol": "TCP"], ["port": 6443, "protocol": "TCP"]],
                ],
                // Services that are not ready are asked why, in whichever namespace their instance is.
                [
                    "to": [
                        [
                            "namespaceSelector": [:],
                            "podSelector": ["matchLabels": ["app.kubernetes.io/part-of": "caracal"]],
                        ]
                    ],
                    "ports": .array(
                        Catalog.caracal.components.map(\.port).sorted().map { port in
                            ["port": .integer(Int64(port)), "protocol": "TCP"]
                        }),
                ],
            ],
        ],
    ]

    /// An API server may have any address but those no policy of ours opens.
    private static func anywhere(_ cidr: String) -> JSONValue {
        let closed = NetworkRanges.closed.filter { CIDR(cidr)?.contains($0) == true }
        return ["ipBlock": ["cidr": .string(cidr), "except": .array(closed.map { .string($0.description) })]]
    }

    /// A drain takes one replica at a time.
    private static let disruption: JSONValue = [
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata(),
        "spec": ["maxUnavailable": 1, "selector": ["matchLabels": selector]],
    ]

    private static func deployment(arguments: [String]) -> JSONValue {
        let arguments = ["run"] + arguments + ["--operator-namespace=\(namespace)", "--log-format=json"]
        return [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": annotated(metadata()),
            "spec": [
                // One writes, under a Lease; the other knows everything and waits.
                "replicas": 2,
                "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 1]],
                "revisionHistoryLimit": 5,
                "selector": ["matchLabels": selector],
                "template": ["metadata": ["labels": labels], "spec": pod(arguments)],
            ],
        ]
    }

    private static func pod(_ arguments: [String]) -> JSONValue {
        let token = "/var/run/secrets/kubernetes.io/serviceaccount"
        return [
            "serviceAccountName": .string(name), "automountServiceAccountToken": false, "enableServiceLinks": false,
            "terminationGracePeriodSeconds": 15,
            "topologySpreadConstraints": [
                [
                    "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": ["matchLabels": selector],
                ]
            ],
            "securityContext": [
                "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "containers": [
                [
                    "name": "operator", "image": .string(image), "imagePullPolicy": "Always",
                    "args": .array(arguments.map(JSONValue.string)),
                    "ports": [["name": "http", "containerPort": 8081, "protocol": "TCP"]],
                    "resources": [
                        "requests": ["cpu": "50m", "memory": "64Mi", "ephemeral-storage": "16Mi"],
                        "limits": ["cpu": "1", "memory": "128Mi", "ephemeral-storage": "64Mi"],
                    ],
                    "startupProbe": [
                        "httpGet": ["path": "/healthz", "port": "http"], "periodSeconds": 2, "failureThreshold": 30,
                    ],
                    "livenessProbe": [
                        "httpGet": ["path": "/healthz", "port": "http"], "periodSeconds": 10, "timeoutSeconds": 5,
                        "failureThreshold": 3,
                    ],
                    "readinessProbe": [
                        "httpGet": ["path": "/readyz", "port": "http"], "periodSeconds": 5, "timeoutSeconds": 5,
                    ],
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                    "securityContext": [
                        "allowPrivilegeEscalation": false, "privileged": false, "readOnlyRootFilesystem": true,
                        "runAsNonRoot": true,
                        "runAsUser": 65532, "runAsGroup": 65532, "capabilities": ["drop": ["ALL"]],
                        "seccompProfile": ["type": "RuntimeDefault"],
                    ],
                    "volumeMounts": [["name": "api-token", "mountPath": .string(token), "readOnly": true]],
                ]
            ],
            "volumes": [
                [
                    "name": "api-token",
                    "projected": [
                        "defaultMode": 0o440,
                        "sources": [
                            ["serviceAccountToken": ["path": "token", "expirationSeconds": 3600]],
                            [
                                "configMap": [
                                    "name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]],
                                ]
                            ],
                            [
                                "downwardAPI": [
                                    "items": [["path": "namespace", "fieldRef": ["fieldPath": "metadata.namespace"]]]
                                ]
                            ],
                        ],
                    ],
                ]
            ],
        ]
    }

    /// Aggregated into the cluster's view, edit and admin roles. Whoever may edit a CaracalDeployment may create pods and
    /// read Secrets in its namespace, through it.
    private static let userRoles: [JSONValue] = [
        ("view", ["get", "list", "watch"], ["view", "edit", "admin"]),
        ("edit", ["create", "update", "patch", "delete"], ["edit", "admin"]),
        ("admin", ["deletecollection"], ["admin"]),
    ].map { (role: (String, [String], [String])) -> JSONValue in
        let aggregate = JSONObject(
            role.2.map { ("rbac.authorization.k8s.io/aggregate-to-\($0)", JSONValue.string("true")) })
        return [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": ["name": .string("caracaldeployments-\(role.0)"), "labels": .object(aggregate)],
            "rules": [
                Permissions.rule(CaracalDeployment.resource.gvk.group, [CaracalDeployment.resource.plural], role.1)
            ],
        ]
    }
}
