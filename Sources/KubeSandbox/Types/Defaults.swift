import KubeModel

/// What a real API server fills in when it reads a built-in kind: pkg/apis/*/v1/defaults.go, so that a diff against a live
/// object sees here what it would see there.
enum Defaults {
    static func filled(_ object: JSONValue) -> JSONValue {
        var object = object
        switch object.gvk.kind {
        case "Deployment": deployment(&object)
        case "StatefulSet": statefulSet(&object)
        case "ReplicaSet":
            object.fill(["spec", "replicas"], 1)
            object.change(["spec", "template"], PodDefaults.template)
        case "Job": job(&object)
        case "Pod": PodDefaults.pod(&object)
        case "Secret": secret(&object)
        case "Service": service(&object)
        case "PersistentVolumeClaim":
            claim(&object)
            object.fill(["status", "phase"], "Pending")
        case "HorizontalPodAutoscaler": autoscaler(&object)
        case "NetworkPolicy": networkPolicy(&object)
        case "Namespace":
            if !object.name.isEmpty {
                object.set(["metadata", "labels", "kubernetes.io/metadata.name"], .string(object.name))
            }
            object.fill(["status", "phase"], "Active")
        case "RoleBinding", "ClusterRoleBinding": binding(&object)
        default: break
        }
        return object
    }

