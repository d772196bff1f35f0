import CaracalCatalog
import KubeModel

/// What a pod's status says of its failure: Kubernetes' words and numbers, never text a process wrote.
struct PodFailure {
    var pod: String
    var reason: String
    var exitCode: Int64?
    /// The catalog's reading of the container's last words.
    var reading: LastWords?

    var json: JSONValue {
        var json: JSONObject = ["pod": .string(pod), "reason": .string(reason)]
        if let reading { json["reading"] = .string("\(reading.reason): \(reading.hint)") }
        if let exitCode { json["exitCode"] = .integer(exitCode) }
        return .object(json)
    }

    private static let readingField = "caracalReading"

    /// A container's status with its last words replaced by what the catalog reads in them: the text may hold anything, and
    /// goes no further than this.
    static func withoutRawText(_ container: JSONValue) -> JSONValue {
        var container = container
        for state in ["state", "lastState"] {
            if let text = container.at(state, "terminated", "message")?.string {
                container.set([state, "terminated", "message"], nil)
                container.set(
                    [state, "terminated", Self.readingField], LastWords.read(text).map { .string($0.reason) })
            }
            if container.at(state, "waiting", "message") != nil { container.set([state, "waiting", "message"], nil) }
        }
        return container
    }

    static func latest(_ pods: [JSONValue]) -> PodFailure? {
        for pod in pods.sorted(by: {
            ($0.metadata["creationTimestamp"]?.string ?? "") > ($1.metadata["creationTimestamp"]?.string ?? "")
        }) {
            for container in pod.at("status", "containerStatuses")?.array ?? [] where container["ready"]?.bool != true {
                let ended = container.at("lastState", "terminated") ?? container.at("state", "terminated")
                let reading = ended?[Self.readingField]?.string.flatMap { word in
                    LastWords.all.first { $0.reason == word }
                }
                if let reason = container.at("state", "waiting", "reason")?.string,
                    !["ContainerCreating", "PodInitializing"].contains(reason)
                {
                    return PodFailure(
                        pod: pod.name, reason: reason, exitCode: ended?["exitCode"]?.integer, reading: reading)
                }
                if let ended, let code = ended["exitCode"]?.integer, code != 0 {
                    return PodFailure(
                        pod: pod.name, reason: ended["reason"]?.string ?? "Error", exitCode: code, reading: reading)
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
