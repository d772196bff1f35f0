import KubeModel

/// Scraping and alerts for the operator itself, for clusters with the Prometheus operator's kinds. A file of its own:
/// most clusters refuse a kind they do not have.
enum MonitoringManifest {
    static var objects: [JSONValue] { [podMonitor, rules] }

    private static let metadata: JSONValue = [
        "name": .string(InstallManifest.name), "namespace": .string(InstallManifest.namespace),
        "labels": ["app.kubernetes.io/name": .string(InstallManifest.name), "app.kubernetes.io/part-of": "caracal"],
    ]

    private static let podMonitor: JSONValue = [
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": metadata,
        "spec": [
            "selector": [
                "matchLabels": [
                    "app.kubernetes.io/name": .string(InstallManifest.name), "app.kubernetes.io/component": "operator",
                ]
            ],
            "podMetricsEndpoints": [["port": "http", "path": "/metrics", "interval": "30s"]],
        ],
    ]

    private static let leading = #"sum(leader_election_master_status{name="caracal-operator"})"#

    private static let rules: JSONValue = [
        "apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": metadata,
        "spec": [
            "groups": [
                [
                    "name": "caracal-operator",
                    "rules": [
                        alert(
                            "CaracalOperatorLeaderless", "\(leading) < 1 or absent(\(leading))", hold: "2m", "critical",
                            "No operator holds the lease: nothing is repaired and no change of a spec takes effect. Running pods are not touched."
                        ),
                        alert(
                            "CaracalOperatorManyLeaders", "\(leading) > 1", hold: "1m", "critical",
                            "More than one operator writes: do two installs watch the same namespace?"),
                        alert(
                            "CaracalOperatorBlind", "max by (resource) (caracal_operator_watch_failing) > 0",
                            hold: "10m", "warning",
                            "The operator cannot read {{ $labels.resource }}: is its Role complete, is the API server there?"
                        ),
                        alert(
                            "CaracalOperatorContested", "max(caracal_operator_contested_objects) > 0", hold: "15m",
                            "warning",
                            "Somebody keeps changing what the operator writes; kubectl describe cdep names the object and the manager."
                        ),
                        alert(
                            "CaracalOperatorFailing",
                            #"sum(increase(controller_runtime_reconcile_total{controller="caracaldeployment",result=~"error|timeout"}[15m])) > 10"#,
                            hold: "15m", "warning", "Reconciliations keep failing: read the operator's log."),
                    ],
                ]
            ]
        ],
    ]

    private static func alert(
        _ name: String, _ expression: String, hold: String, _ severity: String, _ summary: String
    ) -> JSONValue {
        [
            "alert": .string(name), "expr": .string(expression), "for": .string(hold),
            "labels": ["severity": .string(severity)], "annotations": ["summary": .string(summary)],
        ]
    }
}
