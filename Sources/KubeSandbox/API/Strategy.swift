import KubeModel

/// What the API server's registry does to a kind before it is stored (pkg/registry/*/strategy.go).
struct Strategy {
    let info: ResourceInfo

    private var kind: String { info.type.gvk.kind }

    /// Whether the object's generation counts the changes of its spec.
    var countsGenerations: Bool {
        info.schema != nil
            || [
                "Deployment", "StatefulSet", "ReplicaSet", "Job", "NetworkPolicy", "Ingress", "PodDisruptionBudget",
                "Pod",
            ].contains(kind)
    }

    /// A PUT without a resourceVersion replaces whatever is there.
    var allowsUnconditionalUpdate: Bool { info.schema == nil && !["Lease", "PodDisruptionBudget"].contains(kind) }

    /// A PUT of an absent object makes it.
    var createsOnUpdate: Bool {
        ["Service", "Event", "Lease"].contains(kind) || info.type.gvk.group.hasPrefix("rbac.")
    }

    /// Fields that a write through this door leaves as they are (`GetResetFields`), so nobody comes to own them by it.
    func resetFields(_ subresource: String?) -> FieldSet {
        var set = FieldSet()
        guard info.hasStatus else { return set }
        guard subresource == "status" else {
            set.insert(["f:status"])
            return set
        }
        set.insert(["f:spec"])
        if info.schema != nil { set.insert(["f:metadata"]) }
        if kind == "Deployment" { set.insert(["f:metadata", "f:labels"]) }
        if kind == "Pod" {
            set.insert(["f:metadata", "f:deletionTimestamp"])
            set.insert(["f:metadata", "f:ownerReferences"])
        }
        return set
    }

    // MARK: Create

    func prepareForCreate(_ object: inout JSONValue) {
        if info.hasStatus { resetStatus(&object) }
        if countsGenerations { object.set(["metadata", "generation"], 1) }
        switch kind {
        case "Job": selectOwnPods(&object)
        case "Service": allocate(&object, old: nil)
        case "PersistentVolumeClaim":
            // Admission: a claim in use outlives its deletion.
            var finalizers = object.metadata["finalizers"]?.array ?? []
            if !finalizers.contains("kubernetes.io/pvc-protection") {
                finalizers.append("kubernetes.io/pvc-protection")
            }
            object.set(["metadata", "finalizers"], .array(finalizers))
        case "Namespace": object.fill(["spec", "finalizers"], ["kubernetes"])
        case "Pod": admit(&object)
        default: break
        }
    }

    private func resetStatus(_ object: inout JSONValue) {
        switch kind {
        case "Pod": object.set(["status"], ["phase": "Pending", "qosClass": .string(Self.qosClass(object))])
        case "PersistentVolumeClaim": object.set(["status"], ["phase": "Pending"])
        case "Namespace": object.set(["status"], ["phase": "Active"])
        case "CustomResourceDefinition", "Node": break
        default: object.set(["status"], info.schema == nil ? Self.emptyStatus(info.type.gvk) : nil)
        }
    }

    private static func emptyStatus(_ gvk: GroupVersionKind) -> JSONValue? {
        guard let type = TypeTable.type(gvk),
            let read = try? TypedDecoder.decode(["apiVersion": .string(gvk.apiVersion), "status": [:]], as: type)
        else { return nil }
        return read.value["status"]
    }

    /// pkg/registry/batch/job: the pods of a Job carry its uid.
    private func selectOwnPods(_ job: inout JSONValue) {
        guard job.at("spec", "manualSelector") != true else { return }
        let own = job.metadata["labels"]
        let isShared =
            own != nil && job.metadata["generateName"] == nil && own == job.at("spec", "template", "metadata", "labels")
        let (name, uid) = (JSONValue.string(job.name), JSONValue.string(job.uid))
        for (label, value) in [
            ("job-name", name), ("batch.kubernetes.io/job-name", name), ("controller-uid", uid),
            ("batch.kubernetes.io/controller-uid", uid),
        ] { job.fill(["spec", "template", "metadata", "labels", label], value) }
        // Defaulted labels are the template's own map in the server, and what is added to one is added to both.
        if isShared { job.set(["metadata", "labels"], job.at("spec", "template", "metadata", "labels")) }
        job.fill(["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"], uid)
    }

