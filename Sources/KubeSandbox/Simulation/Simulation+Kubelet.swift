import KubeModel

extension SandboxCluster {
    /// Annotations that make a pod behave: for tests and rehearsals. What fails is `true` for a container that crashes, or
    /// the reason it waits for, as kubelet has it (`ImagePullBackOff`); `Unschedulable` for a pod without a node.
    private static let failAnnotation = "sandbox.caracal.run/fail"
    private static let unreadyAnnotation = "sandbox.caracal.run/unready"

    /// Some pod becomes ready or ends by itself when its time has come.
    var hasStartingPods: Bool { all(.pods).contains { $0.at("status", "phase") == "Pending" } }

    /// Pods run once every file they mount is there and the delay has passed; a Job's pod then ends.
    func runPods(readyAfter delay: Duration) {
        for pod in all(.pods) {
            guard let phase = pod.at("status", "phase")?.string, phase == "Pending" || phase == "Running" else {
                continue
            }
            let containers = pod.at("spec", "containers")?.array ?? []
            var updated = pod
            if let missing = missingFile(pod) {
                updated.set(
                    ["status"],
                    status("Pending", containers, isReady: false, waiting: ("CreateContainerConfigError", missing)))
            } else if pod.at("status", "startTime") == nil {
                updated.set(
                    ["status"], status("Pending", containers, isReady: false, waiting: ("ContainerCreating", "")))
                updated.set(["status", "startTime"], .string(Timestamp.now().microTime))
            } else if let started = pod.at("status", "startTime")?.string, isOver(started, delay) {
                let isJob = pod.controllerOwner?.kind == "Job"
                let failure = pod.annotations[Self.failAnnotation]
                let fails = failure != nil
                let isReady = pod.annotations[Self.unreadyAnnotation] != "true" && !fails
                if !isJob, failure == "Unschedulable" {
                    updated.set(["status"], Self.unscheduled)
                    updated.set(["status", "startTime"], .string(started))
                } else if isJob {
                    updated.set(["status", "phase"], fails ? "Failed" : "Succeeded")
                } else {
                    updated.set(
                        ["status"],
                        status(
                            "Running", containers, isReady: isReady,
                            waiting: failure.map { ($0 == "true" ? "CrashLoopBackOff" : $0, "") })
                    )
                    updated.set(["status", "startTime"], .string(started))
                }
            }
            simulate(.pods, updated)
        }
    }

    private static let unscheduled: JSONValue = [
        "phase": "Pending",
        "conditions": [
            [
                "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                "message": "0/1 nodes are available",
            ]
        ],
    ]

    private func isOver(_ start: String, _ delay: Duration) -> Bool {
        guard let whole = Timestamp(start), let dot = start.lastIndex(of: "."),
            let fraction = Double("0" + start[dot...].dropLast())
        else { return true }
        return Timestamp.now().seconds - whole.seconds - fraction >= Double(delay.components.seconds) + Double(
            delay.components.attoseconds) / 1e18
    }

    private func status(
        _ phase: String, _ containers: [JSONValue], isReady: Bool, waiting: (reason: String, message: String)?
    ) -> JSONValue {
        let state: JSONValue =
            waiting.map { ["waiting": ["reason": .string($0.reason), "message": .string($0.message)]] } ?? [
                "running": [:]
            ]
        let flag: JSONValue = isReady ? "True" : "False"
        return [
            "phase": .string(phase),
            "conditions": .array(
                ["Ready", "ContainersReady"].map { ["type": .string($0), "status": flag] } + [
                    ["type": "PodScheduled", "status": "True"]
                ]),
            "containerStatuses": .array(
                containers.map {
                    [
                        "name": $0["name"] ?? "", "image": $0["image"] ?? "", "ready": .bool(isReady),
                        "restartCount": 0, "state": state,
                    ]
                }),
        ]
    }

    private func missingFile(_ pod: JSONValue) -> String? {
        for volume in pod.at("spec", "volumes")?.array ?? [] {
            let sources = [volume] + (volume.at("projected", "sources")?.array ?? [])
            for source in sources {
                for (field, type, nameField) in [
                    ("secret", ResourceType.secrets, "secretName"), ("configMap", .configMaps, "name"),
                ] {
                    guard let wanted = source[field], wanted["optional"]?.bool != true else { continue }
                    let name = (wanted[nameField] ?? wanted["name"])?.string ?? ""
                    guard let object = storage.get(type.qualifiedName, ObjectKey(namespace: pod.namespace, name: name))
                    else { return "\(field) \"\(name)\" not found" }
                    for item in wanted["items"]?.array ?? [] {
                        let key = item["key"]?.string ?? ""
                        if object.at("data", key) == nil { return "references non-existent \(field) key: \(key)" }
                    }
                }
            }
        }
        return nil
    }
}
