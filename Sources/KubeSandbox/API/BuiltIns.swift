import KubeModel
import KubeSchema

/// The defaults of built-in kinds that somebody could be fooled by; far from all.
enum Defaults {
    static func filled(_ object: JSONValue, old: JSONValue?) -> JSONValue {
        var object = object
        switch object.gvk.kind {
        case "Deployment", "StatefulSet", "ReplicaSet":
            if object.at("spec", "replicas")?.integer == nil { object.set(["spec", "replicas"], 1) }
        case "Secret":
            fold(&object, "stringData")
            if object["type"] == nil { object.set(["type"], "Opaque") }
        case "Service":
            if object.at("spec", "type") == nil { object.set(["spec", "type"], "ClusterIP") }
            if object.at("spec", "clusterIP")?.string?.isEmpty != false {
                object.set(
                    ["spec", "clusterIP"],
                    old?.at("spec", "clusterIP")
                        ?? .string("10.0.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"))
            }
        case "Namespace":
            object.set(["metadata", "labels", "kubernetes.io/metadata.name"], .string(object.name))
            if object.at("status", "phase") == nil { object.set(["status", "phase"], "Active") }
        case "CustomResourceDefinition":
            object.set(
                ["status", "conditions"],
                [["type": "NamesAccepted", "status": "True"], ["type": "Established", "status": "True"]])
        default: break
        }
        return object
    }

    private static func fold(_ secret: inout JSONValue, _ field: String) {
        guard let plain = secret[field]?.object else { return }
        for entry in plain { secret.set(["data", entry.key], .string(SandboxBase64.encode(entry.value.string ?? ""))) }
        secret.set([field], nil)
    }
}

enum SandboxBase64 {
    static func encode(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for index in 0..<4 {
                out.append(
                    index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// Refusals of built-in kinds that matter to an operator: fields that never change.
enum BuiltInRules {
    static func violations(_ new: JSONValue, old: JSONValue?) -> [Violation] {
        let own = new.gvk.kind == "Lease" ? LeaseRules.violations(new) : []
        return own + (old.flatMap { change(from: $0, to: new) }.map { [$0] } ?? [])
    }

    private static func change(from old: JSONValue, to new: JSONValue) -> Violation? {
        let kind = new.gvk.kind
        func changed(_ path: String...) -> Bool { new.at(path) != old.at(path) }
        switch kind {
        case "Deployment" where changed("spec", "selector"):
            return immutable("spec.selector", new.at("spec", "selector"))
        case "Job" where changed("spec", "template"): return immutable("spec.template", new.at("spec", "template"))
        case "StatefulSet":
            let fixed = ["serviceName", "podManagementPolicy", "selector", "volumeClaimTemplates"]
            guard fixed.contains(where: { new.at("spec", $0) != old.at("spec", $0) }) else { return nil }
            return Violation(
                path: "spec", cause: "FieldValueForbidden",
                detail:
                    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
        default: return nil
        }
    }

    private static func immutable(_ path: String, _ value: JSONValue?) -> Violation {
        Violation(
            path: path, cause: "FieldValueInvalid",
            detail: "Invalid value: \((value ?? .null).text): field is immutable")
    }
}

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
            ],
            "spec": ["replicas": object.at("spec", "replicas") ?? 0],
            "status": ["replicas": object.at("status", "replicas") ?? 0, "selector": .string(selector)],
        ]
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
