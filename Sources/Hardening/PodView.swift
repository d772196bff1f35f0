import KubeModel

/// The pod template of a workload, Job or Pod, for rules to look at.
struct PodView {
    var spec: JSONValue

    init?(_ object: JSONValue) {
        switch object.kind {
        case "Deployment", "StatefulSet", "Job", "ReplicaSet", "DaemonSet":
            guard let spec = object.at("spec", "template", "spec") else { return nil }
            self.spec = spec
        case "Pod":
            guard let spec = object["spec"] else { return nil }
            self.spec = spec
        default: return nil
        }
    }

    /// Every container, init and ephemeral ones too: a foreign sidecar counts like our own.
    var containers: [JSONValue] {
        ["initContainers", "containers", "ephemeralContainers"].flatMap { spec[$0]?.array ?? [] }
    }

    var security: JSONValue { spec["securityContext"] ?? [:] }
    var volumes: [JSONValue] { spec["volumes"]?.array ?? [] }

    /// Names of containers that fail a demand.
    func failing(_ isFailing: (JSONValue) -> Bool) -> [String] {
        containers.filter(isFailing).map { $0["name"]?.string ?? "?" }
    }
}

extension JSONValue {
    var containerSecurity: JSONValue { self["securityContext"] ?? [:] }
}

/// A rule about every container of a pod template.
protocol ContainerRule: HardeningRule {
    /// Completes "container x …".
    var complaint: String { get }
    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool
}

extension ContainerRule {
    package func check(_ object: JSONValue) -> [Finding] {
        guard let pod = PodView(object) else { return [] }
        return pod.failing { isBroken($0, pod) }.map { finding(object, "container \($0) \(complaint)") }
    }
}
