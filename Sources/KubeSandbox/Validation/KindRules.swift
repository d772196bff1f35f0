import KubeModel
import KubeSchema

/// Refusals of built-in kinds that matter to an operator (pkg/apis/*/validation): fields that never change, and what is
/// easily got wrong.
enum KindRules {
    static func violations(_ new: JSONValue, old: JSONValue?) -> [Violation] {
        switch new.gvk.kind {
        case "ConfigMap": return data(new) + frozen(new, old, ["data", "binaryData"])
        case "Secret":
            let isRetyped = old.map { $0["type"] != new["type"] } ?? false
            let type: [Violation] = isRetyped ? [.invalid("type", new["type"], immutable)] : []
            return type + frozen(new, old, ["data"]) + data(new)
        case "Deployment", "StatefulSet", "ReplicaSet": return WorkloadRules.violations(new, old: old)
        case "Job": return WorkloadRules.job(new, old: old)
        case "Lease": return lease(new)
        case "Pod": return pod(new, old)
        default: return []
        }
    }

    static func statusViolations(_ new: JSONValue) -> [Violation] {
        guard new.gvk.kind == "Service", new.at("spec", "type") != "LoadBalancer",
            new.at("status", "loadBalancer", "ingress") != nil
        else { return [] }
        return [.forbidden("status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")]
    }

    /// A pod's images may change, and little else.
    private static func pod(_ new: JSONValue, _ old: JSONValue?) -> [Violation] {
        guard let old else { return [] }
        func fixed(_ pod: JSONValue) -> JSONValue? {
            var spec = pod["spec"] ?? [:]
            for list in ["containers", "initContainers"] { spec.changeEach([list]) { $0.set(["image"], "") } }
            for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] { spec.set([field], nil) }
            return spec
        }
        if fixed(new) == fixed(old) { return [] }
        return [
            .forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
            )
        ]
    }

    static let immutable = "field is immutable"

    private static func data(_ object: JSONValue) -> [Violation] {
        ["data", "binaryData"].flatMap { field in
            (object[field]?.object ?? [:]).sorted.compactMap { entry -> Violation? in
                let isValid = entry.key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
                if isValid, !entry.key.isEmpty { return nil }
                return .invalid(
                    "\(field)[\(entry.key)]", .string(entry.key),
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                )
            }
        }
    }

    private static func frozen(_ new: JSONValue, _ old: JSONValue?, _ fields: [String]) -> [Violation] {
        guard let old, old["immutable"] == true else { return [] }
        let why = "field is immutable when `immutable` is set"
        let own: [Violation] = new["immutable"] == true ? [] : [.forbidden("immutable", why)]
        return own + fields.filter { new[$0] != old[$0] }.map { .forbidden($0, why) }
    }

    /// pkg/apis/coordination/validation: durations are positive, transitions do not run backwards.
    private static func lease(_ lease: JSONValue) -> [Violation] {
        var found: [Violation] = []
        if let seconds = lease.at("spec", "leaseDurationSeconds")?.integer, seconds <= 0 {
            found.append(.invalid("spec.leaseDurationSeconds", .integer(seconds), "must be greater than 0"))
        }
        if let count = lease.at("spec", "leaseTransitions")?.integer, count < 0 {
            found.append(.invalid("spec.leaseTransitions", .integer(count), "must be greater than or equal to 0"))
        }
        return found
    }
}

/// pkg/apis/apps/validation and pkg/apis/batch/validation, in small.
enum WorkloadRules {
    static func violations(_ new: JSONValue, old: JSONValue?) -> [Violation] {
        var found: [Violation] = []
        if let old, new.gvk.kind == "StatefulSet" { found += fixed(new, old) }
        if let count = new.at("spec", "replicas")?.integer, count < 0 {
            found.append(.invalid("spec.replicas", .integer(count), "must be greater than or equal to 0"))
        }
        if new.at("spec", "strategy", "type") == "Recreate", new.at("spec", "strategy", "rollingUpdate") != nil {
            found.append(
                .forbidden(
                    "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"))
        }
        found += selector(new)
        if let old, new.gvk.kind != "StatefulSet", new.at("spec", "selector") != old.at("spec", "selector") {
            found.append(.invalid("spec.selector", new.at("spec", "selector"), KindRules.immutable))
        }
        return found
    }

    private static func selector(_ new: JSONValue) -> [Violation] {
        guard let selector = new.at("spec", "selector"), !selector.isNull else { return [.missing("spec.selector")] }
        let wanted = selector["matchLabels"]?.stringMap ?? [:]
        let labels = new.at("spec", "template", "metadata", "labels")
        let own = labels?.stringMap ?? [:]
        if wanted.isEmpty, selector["matchExpressions"] == nil {
            return [.invalid("spec.selector", selector, "empty selector is invalid for \(new.gvk.kind.lowercased())")]
        }
        guard wanted.allSatisfy({ own[$0.key] == $0.value }) else {
            return [
                .invalid(
                    "spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
            ]
        }
        return []
    }

    private static func fixed(_ new: JSONValue, _ old: JSONValue) -> [Violation] {
        let fields = ["serviceName", "podManagementPolicy", "selector", "volumeClaimTemplates"]
        guard fields.contains(where: { new.at("spec", $0) != old.at("spec", $0) }) else { return [] }
        return [
            .forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            )
        ]
    }

    private static func selectorOfJob(_ new: JSONValue) -> [Violation] {
        guard new.at("spec", "selector") == nil else { return selector(new) }
        return [
            .missing("spec.selector"),
            .invalid(
                "spec.template.metadata.labels", new.at("spec", "template", "metadata", "labels"),
                "`selector` does not match template `labels`"),
        ]
    }

    static func job(_ new: JSONValue, old: JSONValue?) -> [Violation] {
        guard let old else { return [] }
        return selectorOfJob(new)
            + ["completions", "selector", "template", "completionMode"]
            .filter { new.at("spec", $0) != old.at("spec", $0) }
            .map { .invalid("spec.\($0)", new.at("spec", $0), KindRules.immutable) }
    }
}
