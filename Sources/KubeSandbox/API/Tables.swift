import KubeModel

/// `meta.k8s.io/v1` Tables: what `kubectl get` prints.
struct TableView {
    let info: ResourceInfo
    let now: Timestamp

    func table(_ objects: [JSONValue], list: JSONValue?, withHeaders: Bool = true) -> JSONValue {
        let columns = self.columns
        let definitions: [JSONValue] = columns.map {
            [
                "name": .string($0.name), "type": .string($0.type == "date" ? "string" : $0.type),
                "format": $0.name == "Name" ? "name" : "", "description": "", "priority": .integer($0.priority),
            ]
        }
        let rows: [JSONValue] = objects.map { object in
            let metadata = object.metadata.object?.filter { key, _ in key != "managedFields" } ?? [:]
            return [
                "cells": .array(columns.map { cell($0, object) }),
                "object": [
                    "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": .object(metadata),
                ],
            ]
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": list?["metadata"] ?? [:],
            "columnDefinitions": withHeaders ? .array(definitions) : .null, "rows": .array(rows),
        ]
    }

    private var columns: [ResourceInfo.Column] {
        let name = ResourceInfo.Column(name: "Name", type: "string", path: ".metadata.name", priority: 0)
        let age = ResourceInfo.Column(name: "Age", type: "date", path: ".metadata.creationTimestamp", priority: 0)
        func column(_ name: String, _ path: String) -> ResourceInfo.Column {
            .init(name: name, type: "string", path: path, priority: 0)
        }
        if info.schema != nil {
            return [name] + (info.columns.isEmpty ? [age] : info.columns)
        }
        let own: [ResourceInfo.Column] =
            switch info.type.gvk.kind {
            case "Deployment":
                [
                    column("Ready", "ready"), column("Up-to-date", ".status.updatedReplicas"),
                    column("Available", ".status.availableReplicas"),
                ]
            case "StatefulSet": [column("Ready", "ready")]
            case "Pod": [column("Ready", "containers"), column("Status", "phase"), column("Restarts", "restarts")]
            case "Job": [column("Status", "job"), column("Completions", "completions")]
            case "Service":
                [column("Type", ".spec.type"), column("Cluster-IP", ".spec.clusterIP"), column("Port(s)", "ports")]
            case "Namespace": [column("Status", ".status.phase")]
            case "Secret": [column("Type", ".type"), column("Data", "data")]
            case "ConfigMap": [column("Data", "data")]
            case "HorizontalPodAutoscaler":
                [
                    column("Reference", ".spec.scaleTargetRef.name"), column("MinPods", ".spec.minReplicas"),
                    column("MaxPods", ".spec.maxReplicas"), column("Replicas", ".status.currentReplicas"),
                ]
            case "PodDisruptionBudget":
                [
                    column("Min Available", ".spec.minAvailable"), column("Max Unavailable", ".spec.maxUnavailable"),
                    column("Allowed Disruptions", ".status.disruptionsAllowed"),
                ]
            case "Ingress": [column("Class", ".spec.ingressClassName"), column("Hosts", "hosts")]
            case "PersistentVolumeClaim":
                [column("Status", ".status.phase"), column("Capacity", ".spec.resources.requests.storage")]
            case "Event": [column("Type", ".type"), column("Reason", ".reason"), column("Message", ".message")]
            default: []
            }
        return [name] + own + [age]
    }

    private func cell(_ column: ResourceInfo.Column, _ object: JSONValue) -> JSONValue {
        func count(_ path: String...) -> Int64 { object.at(path)?.integer ?? 0 }
        switch column.path {
        case "ready": return .string("\(count("status", "readyReplicas"))/\(count("spec", "replicas"))")
        case "containers":
            let all = object.at("status", "containerStatuses")?.array ?? []
            return .string(
                "\(all.filter { $0["ready"]?.bool == true }.count)/\(object.at("spec", "containers")?.array?.count ?? 0)"
            )
        case "phase":
            if object.isTerminating { return "Terminating" }
            let waiting = (object.at("status", "containerStatuses")?.array ?? []).lazy.compactMap {
                $0.at("state", "waiting", "reason")
            }.first
            return object.at("status", "phase") == "Succeeded"
                ? "Completed" : waiting ?? object.at("status", "phase") ?? "Pending"
        case "restarts": return 0
        case "job":
            return count("status", "succeeded") > 0 ? "Complete" : count("status", "failed") > 0 ? "Failed" : "Running"
        case "completions": return .string("\(count("status", "succeeded"))/\(count("spec", "completions"))")
        case "ports":
            return .string(
                (object.at("spec", "ports")?.array ?? []).map {
                    "\($0["port"]?.text ?? "")/\($0["protocol"]?.string ?? "TCP")"
                }.joined(separator: ","))
        case "hosts":
            return .string(
                (object.at("spec", "rules")?.array ?? []).compactMap { $0["host"]?.string }.joined(separator: ","))
        case "data": return .integer(Int64(object["data"]?.object?.count ?? 0))
        default:
            let value = PrinterPath.value(column.path, object)
            if column.type == "date" { return .string(value?.string.flatMap { Timestamp($0) }.map(age) ?? "<unknown>") }
            return value ?? (info.schema != nil ? .null : "<none>")
        }
    }

    /// As kubectl counts: seconds up to two minutes, then minutes, hours, days.
    private func age(_ since: Timestamp) -> String {
        let seconds = max(0, Int(now.seconds - since.seconds))
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds / 60)m\(seconds % 60)s"
        case ..<10800: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86400)d"
        }
    }
}

/// The JSONPath of printer columns: fields, and one filter of the form `[?(@.field=="value")]`.
enum PrinterPath {
    static func value(_ path: String, _ object: JSONValue) -> JSONValue? {
        var current: JSONValue? = object
        var rest = path[...]
        while !rest.isEmpty, current != nil {
            if rest.hasPrefix("[?(@."), let end = rest.firstRange(of: ")]") {
                let filter = rest[rest.index(rest.startIndex, offsetBy: 5)..<end.lowerBound]
                let parts = filter.split(separator: "=", omittingEmptySubsequences: true)
                let wanted = parts.count == 2 ? parts[1].filter { $0 != "\"" && $0 != "'" } : ""
                current = current?.array?.first { $0[String(parts.first ?? "")]?.string == wanted }
                rest = rest[end.upperBound...]
            } else {
                rest = rest.first == "." ? rest.dropFirst() : rest
                let field = rest.prefix { $0 != "." && $0 != "[" }
                rest = rest.dropFirst(field.count)
                current = current?[String(field)]
            }
        }
        return current
    }
}
