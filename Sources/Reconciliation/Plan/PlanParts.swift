import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight
import Rendering

enum JobOutcome: Equatable {
    case running, succeeded
    case failed(String)

    init(_ job: JSONValue) {
        let conditions = (job.at("status", "conditions")?.array ?? []).filter { $0["status"] == "True" }
        if conditions.contains(where: { $0["type"] == "Complete" }) {
            self = .succeeded
        } else if let failed = conditions.first(where: { $0["type"] == "Failed" }) {
            self = .failed(failed["reason"]?.string ?? "unknown reason")
        } else {
            self = .running
        }
    }
}

/// Fields the API server never lets change on a live object.
enum Immutable {
    static func isImmutable(_ kind: String) -> (String) -> Bool {
        { path in
            switch kind {
            case "StatefulSet":
                ["spec.volumeClaimTemplates", "spec.serviceName", "spec.podManagementPolicy", "spec.selector"].contains(
                    where: path.hasPrefix)
            case "Deployment": path.hasPrefix("spec.selector")
            default: false
            }
        }
    }

    static func obstacle(_ object: RenderedObject, _ path: String, _ namespace: String) -> Obstacle {
        let kind = object.resource.gvk.kind.lowercased()
        return Obstacle(
            reason: .immutableChange,
            message:
                "\(path) of \(kind) \(object.name) cannot change while it lives. Set it back, or: kubectl delete \(kind) \(object.name) -n \(namespace) --cascade=orphan (its pods stay, and it is made anew)",
            isStalled: true)
    }
}

/// Annotations that remember what was applied.
enum Stamp {
    static let ownsReplicas = "caracal.run/owns-replicas"
    static let fingerprintPath = "spec.template.metadata.annotations.\(Annotation.fingerprint)"
}

enum PolicyUnion {
    /// The wanted policy with the rules of the live one kept, but for those that name nobody or no port: such a rule was
    /// never ours. Rules are compared as the server shows them.
    static func widened(_ object: RenderedObject, by live: JSONValue) -> RenderedObject {
        var copy = object
        var didWiden = false
        for direction in ["ingress", "egress"] {
            let wanted = object.document.at("spec", direction)?.array ?? []
            let ours = (live.at("spec", direction)?.array ?? []).filter { rule in
                rule[direction == "ingress" ? "from" : "to"]?.array?.isEmpty == false
                    && rule["ports"]?.array?.isEmpty == false
            }
            let kept = ours.filter { rule in
                !wanted.contains {
                    ResourceDiff.differences(rendered: $0, live: rule).isEmpty
                        && ResourceDiff.differences(rendered: rule, live: $0).isEmpty
                }
            }
            didWiden = didWiden || !kept.isEmpty
            // Live rules first, so that an already widened policy compares equal.
            copy.document.set(
                ["spec", direction], .array(merge(live: ours, wanted: wanted)))
        }
        return didWiden ? copy.stamped() : object
    }

    private static func merge(live: [JSONValue], wanted: [JSONValue]) -> [JSONValue] {
        live
            + wanted.filter { rule in
                !live.contains {
                    ResourceDiff.differences(rendered: rule, live: $0).isEmpty
                        && ResourceDiff.differences(rendered: $0, live: rule).isEmpty
                }
            }
    }
}

enum SecretObstacles {
    /// One obstacle per kind of problem and Secret, naming keys and readers.
    static func describe(_ findings: [SecretFinding], namespace: String) -> [Obstacle] {
        var obstacles: [Obstacle] = []
        func readers(_ findings: [SecretFinding]) -> String {
            Set(findings.flatMap(\.requirement.readers)).sorted().map(\.rawValue).joined(separator: ", ")
        }
        let groups = Dictionary(grouping: findings) { "\(rank($0.problem)) \($0.requirement.secretName)" }
        for (_, group) in groups.sorted(by: { $0.key < $1.key }) {
            let secret = group[0].requirement.secretName
            let keys = group.map(\.requirement.secretKey).sorted().joined(separator: ", ")
            switch group[0].problem {
            case .secretMissing:
                obstacles.append(
                    Obstacle(
                        reason: .secretMissing,
                        message:
                            "Secret \(secret) does not exist in \(namespace); \(readers(group)) wait for it. Make one: \(group.allSatisfy { $0.requirement.format == .pem } ? "kubectl create secret tls \(secret) -n \(namespace) --cert=… --key=…" : "caracal-operator keys -f <file> | kubectl apply -f -")"
                    ))
            case .secretForbidden:
                obstacles.append(
                    Obstacle(
                        reason: .secretForbidden,
                        message:
                            "the operator may not read Secret \(secret); \(readers(group)) wait. Grant it: caracal-operator rbac -f <file> | kubectl apply -f -",
                        isStalled: true))
            case .keyMissing:
                obstacles.append(
                    Obstacle(
                        reason: .secretKeyMissing,
                        message:
                            "Secret \(secret) lacks \(keys); \(readers(group)) wait for it. kubectl edit secret \(secret) -n \(namespace)"
                    ))
            case .malformed:
                let details = group.compactMap { finding -> String? in
                    guard case .malformed(let how) = finding.problem else { return nil }
                    return "\(finding.requirement.secretKey) \(how)"
                }
                obstacles.append(
                    Obstacle(
                        reason: .secretMalformed,
                        message:
                            "Secret \(secret): \(details.joined(separator: "; ")). \(readers(group)) would not start with it and wait. kubectl edit secret \(secret) -n \(namespace)",
                        isStalled: true))
            }
        }
        return obstacles
    }

    private static func rank(_ problem: SecretFinding.Problem) -> Int {
        switch problem {
        case .secretForbidden: 0
        case .secretMissing: 1
        case .keyMissing: 2
        case .malformed: 3
        }
    }
}
