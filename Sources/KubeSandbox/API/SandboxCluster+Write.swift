import KubeModel
import KubeSchema

/// What the query of a write says.
struct WriteOptions: Sendable {
    var manager: String
    var isDryRun = false
    var isForced = false
    var validation = Validation.warn

    enum Validation: String, Sendable {
        case ignore = "Ignore"
        case warn = "Warn"
        case strict = "Strict"
    }
}

extension SandboxCluster {
    enum Change {
        case replace(JSONValue)
        case merge(JSONValue), json(JSONValue), strategic(JSONValue)
    }

    // MARK: Create

    func create(_ info: ResourceInfo, namespace: String?, _ body: JSONValue, _ options: WriteOptions)
        throws(APIFailure) -> JSONValue
    {
        var object = try BodyReader(info: info).read(body, options.validation)
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            object.set(["metadata", field], nil)
        }
        try place(&object, in: namespace, info)
        if !object.resourceVersion.isEmpty, object.resourceVersion != "0" {
            throw APIFailure(
                code: 500, reason: "", message: "resourceVersion should not be set on objects to be created")
        }
        object.set(["metadata", "resourceVersion"], nil)
        var fields = owners(info, nil, nil)
        let owner = ManagedFields.Owner(manager: options.manager, operation: "Update", subresource: "")
        fields.update(
            from: BodyReader(info: info).nothing, to: object, owner: owner, time: Timestamp.now().description)
        return try add(info, object, fields, options)
    }

    /// An object that is new, whether by POST, PUT or apply.
    func add(_ info: ResourceInfo, _ new: JSONValue, _ fields: ManagedFields, _ options: WriteOptions)
        throws(APIFailure) -> JSONValue
    {
        try admitNew(info, new)
        var object = admitted(new)
        if object.name.isEmpty, let prefix = object.metadata["generateName"]?.string {
            object.set(["metadata", "name"], .string(prefix + String(SandboxCluster.uid().prefix(5))))
        }
        object = Self.born(object)
        Strategy(info: info).prepareForCreate(&object)
        try validate(info, object, old: nil, subresource: nil)
        if let there = storage.get(storageName(info), object.key) {
            var failure = APIFailure.alreadyExists(info, object.name)
            if there.isTerminating { failure.message = "object is being deleted: \(failure.message)" }
            throw failure
        }
        object.set(["metadata", "managedFields"], fields.json)
        return EventFaces.shown(try commit(info, EventFaces.stored(object), dryRun: options.isDryRun), as: info)
    }

    func owners(_ info: ResourceInfo, _ object: JSONValue?, _ subresource: String?) -> ManagedFields {
        ManagedFields(
            object, type: info.fieldType, apiVersion: info.groupVersion,
            ignored: Strategy(info: info).resetFields(subresource))
    }

    /// The namespace of the request is the object's.
    func place(_ object: inout JSONValue, in namespace: String?, _ info: ResourceInfo) throws(APIFailure) {
        let wanted = info.type.isNamespaced ? namespace ?? "" : ""
        if !object.namespace.isEmpty, !wanted.isEmpty, object.namespace != wanted {
            throw APIFailure.badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
        object.set(["metadata", "namespace"], wanted.isEmpty ? nil : .string(wanted))
    }

    /// Admission by the namespace: it must be there and stay.
    private func admitNew(_ info: ResourceInfo, _ object: JSONValue) throws(APIFailure) {
        guard info.type.isNamespaced else { return }
        let namespaces = ResourceType.namespaces.qualifiedName
        let name = object.namespace
        guard let home = storage.get(namespaces, ObjectKey(namespace: "", name: name)) else {
            throw APIFailure(
                code: 404, reason: "NotFound", message: "namespaces \"\(name)\" not found",
                details: ["name": .string(name), "kind": "namespaces"])
        }
        if home.isTerminating { throw APIFailure.terminating(info, object.name, name) }
    }

    // MARK: Replace and patch

    func change(
        _ info: ResourceInfo, _ key: ObjectKey, subresource: String?, _ change: Change, _ options: WriteOptions
    ) throws(APIFailure) -> (object: JSONValue, isNew: Bool) {
        if subresource == "scale" { return (try scale(info, key, change, options), false) }
        let reader = BodyReader(info: info)
        if case .replace(let body) = change {
            var new = try reader.read(body, options.validation)
            try place(&new, in: key.namespace, info)
            try checkName(new, key)
            guard let old = storage.get(storageName(info), key).map({ EventFaces.shown($0, as: info) }) else {
                guard Strategy(info: info).createsOnUpdate, subresource == nil else {
                    throw APIFailure.notFound(info, key.name)
                }
                try checkIdentity(info, new, .object(["metadata": .object(["name": .string(key.name), "uid": ""])]))
                return (try replaceAbsent(info, new, options), true)
            }
            try checkIdentity(info, new, old)
            return (try update(info, new, old: old, subresource, body, options), false)
        }
        guard let old = storage.get(storageName(info), key).map({ EventFaces.shown($0, as: info) }) else {
            throw APIFailure.notFound(info, key.name)
        }
        let patched =
            switch change {
            case .merge(let patch): Patches.merge(old, patch)
            case .json(let patch): try Patches.json(old, patch)
            case .strategic(let patch), .replace(let patch):
                try StrategicMerge.merge(old, patch, type: info.fieldType, isCustom: info.schema != nil)
            }
        var new = try reader.readPatched(patched, options.validation)
        try place(&new, in: key.namespace, info)
        try checkName(new, key)
        return (try update(info, new, old: old, subresource, patched, options), false)
    }

    private func replaceAbsent(_ info: ResourceInfo, _ new: JSONValue, _ options: WriteOptions) throws(APIFailure)
        -> JSONValue
    {
        var fields = owners(info, nil, nil)
        let owner = ManagedFields.Owner(manager: options.manager, operation: "Update", subresource: "")
        fields.update(
            from: BodyReader(info: info).nothing, to: new, owner: owner, time: Timestamp.now().description)
        return try add(info, new, fields, options)
    }

    private func checkName(_ object: JSONValue, _ key: ObjectKey) throws(APIFailure) {
        guard object.name == key.name else {
            let why =
                object.name.isEmpty
                ? "the name of the object (\(key.name) based on URL) was undeterminable: name must be provided"
                : "the name of the object (\(object.name)) does not match the name on the URL (\(key.name))"
            throw APIFailure.badRequest(why)
        }
    }

    /// A uid in the body of a PUT is a precondition.
    private func checkIdentity(_ info: ResourceInfo, _ new: JSONValue, _ old: JSONValue) throws(APIFailure) {
        guard !new.uid.isEmpty, new.uid != old.uid else { return }
        throw APIFailure.precondition(info, old, "UID", new.uid, old.uid)
    }

    private func update(
        _ info: ResourceInfo, _ new: JSONValue, old: JSONValue, _ subresource: String?, _ body: JSONValue,
        _ options: WriteOptions
    ) throws(APIFailure) -> JSONValue {
        // Managed fields in the body are taken; an empty list forgets them all; none at all leaves the live ones.
        let given = subresource == nil ? body.at("metadata", "managedFields")?.array : nil
        let forgets = given.map { $0.isEmpty || $0 == [[:]] } ?? false
        var fields = owners(info, forgets ? nil : (given == nil ? old : new), subresource)
        if !forgets, fields.isEmpty { fields = owners(info, old, subresource) }
        let owner = ManagedFields.Owner(
            manager: options.manager, operation: "Update", subresource: subresource ?? "")
        if !fields.isEmpty {
            fields.update(from: old, to: new, owner: owner, time: Timestamp.now().description)
        }
        return try replace(info, new, old: old, subresource, fields, options)
    }

    // MARK: The end of every change

    /// Versions, what the kind keeps, validation; nothing is stored where nothing changed.
    func replace(
        _ info: ResourceInfo, _ object: JSONValue, old: JSONValue, _ subresource: String?, _ fields: ManagedFields,
        _ options: WriteOptions
    ) throws(APIFailure) -> JSONValue {
        var new = subresource == nil ? admitted(object) : object
        let strategy = Strategy(info: info)
        if new.resourceVersion.isEmpty || new.resourceVersion == "0" {
            guard strategy.allowsUnconditionalUpdate else { throw APIFailure.versionRequired(info, new.name) }
        } else if new.resourceVersion != old.resourceVersion {
            throw APIFailure.conflict(info, old.name, APIFailure.staleVersion)
        }
        strategy.prepareForUpdate(&new, old: old, subresource: subresource)
        new.set(["metadata", "resourceVersion"], .string(old.resourceVersion))
        if new.uid.isEmpty { new.set(["metadata", "uid"], .string(old.uid)) }
        try validate(info, new, old: old, subresource: subresource)
        new.set(["metadata", "managedFields"], fields.json)
        // Times of ownership alone are no change.
        if Self.timeless(new) == Self.timeless(old) { return old }
        let isLast = new.isTerminating && (new.metadata["finalizers"]?.array ?? []).isEmpty
        if isLast, info.type != .namespaces {
            // The last finalizer takes the object with it: it is deleted, and not written once more.
            if !options.isDryRun { erase(info, new.key) }
            return new
        }
        let stored = try commit(info, EventFaces.stored(new), dryRun: options.isDryRun)
        return EventFaces.shown(stored, as: info)
    }

    private static func timeless(_ object: JSONValue) -> JSONValue {
        var object = object
        object.changeEach(["metadata", "managedFields"]) { $0.set(["time"], nil) }
        return object
    }

    private func scale(_ info: ResourceInfo, _ key: ObjectKey, _ change: Change, _ options: WriteOptions)
        throws(APIFailure) -> JSONValue
    {
        guard let old = storage.get(storageName(info), key) else { throw APIFailure.notFound(info, key.name) }
        let shown = ScaleView.of(old)
        let wanted = try ScaleView.wanted(change, shown, options.validation)
        if !wanted.resourceVersion.isEmpty, wanted.resourceVersion != old.resourceVersion {
            throw APIFailure.conflict(info, key.name, APIFailure.staleVersion)
        }
        if case .replace = change { try checkIdentity(info, wanted, old) }
        try ScaleView.validate(wanted)
        var new = old
        new.set(["spec", "replicas"], wanted.at("spec", "replicas") ?? 0)
        var fields = owners(info, old, "scale")
        if !fields.isEmpty {
            // Ownership is that of the Scale, which leaves a count of zero out.
            fields.update(
                from: ScaleView.counted(old), to: ScaleView.counted(new),
                owner: .init(manager: options.manager, operation: "Update", subresource: "scale"), time: "")
        }
        return ScaleView.of(try replace(info, new, old: old, nil, fields, options))
    }
}