    /// What the admission plugins a cluster always has make of a pod.
    private func admit(_ pod: inout JSONValue) {
        pod.fill(["spec", "serviceAccountName"], "default")
        pod.fill(["spec", "serviceAccount"], pod.at("spec", "serviceAccountName") ?? "default")
        pod.fill(["spec", "priority"], 0)
        pod.fill(["spec", "preemptionPolicy"], "PreemptLowerPriority")
        var tolerations = pod.at("spec", "tolerations")?.array ?? []
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        where !tolerations.contains(where: { $0["key"]?.string == key || $0["key"] == nil }) {
            tolerations.append(
                ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
        }
        pod.set(["spec", "tolerations"], .array(tolerations))
    }

    private static func qosClass(_ pod: JSONValue) -> String {
        let resources = (pod.at("spec", "containers")?.array ?? []).map { $0["resources"] ?? [:] }
        let isBare = resources.allSatisfy { $0["requests"] == nil && $0["limits"] == nil }
        if isBare { return "BestEffort" }
        let isGuaranteed = resources.allSatisfy { resource in
            ["cpu", "memory"].allSatisfy { name in
                resource.at("limits", name) != nil && resource.at("limits", name) == resource.at("requests", name)
            }
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }

    // MARK: Update

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, subresource: String?) {
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            if field == "uid", !object.uid.isEmpty { continue }
            object.set(["metadata", field], old.metadata[field])
        }
        if subresource == "status" {
            keepAllButStatus(&object, old)
        } else if info.hasStatus {
            object.set(["status"], old["status"])
        }
        if kind == "Service" { allocate(&object, old: old) }
        if countsGenerations, counted(object, subresource) != counted(old, subresource) {
            object.set(["metadata", "generation"], .integer(old.generation + 1))
        }
    }

    private func keepAllButStatus(_ object: inout JSONValue, _ old: JSONValue) {
        guard info.schema == nil else {
            var result = old
            result.set(["status"], object["status"])
            object = result
            return
        }
        object.set(["spec"], old["spec"])
        if kind == "Deployment" { object.set(["metadata", "labels"], old.metadata["labels"]) }
        if kind == "Pod" {
            object.set(["metadata", "ownerReferences"], old.metadata["ownerReferences"])
            object.fill(["status", "qosClass"], old.at("status", "qosClass") ?? "BestEffort")
        }
    }

    /// What a generation counts: everything but metadata and status; a Deployment's annotations as well.
    private func counted(_ object: JSONValue, _ subresource: String?) -> JSONValue {
        var rest = (object.object ?? [:]).filter { key, _ in key != "metadata" && key != "status" }
        if kind == "Deployment", subresource == nil { rest["annotations"] = object.metadata["annotations"] }
        return .object(rest)
    }

    // MARK: Service addresses

    /// pkg/registry/core/service: one IPv4 address, kept for the Service's life.
    private func allocate(_ service: inout JSONValue, old: JSONValue?) {
        guard service.at("spec", "type") != "ExternalName" else { return }
        let fields = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
        if let old, old.at("spec", "type") != "ExternalName" {
            for field in fields where service.at("spec", field) == nil {
                service.set(["spec", field], old.at("spec", field))
            }
        }
        service.fill(["spec", "ipFamilyPolicy"], "SingleStack")
        service.fill(["spec", "ipFamilies"], ["IPv4"])
        service.fill(
            ["spec", "clusterIP"], .string("10.0.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"))
        service.fill(["spec", "clusterIPs"], [service.at("spec", "clusterIP") ?? ""])
    }
}
