import KubeModel

/// pkg/apis/core/v1/defaults.go, as far as pods go.
enum PodDefaults {
    /// Of a Deployment, StatefulSet, ReplicaSet or Job.
    static func template(_ template: inout JSONValue) { template.change(["spec"], spec) }

    /// A pod proper gets more than a template does.
    static func pod(_ pod: inout JSONValue) {
        pod.change(["spec"], spec)
        for list in ["containers", "initContainers"] {
            pod.changeEach(["spec", list]) { container in
                for limit in container.at("resources", "limits")?.object ?? [:] {
                    container.fill(["resources", "requests", limit.key], limit.value)
                }
            }
        }
        pod.fill(["spec", "enableServiceLinks"], true)
        pod.fill(["status", "phase"], "Pending")
    }

    private static func spec(_ spec: inout JSONValue) {
        spec.fill(["dnsPolicy"], "ClusterFirst")
        spec.fill(["restartPolicy"], "Always")
        spec.fill(["securityContext"], [:])
        spec.fill(["terminationGracePeriodSeconds"], 30)
        spec.fill(["schedulerName"], "default-scheduler")
        // One field under two names; the old one follows.
        if let account = spec["serviceAccountName"] ?? spec["serviceAccount"] {
            spec.set(["serviceAccountName"], account)
            spec.set(["serviceAccount"], account)
        }
        for list in ["containers", "initContainers", "ephemeralContainers"] { spec.changeEach([list], container) }
        spec.changeEach(["volumes"], volume)
    }

    private static func container(_ container: inout JSONValue) {
        container.fill(
            ["imagePullPolicy"], .string(isLatest(container["image"]?.string ?? "") ? "Always" : "IfNotPresent"))
        container.fill(["terminationMessagePath"], "/dev/termination-log")
        container.fill(["terminationMessagePolicy"], "File")
        container.changeEach(["ports"]) { $0.fill(["protocol"], "TCP") }
        container.changeEach(["env"]) { variable in
            if variable.at("valueFrom", "fieldRef") != nil {
                variable.fill(["valueFrom", "fieldRef", "apiVersion"], "v1")
            }
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] { container.change([name], probe) }
        for hook in ["postStart", "preStop"] { container.change(["lifecycle", hook, "httpGet"], httpGet) }
    }

    /// A tag of `latest`, or neither tag nor digest.
    private static func isLatest(_ image: String) -> Bool {
        if image.contains("@") { return false }
        let name = image.split(separator: "/").last ?? ""
        return !name.contains(":") || name.hasSuffix(":latest")
    }

    private static func probe(_ probe: inout JSONValue) {
        probe.fill(["timeoutSeconds"], 1)
        probe.fill(["periodSeconds"], 10)
        probe.fill(["successThreshold"], 1)
        probe.fill(["failureThreshold"], 3)
        probe.change(["httpGet"], httpGet)
        if probe["grpc"] != nil { probe.fill(["grpc", "service"], "") }
    }

    private static func httpGet(_ action: inout JSONValue) {
        action.fill(["path"], "/")
        action.fill(["scheme"], "HTTP")
    }

    private static func volume(_ volume: inout JSONValue) {
        if volume.object?.count == 1 { volume.set(["emptyDir"], [:]) }
        for source in ["secret", "configMap", "downwardAPI", "projected"] where volume[source] != nil {
            volume.fill([source, "defaultMode"], 420)
        }
        if volume["hostPath"] != nil { volume.fill(["hostPath", "type"], "") }
        volume.changeEach(["projected", "sources"]) { source in
            if source["serviceAccountToken"] != nil { source.fill(["serviceAccountToken", "expirationSeconds"], 3600) }
            source.changeEach(["downwardAPI", "items"], fieldRef)
        }
        volume.changeEach(["downwardAPI", "items"], fieldRef)
        volume.change(["ephemeral", "volumeClaimTemplate"]) { $0.fill(["spec", "volumeMode"], "Filesystem") }
    }

    private static func fieldRef(_ item: inout JSONValue) {
        if item["fieldRef"] != nil { item.fill(["fieldRef", "apiVersion"], "v1") }
    }
}
