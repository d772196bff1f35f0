import KubeModel

extension SandboxCluster {
    /// Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/
    func apply(
        _ info: ResourceInfo, _ key: ObjectKey, subresource: String?, _ body: JSONValue, _ options: WriteOptions
    ) throws(APIFailure) -> (object: JSONValue, isNew: Bool) {
        let old = storage.get(storageName(info), key).map { EventFaces.shown($0, as: info) }
        guard let old else {
            if subresource != nil { throw APIFailure.notFound(info, key.name) }
            let (object, fields) = try applied(info, body, to: nil, subresource, options)
            if !object.uid.isEmpty {
                throw APIFailure.conflict(
                    info, key.name,
                    "uid mismatch: the provided object specified uid \(object.uid), and no existing object was found")
            }
            var new = object
            try place(&new, in: key.namespace, info)
            try checkApplied(new, key)
            return (try add(info, new, fields, options), true)
        }
        let (object, fields) = try applied(info, body, to: old, subresource, options)
        var new = object
        try place(&new, in: key.namespace, info)
        try checkApplied(new, key)
        return (try replace(info, new, old: old, subresource, fields, options), false)
    }

    private func checkApplied(_ object: JSONValue, _ key: ObjectKey) throws(APIFailure) {
        guard object.name == key.name else {
            throw APIFailure.badRequest(
                object.name.isEmpty
                    ? "the name of the object (\(key.name) based on URL) was undeterminable: name must be provided"
                    : "the name of the object (\(object.name)) does not match the name on the URL (\(key.name))")
        }
    }

    private func applied(
        _ info: ResourceInfo, _ body: JSONValue, to old: JSONValue?, _ subresource: String?, _ options: WriteOptions
    ) throws(APIFailure) -> (JSONValue, ManagedFields) {
        try checkPatch(info, body)
        let time = Timestamp.now().description
        var live = old ?? BodyReader(info: info).nothing
        var fields = owners(info, old, subresource)
        if let old { fields.adopt(old, time: time) }
        live.set(["metadata", "managedFields"], nil)
        let owner = ManagedFields.Owner(
            manager: options.manager, operation: "Apply", subresource: subresource ?? "")
        let result = fields.apply(body, to: live, owner: owner, force: options.isForced, time: time)
        if !result.conflicts.isEmpty { throw APIFailure.applyConflict(result.conflicts, info.groupVersion) }
        let reader = BodyReader(info: info)
        return (try reader.readApplied(result.object ?? live, patch: body), fields)
    }

    private func checkPatch(_ info: ResourceInfo, _ body: JSONValue) throws(APIFailure) {
        let gvk = body.gvk
        guard !gvk.kind.isEmpty else {
            throw APIFailure.badRequest("Object 'Kind' is missing in '\(body.text)'")
        }
        guard infos.contains(where: { $0.groupVersion == gvk.apiVersion }) else {
            throw APIFailure.badRequest("invalid object type: \(gvk.group)/\(gvk.version), Kind=\(gvk.kind)")
        }
        guard gvk.apiVersion == info.groupVersion else {
            throw APIFailure.badRequest(
                "Incorrect version specified in apply patch. Specified patch version: \(gvk.apiVersion), expected: \(info.groupVersion)"
            )
        }
        if let managed = body.metadata["managedFields"], !managed.isNull {
            throw APIFailure.badRequest("metadata.managedFields must be nil")
        }
        let complaints = TypedDocument(value: body, type: info.fieldType).complaints
        guard !complaints.isEmpty else { return }
        let text =
            complaints.count == 1
            ? complaints[0] : (["errors:"] + complaints.map { "  \($0)" }).joined(separator: "\n")
        let group = info.type.gvk.group
        let version = "\(group)/\(info.type.gvk.version), Kind=\(gvk.kind)"
        throw APIFailure(
            code: 500, reason: "",
            message: "failed to create typed patch object (\(body.namespace)/\(body.name); \(version)): \(text)")
    }
}