    private static func deployment(_ object: inout JSONValue) {
        object.fill(["spec", "replicas"], 1)
        object.fill(["spec", "strategy", "type"], "RollingUpdate")
        if object.at("spec", "strategy", "type") == "RollingUpdate" {
            object.fill(["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%")
            object.fill(["spec", "strategy", "rollingUpdate", "maxSurge"], "25%")
        }
        object.fill(["spec", "revisionHistoryLimit"], 10)
        object.fill(["spec", "progressDeadlineSeconds"], 600)
        object.change(["spec", "template"], PodDefaults.template)
    }

    private static func statefulSet(_ object: inout JSONValue) {
        object.fill(["spec", "podManagementPolicy"], "OrderedReady")
        if object.at("spec", "updateStrategy", "type") == nil {
            object.set(["spec", "updateStrategy", "type"], "RollingUpdate")
            object.fill(["spec", "updateStrategy", "rollingUpdate"], [:])
        }
        if object.at("spec", "updateStrategy", "type") == "RollingUpdate",
            object.at("spec", "updateStrategy", "rollingUpdate") != nil
        {
            object.fill(["spec", "updateStrategy", "rollingUpdate", "partition"], 0)
        }
        object.fill(["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"], "Retain")
        object.fill(["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"], "Retain")
        object.fill(["spec", "replicas"], 1)
        object.fill(["spec", "revisionHistoryLimit"], 10)
        object.change(["spec", "template"], PodDefaults.template)
        object.changeEach(["spec", "volumeClaimTemplates"]) { template in
            claim(&template)
            template.fill(["status", "phase"], "Pending")
            template.fill(["apiVersion"], "v1")
            template.fill(["kind"], "PersistentVolumeClaim")
        }
    }

    private static func job(_ object: inout JSONValue) {
        if object.at("spec", "completions") == nil, object.at("spec", "parallelism") == nil {
            object.set(["spec", "completions"], 1)
        }
        object.fill(["spec", "parallelism"], 1)
        object.fill(["spec", "backoffLimit"], object.at("spec", "backoffLimitPerIndex") == nil ? 6 : 2_147_483_647)
        if let labels = object.at("spec", "template", "metadata", "labels"), object.metadata["labels"] == nil {
            object.set(["metadata", "labels"], labels)
        }
        object.fill(["spec", "completionMode"], "NonIndexed")
        object.fill(["spec", "suspend"], false)
        let replaces = object.at("spec", "podFailurePolicy") == nil
        object.fill(["spec", "podReplacementPolicy"], replaces ? "TerminatingOrFailed" : "Failed")
        object.fill(["spec", "manualSelector"], false)
        object.change(["spec", "template"], PodDefaults.template)
    }

    /// `stringData` is an input only: it is folded into `data` on reading.
    private static func secret(_ object: inout JSONValue) {
        object.fill(["type"], "Opaque")
        for entry in object["stringData"]?.object ?? [:] {
            object.set(["data", entry.key], .string(SandboxBase64.encode(entry.value.string ?? "")))
        }
        if object["stringData"] != nil { object.set(["stringData"], nil) }
    }

    private static func service(_ object: inout JSONValue) {
        object.fill(["spec", "sessionAffinity"], "None")
        if object.at("spec", "sessionAffinity") == "None" {
            object.set(["spec", "sessionAffinityConfig"], nil)
        } else {
            object.fill(["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"], 10800)
        }
        object.fill(["spec", "type"], "ClusterIP")
        object.changeEach(["spec", "ports"]) { port in
            port.fill(["protocol"], "TCP")
            if port["targetPort"] == 0 || port["targetPort"] == "" { port.set(["targetPort"], port["port"]) }
        }
        let type = object.at("spec", "type")?.string ?? ""
        let isExternal = type == "NodePort" || type == "LoadBalancer"
        if isExternal { object.fill(["spec", "externalTrafficPolicy"], "Cluster") }
        if isExternal || type == "ClusterIP" { object.fill(["spec", "internalTrafficPolicy"], "Cluster") }
        if type == "LoadBalancer" { object.fill(["spec", "allocateLoadBalancerNodePorts"], true) }
    }

    private static func claim(_ object: inout JSONValue) { object.fill(["spec", "volumeMode"], "Filesystem") }

    private static func autoscaler(_ object: inout JSONValue) {
        object.fill(["spec", "minReplicas"], 1)
        object.fill(
            ["spec", "metrics"],
            [
                [
                    "type": "Resource",
                    "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
                ]
            ])
        guard object.at("spec", "behavior") != nil else { return }
        let up: [JSONValue] = [
            ["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15],
        ]
        object.fill(["spec", "behavior", "scaleUp", "stabilizationWindowSeconds"], 0)
        object.fill(["spec", "behavior", "scaleUp", "selectPolicy"], "Max")
        object.fill(["spec", "behavior", "scaleUp", "policies"], .array(up))
        object.fill(["spec", "behavior", "scaleDown", "selectPolicy"], "Max")
        object.fill(["spec", "behavior", "scaleDown", "policies"], .array([up[1]]))
    }

    private static func networkPolicy(_ object: inout JSONValue) {
        let hasEgress = object.at("spec", "egress") != nil
        object.fill(["spec", "policyTypes"], hasEgress ? ["Ingress", "Egress"] : ["Ingress"])
        for direction in ["ingress", "egress"] {
            object.changeEach(["spec", direction]) { rule in
                rule.changeEach(["ports"]) { $0.fill(["protocol"], "TCP") }
            }
        }
    }

    private static func binding(_ object: inout JSONValue) {
        object.changeEach(["subjects"]) { subject in
            let isAccount = subject["kind"] == "ServiceAccount"
            if !isAccount { subject.fill(["apiGroup"], "rbac.authorization.k8s.io") }
        }
        if object.at("roleRef", "apiGroup") == "" { object.set(["roleRef", "apiGroup"], "rbac.authorization.k8s.io") }
    }
}

extension JSONValue {
    /// Sets what is absent.
    mutating func fill(_ path: [String], _ value: JSONValue) { if at(path) == nil { set(path, value) } }

    mutating func change(_ path: [String], _ body: (inout JSONValue) -> Void) {
        guard var value = at(path) else { return }
        body(&value)
        set(path, value)
    }

    mutating func changeEach(_ path: [String], _ body: (inout JSONValue) -> Void) {
        guard var items = at(path)?.array else { return }
        for index in items.indices { body(&items[index]) }
        set(path, .array(items))
    }
}
