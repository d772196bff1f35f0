import KubeModel

extension SandboxCluster {
    private static func hash(_ template: JSONValue) -> String { String(StableHash.of(template.text).prefix(10)) }

    private static let hashLabel = "pod-template-hash"
    private static let revisionLabel = "controller-revision-hash"

    func pod(_ name: String, owner: JSONValue, template: JSONValue, labels: [String: String]) -> JSONValue {
        var metadata = template["metadata"] ?? [:]
        metadata.set(["name"], .string(name))
        metadata.set(["namespace"], .string(owner.namespace))
        metadata.set(["ownerReferences"], [reference(owner)])
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { metadata.set(["labels", key], .string(value)) }
        return [
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? [:],
            "status": ["phase": "Pending"],
        ]
    }

    private func isReady(_ pod: JSONValue) -> Bool {
        (pod.at("status", "conditions")?.array ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
    }

    /// One that was orphaned with its pods is taken up again.
    private func adoptReplicaSet(_ name: String, _ deployment: JSONValue) {
        let key = ObjectKey(namespace: deployment.namespace, name: name)
        guard var set = storage.get(ResourceType.replicaSets.qualifiedName, key), set.controllerOwner == nil else {
            return
        }
        set.set(["metadata", "ownerReferences"], [reference(deployment)])
        simulate(.replicaSets, set)
    }

    /// New pods come up beside the old ones, which go as the new ones are ready.
    func runDeployments() {
        for deployment in all(.deployments) where deployment.at("spec", "paused")?.bool != true {
            let template = deployment.at("spec", "template") ?? [:]
            let hash = Self.hash(template)
            let wanted = Int(deployment.at("spec", "replicas")?.integer ?? 1)
            let name = "\(deployment.name)-\(hash)"
            if storage.get(
                ResourceType.replicaSets.qualifiedName, ObjectKey(namespace: deployment.namespace, name: name)) == nil
            {
                var labels = template.at("metadata", "labels") ?? [:]
                labels.set([Self.hashLabel], .string(hash))
                simulate(
                    .replicaSets,
                    [
                        "apiVersion": "apps/v1", "kind": "ReplicaSet",
                        "metadata": [
                            "name": .string(name), "namespace": .string(deployment.namespace), "labels": labels,
                            "ownerReferences": [reference(deployment)],
                        ],
                        "spec": [
                            "replicas": .integer(Int64(wanted)), "selector": deployment.at("spec", "selector") ?? [:],
                            "template": template,
                        ],
                    ])
            }
            adoptReplicaSet(name, deployment)
            for set in children(.replicaSets, of: deployment) {
                run(set, isCurrent: set.name == name, wanted: wanted, hash: hash, deployment: deployment)
            }
        }
    }

    private func run(_ set: JSONValue, isCurrent: Bool, wanted: Int, hash: String, deployment: JSONValue) {
        let pods = children(.pods, of: set)
        var updated = set
        if isCurrent {
            let template = set.at("spec", "template") ?? [:]
            for _ in 0..<max(0, wanted - pods.count) {
                simulate(
                    .pods,
                    pod(
                        "\(set.name)-\(Self.uid().prefix(5))", owner: set, template: template,
                        labels: [Self.hashLabel: hash]))
            }
            for pod in pods.dropFirst(wanted) { vanish(.pods, pod.key) }
            updated.set(["spec", "replicas"], .integer(Int64(wanted)))
        } else {
            let ready = children(.replicaSets, of: deployment).filter { $0.name == "\(deployment.name)-\(hash)" }
                .flatMap { children(.pods, of: $0) }.filter(isReady).count
            for pod in pods.prefix(max(0, pods.count - max(0, wanted - ready))) { vanish(.pods, pod.key) }
            updated.set(["spec", "replicas"], .integer(Int64(max(0, min(pods.count, wanted - ready)))))
        }
        updated.set(
            ["status"],
            ["replicas": .integer(Int64(pods.count)), "readyReplicas": .integer(Int64(pods.filter(isReady).count))])
        simulate(.replicaSets, updated)
    }

    /// Ordinals with claims; the highest outdated pod is replaced once the others are ready.
    func runStatefulSets() {
        for set in all(.statefulSets) {
            let template = set.at("spec", "template") ?? [:]
            let revision = "\(set.name)-\(Self.hash(template))"
            let wanted = Int(set.at("spec", "replicas")?.integer ?? 1)
            let pods = children(.pods, of: set)
            for ordinal in 0..<wanted where !pods.contains(where: { $0.name == "\(set.name)-\(ordinal)" }) {
                var volumes = template.at("spec", "volumes")?.array ?? []
                for claim in set.at("spec", "volumeClaimTemplates")?.array ?? [] {
                    let name = "\(claim.name)-\(set.name)-\(ordinal)"
                    if storage.get(
                        ResourceType.persistentVolumeClaims.qualifiedName,
                        ObjectKey(namespace: set.namespace, name: name)) == nil
                    {
                        simulate(
                            .persistentVolumeClaims,
                            [
                                "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                                "metadata": [
                                    "name": .string(name), "namespace": .string(set.namespace),
                                    "labels": claim.metadata["labels"] ?? [:],
                                ],
                                "spec": claim["spec"] ?? [:], "status": ["phase": "Bound"],
                            ])
                    }
                    volumes.append(["name": .string(claim.name), "persistentVolumeClaim": ["claimName": .string(name)]])
                }
                var filled = template
                filled.set(["spec", "volumes"], .array(volumes))
                simulate(
                    .pods,
                    pod("\(set.name)-\(ordinal)", owner: set, template: filled, labels: [Self.revisionLabel: revision]))
            }
            for pod in pods where (Int(pod.name.dropFirst(set.name.count + 1)) ?? 0) >= wanted {
                vanish(.pods, pod.key)
            }
            let outdated = pods.filter { $0.labels[Self.revisionLabel] != revision }.sorted { $0.name > $1.name }
            let others = pods.filter { pod in pod.name != outdated.first?.name }
            if let first = outdated.first, others.allSatisfy(isReady) || !isReady(first) { vanish(.pods, first.key) }
        }
    }

