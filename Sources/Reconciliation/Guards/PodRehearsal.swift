import CaracalAPI
import KubeClient
import KubeModel
import Logging
import Rendering

/// Asks the server, before a template is put to work, whether it would take one Pod of it: Pod Security, limit ranges,
/// policies and webhooks judge Pods, not the workloads that make them, and a workload whose pods are refused only says so
/// in Events. Each template is asked for once.
struct PodRehearsal: Sendable {
    let client: KubeClient
    let logger: Logger
    private let judged = Locked<Set<String>>([])

    init(client: KubeClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// What the server refuses among the writes that make pods, by object name.
    func refusals(_ writes: [Write], _ acknowledged: Acknowledgements) async throws -> [String: Obstacle] {
        if acknowledged.contains(Self.rule) { return [:] }
        var refused: [String: Obstacle] = [:]
        for write in writes where Self.makesPods(write) {
            guard let pod = Self.pod(write.object) else { continue }
            let digest = "\(write.object.key) \(StableHash.of(pod))"
            if judged.withLock({ $0.contains(digest) }) { continue }
            let verdict = try await rehearse(pod, write, acknowledged)
            if case .refused(let obstacle) = verdict { refused[write.object.name] = obstacle }
            // What was refused is asked again: a quota or policy may have changed by then.
            if case .accepted = verdict {
                judged.withLock { judged in
                    // Forgetting costs a question.
                    if judged.count >= 4096 { judged = [] }
                    judged.insert(digest)
                }
            }
        }
        return refused
    }

    /// What an acknowledgement names: a policy may judge the rehearsal and not the pods (that it has another account, say).
    static let rule = "pod-rehearsal"

    private enum Verdict { case accepted, unknown, refused(Obstacle) }

    private func rehearse(_ pod: JSONValue, _ write: Write, _ acknowledged: Acknowledgements) async throws -> Verdict {
        let object = write.object
        do {
            _ = try await client.create(.pods, pod, dryRun: true)
            return .accepted
        } catch let error as KubeError {
            // A StatefulSet replaces its pods in place: one more than there are never is.
            let isInPlace = !write.isNew && object.resource == .statefulSets
            guard let reason = Self.reason(error), !(reason == .quotaExceeded && isInPlace) else {
                logger.debug(
                    "no verdict on a pod", metadata: ["object": "\(object.name)", "error": "\(error.message)"])
                return .unknown
            }
            return .refused(
                Obstacle(
                    reason: reason,
                    message:
                        "the cluster would refuse the pods of \(object.resource.gvk.kind) \(object.name), so it is not made: \(error.message). If that judges only the rehearsal: \(acknowledged.command(Self.rule))",
                    isStalled: true, lookAgain: .seconds(15)))
        }
    }

    /// nil for what says nothing of the Pod: no right to ask, a webhook that takes no dry runs, a server out of reach.
    static func reason(_ error: KubeError) -> Reason? {
        let text = error.message
        if text.contains("does not support dry run") || text.contains("serviceaccount") { return nil }
        if text.contains("exceeded quota") || text.contains("failed quota") || text.contains("per Container")
            || text.contains("per Pod")
        {
            return .quotaExceeded
        }
        switch error.code {
        // Without a right to create pods the server answers the same code, and names the verb.
        case .forbidden: return text.contains("cannot create resource") ? nil : .podRejected
        case .invalid: return .podRejected
        case .invalidRequest where text.contains("denied the request"): return .podRejected
        default: return nil
        }
    }

    private static func makesPods(_ write: Write) -> Bool {
        guard write.object.makesPods else { return false }
        if write.object.document.at("spec", "replicas")?.integer == 0 { return false }
        return write.isNew || write.paths.contains { $0.hasPrefix("spec.template") }
    }

    /// The Pod a workload would make. Its own account does not exist before the first apply, and its claims not before
    /// the first pod.
    static func pod(_ object: RenderedObject) -> JSONValue? {
        guard var pod = object.document.at("spec", "template") else { return nil }
        pod.set(["apiVersion"], "v1")
        pod.set(["kind"], "Pod")
        pod.set(["metadata", "name"], .string("\(object.name)-rehearsal"))
        pod.set(["metadata", "namespace"], .string(object.key.namespace))
        // The digest of keys does not matter to anybody who judges.
        pod.set(["metadata", "annotations", Annotation.fingerprint], nil)
        pod.set(["spec", "serviceAccountName"], nil)
        pod.set(["metadata", "ownerReferences"], object.document.metadata["ownerReferences"])
        let claims = (object.document.at("spec", "volumeClaimTemplates")?.array ?? []).map { claim -> JSONValue in
            ["name": .string(claim.name), "emptyDir": [:]]
        }
        if !claims.isEmpty { pod.set(["spec", "volumes"], .array((pod.at("spec", "volumes")?.array ?? []) + claims)) }
        return pod
    }
}

/// A quota is not used up by dry runs: what all pods ask for together, a roll-out's surge included, is summed here. Jobs are
/// over by then. Pure.
enum QuotaSum {
    /// Quotas that an install would exceed, in words.
    static func exceeded(_ quotas: [JSONValue], by objects: [RenderedObject], counts: (RenderedObject) -> Int)
        -> [String]
    {
        var wanted: [String: Quantity128] = [:]
        for object in objects where object.role == .workload {
            let pods = counts(object)
            wanted["pods", default: .zero].add("1", times: pods)
            for container in object.document.at("spec", "template", "spec", "containers")?.array ?? [] {
                for side in ["requests", "limits"] {
                    for entry in container.at("resources", side)?.object ?? [:] {
                        let text = entry.value.string ?? entry.value.text
                        wanted["\(side).\(entry.key)", default: .zero].add(text, times: pods)
                        // A quota on cpu or memory alone means requests.
                        if side == "requests" { wanted[entry.key, default: .zero].add(text, times: pods) }
                    }
                }
            }
        }
        return quotas.flatMap { quota -> [String] in
            // A quota with a scope counts other pods than these, or only some of them.
            guard quota.at("spec", "scopes") == nil, quota.at("spec", "scopeSelector") == nil else { return [] }
            return (quota.at("spec", "hard")?.object ?? [:]).compactMap { limit -> String? in
                guard let need = wanted[limit.key], let hard = Quantity(limit.value.string ?? limit.value.text) else {
                    return nil
                }
                let used = quota.at("status", "used", limit.key).flatMap { Quantity($0.string ?? $0.text) }
                guard need.nanos + (used?.nanos ?? 0) > hard.nanos else { return nil }
                return
                    "ResourceQuota \(quota.name) allows \(limit.value.string ?? limit.value.text) \(limit.key), \(quota.at("status", "used", limit.key)?.string ?? "0") are used, and all pods with a roll-out's surge ask for \(need.text)"
            }
        }
    }

    private struct Quantity128 {
        static let zero = Quantity128()
        var nanos: Int128 = 0
        mutating func add(_ text: String, times: Int) {
            nanos = nanos.addingReportingOverflow((Quantity(text)?.nanos ?? 0) * Int128(times)).partialValue
        }
        /// In whole units, or thousandths where they are small.
        var text: String {
            let whole = nanos / 1_000_000_000
            return whole > 1_048_576
                ? "\(whole / 1_048_576)Mi" : nanos % 1_000_000_000 == 0 ? "\(whole)" : "\(nanos / 1_000_000)m"
        }
    }
}
