import CaracalAPI
import KubeModel
import TestSupport

/// Small bodies of the kinds the operator uses, of few values, so that requests meet each other's objects.
struct GeneratedKind: Sendable {
    var type: ResourceType
    /// Fields a merge patch or apply sets, besides metadata.
    var body: @Sendable (inout SeededRandom) -> JSONObject
    var hasStatus = false
    var hasScale = false
    var status: JSONObject = [:]

    static let all: [GeneratedKind] = [
        GeneratedKind(type: .configMaps, body: configMap), GeneratedKind(type: .secrets, body: secret),
        GeneratedKind(
            type: .services, body: service, hasStatus: true,
            status: ["loadBalancer": ["ingress": [["hostname": "h.example"]]]]),
        GeneratedKind(type: .serviceAccounts, body: serviceAccount),
        GeneratedKind(
            type: .deployments, body: deployment, hasStatus: true, hasScale: true,
            status: ["replicas": 1, "observedGeneration": 1]),
        GeneratedKind(
            type: .statefulSets, body: statefulSet, hasStatus: true, hasScale: true, status: ["replicas": 1]),
        GeneratedKind(type: .jobs, body: job, hasStatus: true, status: ["active": 1]),
        GeneratedKind(type: .networkPolicies, body: networkPolicy),
        GeneratedKind(
            type: .podDisruptionBudgets, body: disruptionBudget, hasStatus: true,
            status: ["disruptionsAllowed": 1, "currentHealthy": 1, "desiredHealthy": 0, "expectedPods": 1]),
        GeneratedKind(
            type: .horizontalPodAutoscalers, body: autoscaler, hasStatus: true,
            status: ["currentReplicas": 1, "desiredReplicas": 2, "currentMetrics": .null]),
        GeneratedKind(
            type: .ingresses, body: ingress, hasStatus: true,
            status: ["loadBalancer": ["ingress": [["ip": "192.0.2.1"]]]]),
        GeneratedKind(type: .persistentVolumeClaims, body: claim, hasStatus: true, status: ["phase": "Bound"]),
        GeneratedKind(
            type: .pods, body: pod, hasStatus: true,
            status: ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]),
        GeneratedKind(type: .leases, body: lease),
        GeneratedKind(
            type: CaracalDeployment.resource, body: caracal, hasStatus: true, status: ["targetVersion": "1.0.0"]),
    ]

    // MARK: Bodies

    private static func configMap(_ random: inout SeededRandom) -> JSONObject {
        var data: JSONObject = [:]
        for key in ["a", "b", "c"] where random.once(in: 2) { data[key] = .string(random.pick(["1", "2", ""])) }
        var body: JSONObject = ["data": .object(data)]
        if random.once(in: 6) { body["binaryData"] = ["bin": random.pick(["AAEC", "aGk="])] }
        if random.once(in: 20) { body["immutable"] = true }
        return body
    }

    private static func secret(_ random: inout SeededRandom) -> JSONObject {
        var body: JSONObject = [:]
        if random.once(in: 2) { body["stringData"] = ["s": .string(random.pick(["plain", "text"]))] }
        if random.once(in: 2) { body["data"] = ["d": .string(random.pick(["aGVsbG8=", "d29ybGQ="]))] }
        if random.once(in: 4) { body["type"] = "Opaque" }
        return body
    }

    private static func service(_ random: inout SeededRandom) -> JSONObject {
        var ports: [JSONValue] = []
        for (name, number) in [("http", Int64(80)), ("admin", 81)] where ports.isEmpty || random.once(in: 2) {
            var port: JSONObject = ["name": .string(name), "port": .integer(number)]
            if random.once(in: 2) { port["targetPort"] = random.pick([8080, "http"]) }
            if random.once(in: 2) { port["protocol"] = "TCP" }
            ports.append(.object(port))
        }
        var spec: JSONObject = ["ports": .array(ports), "selector": ["app": .string(random.pick(["x", "y"]))]]
        if random.once(in: 5) { spec["publishNotReadyAddresses"] = true }
        if random.once(in: 5) { spec["sessionAffinity"] = random.pick(["ClientIP", "None"]) }
        return ["spec": .object(spec)]
    }

    private static func serviceAccount(_ random: inout SeededRandom) -> JSONObject {
        var body: JSONObject = [:]
        if random.once(in: 2) { body["automountServiceAccountToken"] = .bool(random.once(in: 2)) }
        if random.once(in: 3) { body["imagePullSecrets"] = [["name": .string(random.pick(["p", "q"]))]] }
        return body
    }

    private static func template(_ random: inout SeededRandom, restart: String? = nil) -> JSONValue {
        var container: JSONObject = [
            "name": "main", "image": .string(random.pick(["example/app:1", "example/app", "example/app:latest"])),
        ]
        if random.once(in: 2) {
            container["env"] = .array(
                ["A", "B"].filter { _ in random.once(in: 2) }.map { ["name": .string($0), "value": "1"] })
        }
        if random.once(in: 2) { container["ports"] = [["containerPort": 8080, "name": "http"]] }
        if random.once(in: 3) {
            container["resources"] = [
                "limits": [
                    "cpu": random.pick(["1000m", "0.5", "1"]), "memory": random.pick(["1024Mi", "1.5Gi", "64M"]),
                ]
            ]
        }
        if random.once(in: 3) { container["readinessProbe"] = ["httpGet": ["port": random.pick([8080, "http"])]] }
        if random.once(in: 3) { container["securityContext"] = ["runAsNonRoot": true] }
        var spec: JSONObject = ["containers": [.object(container)]]
        if random.once(in: 3) {
            spec["volumes"] = [
                ["name": "v", "configMap": ["name": "c"]], ["name": "e", "emptyDir": ["sizeLimit": "1Gi"]],
            ]
        }
        if random.once(in: 4) { spec["serviceAccountName"] = "default" }
        if random.once(in: 4) { spec["terminationGracePeriodSeconds"] = .integer(random.pick([0, 60])) }
        if let restart { spec["restartPolicy"] = .string(restart) }
        return ["metadata": ["labels": ["app": "x"]], "spec": .object(spec)]
    }

    private static func deployment(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = ["selector": ["matchLabels": ["app": "x"]], "template": template(&random)]
        if random.once(in: 2) { spec["replicas"] = .integer(random.pick([0, 1, 3])) }
        if random.once(in: 4) { spec["strategy"] = ["type": .string(random.pick(["Recreate", "RollingUpdate"]))] }
        return ["spec": .object(spec)]
    }

    private static func statefulSet(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = [
            "selector": ["matchLabels": ["app": "x"]], "serviceName": "s", "template": template(&random),
        ]
        if random.once(in: 2) { spec["replicas"] = .integer(random.pick([0, 1, 3])) }
        if random.once(in: 4) { spec["podManagementPolicy"] = "Parallel" }
        return ["spec": .object(spec)]
    }

    private static func job(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = ["template": template(&random, restart: "Never")]
        if random.once(in: 2) { spec["backoffLimit"] = .integer(random.pick([0, 3])) }
        if random.once(in: 3) { spec["ttlSecondsAfterFinished"] = 60 }
        return ["spec": .object(spec)]
    }

    private static func networkPolicy(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = ["podSelector": random.pick([[:], ["matchLabels": ["app": "x"]]])]
        if random.once(in: 2) { spec["policyTypes"] = random.pick([["Ingress"], ["Ingress", "Egress"]]) }
        if random.once(in: 2) {
            spec["ingress"] = random.pick([
                [], [["ports": [["port": 80]]]],
                [
                    [
                        "from": [["podSelector": ["matchLabels": ["app": "y"]]]],
                        "ports": [["port": 80, "protocol": "UDP"]],
                    ]
                ],
            ])
        }
        if random.once(in: 3) { spec["egress"] = [["to": [["ipBlock": ["cidr": "10.0.0.0/8"]]]]] }
        return ["spec": .object(spec)]
    }

    private static func disruptionBudget(_ random: inout SeededRandom) -> JSONObject {
        [
            "spec": [
                "maxUnavailable": random.pick([1, "50%"]),
                "selector": ["matchLabels": ["app": .string(random.pick(["x", "y"]))]],
            ]
        ]
    }

    private static func autoscaler(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "a"],
            "maxReplicas": .integer(random.pick([3, 5])),
        ]
        if random.once(in: 2) { spec["minReplicas"] = 2 }
        if random.once(in: 2) {
            spec["metrics"] = [
                [
                    "type": "Resource",
                    "resource": [
                        "name": .string(random.pick(["cpu", "memory"])),
                        "target": ["type": "Utilization", "averageUtilization": 70],
                    ],
                ]
            ]
        }
        if random.once(in: 3) { spec["behavior"] = ["scaleDown": ["stabilizationWindowSeconds": 300]] }
        return ["spec": .object(spec)]
    }

    private static func ingress(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = [
            "rules": [
                [
                    "host": .string(random.pick(["a.example", "b.example"])),
                    "http": [
                        "paths": [
                            [
                                "path": "/", "pathType": "Prefix",
                                "backend": [
                                    "service": ["name": "s", "port": random.pick([["name": "http"], ["number": 80]])]
                                ],
                            ]
                        ]
                    ],
                ]
            ]
        ]
        if random.once(in: 2) { spec["ingressClassName"] = "c" }
        if random.once(in: 3) { spec["tls"] = [["hosts": ["a.example"], "secretName": "t"]] }
        return ["spec": .object(spec)]
    }

    private static func claim(_ random: inout SeededRandom) -> JSONObject {
        [
            "spec": [
                "accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
                "resources": ["requests": ["storage": random.pick(["1Gi", "1024Mi"])]],
            ]
        ]
    }

    private static func pod(_ random: inout SeededRandom) -> JSONObject {
        var spec = template(&random)["spec"]?.object ?? [:]
        spec["automountServiceAccountToken"] = false
        return ["spec": .object(spec)]
    }

    private static func lease(_ random: inout SeededRandom) -> JSONObject {
        var spec: JSONObject = ["holderIdentity": .string(random.pick(["me", "you"]))]
        if random.once(in: 2) { spec["leaseDurationSeconds"] = .integer(random.pick([15, 15, 0])) }
        if random.once(in: 2) {
            spec["renewTime"] = random.pick(["2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00Z"])
        }
        if random.once(in: 4) { spec["leaseTransitions"] = 1 }
        return ["spec": .object(spec)]
    }

    private static func caracal(_ random: inout SeededRandom) -> JSONObject {
        var spec = (try? Fixture.production.document["spec"]?.object) ?? [:]
        if random.once(in: 2) { spec["paused"] = .bool(random.once(in: 2)) }
        if random.once(in: 3) { spec["logLevel"] = .string(random.pick(["info", "debug", "loud"])) }
        return ["spec": .object(spec)]
    }
}