    func runJobs() {
        for job in all(.jobs) {
            let conditions = job.at("status", "conditions")?.array ?? []
            guard conditions.isEmpty else { continue }
            let pods = children(.pods, of: job)
            guard let last = pods.last else {
                simulate(
                    .pods,
                    pod(
                        "\(job.name)-\(Self.uid().prefix(5))", owner: job, template: job.at("spec", "template") ?? [:],
                        labels: ["job-name": job.name]))
                var started = job
                started.set(["status"], ["startTime": .string(Timestamp.now().description), "active": 1])
                simulate(.jobs, started)
                continue
            }
            var done = job
            let now = JSONValue.string(Timestamp.now().description)
            switch last.at("status", "phase") {
            case "Succeeded":
                done.set(
                    ["status"],
                    [
                        "startTime": job.at("status", "startTime") ?? now, "completionTime": now, "succeeded": 1,
                        "conditions": [["type": "Complete", "status": "True", "lastTransitionTime": now]],
                    ])
            case "Failed":
                done.set(
                    ["status"],
                    [
                        "startTime": job.at("status", "startTime") ?? now, "failed": 1,
                        "conditions": [
                            [
                                "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
                                "lastTransitionTime": now,
                            ]
                        ],
                    ])
            default: continue
            }
            simulate(.jobs, done)
        }
    }

    func reportWorkloads() {
        for type in [ResourceType.deployments, .statefulSets] {
            for workload in all(type) {
                let template = workload.at("spec", "template") ?? [:]
                let pods =
                    type == .deployments
                    ? children(.replicaSets, of: workload).flatMap { children(.pods, of: $0) }
                    : children(.pods, of: workload)
                let hash = Self.hash(template)
                let current = pods.filter {
                    $0.label(Self.hashLabel) == hash || $0.label(Self.revisionLabel) == "\(workload.name)-\(hash)"
                }
                let ready = Int64(pods.filter(isReady).count)
                var status: JSONObject = [
                    "observedGeneration": .integer(workload.generation), "replicas": .integer(Int64(pods.count)),
                ]
                if !current.isEmpty { status["updatedReplicas"] = .integer(Int64(current.count)) }
                if ready > 0 {
                    status["readyReplicas"] = .integer(ready)
                    status["availableReplicas"] = .integer(ready)
                }
                if type == .deployments {
                    let isDone =
                        Int64(current.count) == workload.at("spec", "replicas")?.integer
                        && ready >= Int64(current.count) && pods.count == current.count
                    let available: JSONValue = [
                        "type": "Available", "status": ready > 0 ? "True" : "False", "reason": "MinimumReplicas",
                    ]
                    let progressing: JSONValue = [
                        "type": "Progressing", "status": "True",
                        "reason": isDone ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                    ]
                    status["conditions"] = [available, progressing]
                }
                var reported = workload
                reported.set(["status"], .object(status))
                simulate(type, reported)
            }
        }
    }
}
