import KubeModel

/// What a pod's status says of its failure: Kubernetes' words and numbers, never text a process wrote.
struct PodFailure {
    var pod: String
    var reason: String
    var exitCode: Int64?

    var json: JSONValue {
        var json: JSONObject = ["pod": .string(pod), "reason": .string(reason)]
        if let exitCode { json["exitCode"] = .integer(exitCode) }
        return .object(json)
    }

    static func latest(_ pods: [JSONValue]) -> PodFailure? {
        for pod in pods.sorted(by: {
            ($0.metadata["creationTimestamp"]?.string ?? "") > ($1.metadata["creationTimestamp"]?.string ?? "")
        }) {
            for container in pod.at("status", "containerStatuses")?.array ?? [] where container["ready"]?.bool != true {
                let ended = container.at("lastState", "terminated") ?? container.at("state", "terminated")
                if let reason = container.at("state", "waiting", "reason")?.string,
                    !["ContainerCreating", "PodInitializing"].contains(reason)
                {
                    return PodFailure(pod: pod.name, reason: reason, exitCode: ended?["exitCode"]?.integer)
                }
                if let ended, let code = ended["exitCode"]?.integer, code != 0 {
                    return PodFailure(pod: pod.name, reason: ended["reason"]?.string ?? "Error", exitCode: code)
                }
            }
            let scheduled = (pod.at("status", "conditions")?.array ?? []).first { $0["type"] == "PodScheduled" }
            if scheduled?["status"] == "False", let reason = scheduled?["reason"]?.string {
                return PodFailure(pod: pod.name, reason: reason)
            }
        }
        return nil
    }
}
