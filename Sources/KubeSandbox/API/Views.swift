import KubeModel
import KubeSchema

/// `autoscaling/v1` Scale over a workload.
enum ScaleView {
    static func of(_ object: JSONValue) -> JSONValue {
        let selector = (object.at("spec", "selector", "matchLabels")?.stringMap ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": [
                "name": .string(object.name), "namespace": .string(object.namespace), "uid": .string(object.uid),
                "resourceVersion": .string(object.resourceVersion),
                "creationTimestamp": object.metadata["creationTimestamp"] ?? .null,
            ],
            "spec": object.at("spec", "replicas") == 0 ? [:] : ["replicas": object.at("spec", "replicas") ?? 0],
            "status": ["replicas": object.at("status", "replicas") ?? 0, "selector": .string(selector)],
        ]
    }

    /// The Scale a write asks for.
    static func wanted(_ change: SandboxCluster.Change, _ shown: JSONValue, _ validation: WriteOptions.Validation)
        throws(APIFailure) -> JSONValue
    {
        switch change {
        case .replace(let body): body
        case .merge(let patch), .strategic(let patch): Patches.merge(shown, patch)
        case .json(let patch): try Patches.json(shown, patch)
        }
    }

    static func counted(_ object: JSONValue) -> JSONValue {
        var object = object
        if object.at("spec", "replicas") == 0 { object.set(["spec", "replicas"], nil) }
        return object
    }

    static func validate(_ scale: JSONValue) throws(APIFailure) {
        guard let count = scale.at("spec", "replicas")?.integer, count < 0 else { return }
        let detail = "Invalid value: \(count): must be greater than or equal to 0"
        throw APIFailure(
            code: 422, reason: "Invalid",
            message: "Scale.autoscaling \"\(scale.name)\" is invalid: spec.replicas: \(detail)",
            details: [
                "name": .string(scale.name), "group": "autoscaling", "kind": "Scale",
                "causes": [["reason": "FieldValueInvalid", "message": .string(detail), "field": "spec.replicas"]],
            ])
    }
}

/// Events have two faces over one store: core/v1 (what kubectl reads) and events.k8s.io/v1 (what is written today).
enum EventFaces {
    static func stored(_ object: JSONValue) -> JSONValue {
        guard object.gvk == GroupVersionKind("events.k8s.io", "v1", "Event") else { return object }
        var core: JSONObject = ["apiVersion": "v1", "kind": "Event", "metadata": object["metadata"] ?? [:]]
        core["involvedObject"] = object["regarding"]
        core["message"] = object["note"]
        for field in ["reason", "type", "action", "eventTime", "related", "reportingInstance", "series"] {
            core[field] = object[field]
        }
        core["reportingComponent"] = object["reportingController"]
        core["source"] = ["component": object["reportingController"] ?? ""]
        core["count"] = 1
        return .object(core)
    }

    static func shown(_ object: JSONValue, as info: ResourceInfo) -> JSONValue {
        guard info.type == .events, object["apiVersion"] == "v1" else { return object }
        var new: JSONObject = [
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": object["metadata"] ?? [:],
        ]
        new["regarding"] = object["involvedObject"]
        new["note"] = object["message"]
        for field in ["reason", "type", "action", "eventTime", "related", "reportingInstance", "series"] {
            new[field] = object[field]
        }
        new["reportingController"] = object["reportingComponent"]
        return .object(new)
    }
}
