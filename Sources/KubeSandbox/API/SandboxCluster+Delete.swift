import KubeModel

extension SandboxCluster {
    /// Deletes, or marks what finalizers hold: `foregroundDeletion` and `orphan` are the garbage collector's to take off.
    func delete(_ info: ResourceInfo, _ key: ObjectKey, _ options: JSONValue, dryRun: Bool) throws(APIFailure)
        -> JSONValue
    {
        guard let object = storage.get(storageName(info), key) else { throw APIFailure.notFound(info, key.name) }
        try checkPreconditions(info, object, options)
        var doomed = object
        let finalizers = Self.finalizers(object, options, orphans: info.type == .jobs)
        doomed.set(["metadata", "finalizers"], finalizers.isEmpty ? nil : .array(finalizers))
        guard !finalizers.isEmpty || info.type == .namespaces else {
            var gone = dryRun ? object : erase(info, key) ?? object
            if info.type == .pods {
                gone.set(["metadata", "deletionTimestamp"], .string(Timestamp.now().description))
                gone.set(["metadata", "deletionGracePeriodSeconds"], 0)
                gone.set(["metadata", "generation"], .integer(object.generation + 1))
            }
            return deleted(info, gone)
        }
        if !object.isTerminating {
            doomed.set(["metadata", "deletionTimestamp"], .string(Timestamp.now().description))
            if info.type != .namespaces { doomed.set(["metadata", "deletionGracePeriodSeconds"], 0) }
            if info.type == .namespaces { doomed.set(["status", "phase"], "Terminating") }
            if Strategy(info: info).countsGenerations {
                doomed.set(["metadata", "generation"], .integer(object.generation + 1))
            }
        }
        if doomed != object { doomed = try commit(info, doomed, dryRun: dryRun) }
        return EventFaces.shown(doomed, as: info)
    }

    private static func finalizers(_ object: JSONValue, _ options: JSONValue, orphans: Bool) -> [JSONValue] {
        let own = object.metadata["finalizers"]?.array ?? []
        var kept = own.filter { $0 != "orphan" && $0 != "foregroundDeletion" }
        // A Job's dependents stay unless it is said otherwise (pkg/registry/batch/job).
        switch options["propagationPolicy"] ?? (orphans ? "Orphan" : .null) {
        case "Orphan": kept.append("orphan")
        case "Foreground": kept.append("foregroundDeletion")
        case "Background": break
        default: return own
        }
        return kept
    }

    private func checkPreconditions(_ info: ResourceInfo, _ object: JSONValue, _ options: JSONValue)
        throws(APIFailure)
    {
        /// The registry names the kind here, where others name the resource.
        func failed(_ why: String) -> APIFailure {
            let gvk = info.type.gvk
            let qualified = gvk.group.isEmpty ? gvk.kind : "\(gvk.kind).\(gvk.group)"
            var failure = APIFailure.conflict(info, object.name, why)
            failure.message = "Operation cannot be fulfilled on \(qualified) \"\(object.name)\": \(why)"
            failure.details?["kind"] = .string(gvk.kind)
            return failure
        }
        if let uid = options.at("preconditions", "uid")?.string, uid != object.uid {
            throw failed(
                "the UID in the precondition (\(uid)) does not match the UID in record (\(object.uid)). The object might have been deleted and then recreated"
            )
        }
        if let version = options.at("preconditions", "resourceVersion")?.string, version != object.resourceVersion {
            throw failed(
                "the ResourceVersion in the precondition (\(version)) does not match the ResourceVersion in record (\(object.resourceVersion)). The object might have been modified"
            )
        }
    }

    /// Some kinds answer with the object, the others with what it was.
    private func deleted(_ info: ResourceInfo, _ object: JSONValue) -> JSONValue {
        let shows: [ResourceType] = [.pods, .services, .serviceAccounts, .persistentVolumeClaims]
        if shows.contains(info.type) { return object }
        var details: JSONObject = ["name": .string(object.name)]
        if !info.type.gvk.group.isEmpty { details["group"] = .string(info.type.gvk.group) }
        details["kind"] = .string(info.type.plural)
        details["uid"] = .string(object.uid)
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": .object(details),
        ]
    }
}
