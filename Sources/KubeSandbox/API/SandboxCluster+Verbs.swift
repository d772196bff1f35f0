import KubeModel
import KubeSchema

extension SandboxCluster {
    func get(_ info: ResourceInfo, _ key: ObjectKey) throws(APIFailure) -> JSONValue {
        guard let object = storage.get(storageName(info), key) else { throw APIFailure.notFound(info, key.name) }
        return EventFaces.shown(object, as: info)
    }

    /// Items and the revision they were read at, taken together: a watch from there misses nothing.
    struct Page: Sendable {
        var items: [JSONValue]
        var next: String?
        var left: Int
        var revision: UInt64
    }

    func list(_ info: ResourceInfo, namespace: String?, selector: SelectorMatch, limit: Int?, after token: String?)
        -> Page
    {
        var items = storage.list(storageName(info), namespace: namespace).filter(selector.matches)
        if let token { items.removeAll { !("\($0.key)" > token) } }
        guard let limit, limit > 0, items.count > limit else {
            return Page(
                items: items.map { EventFaces.shown($0, as: info) }, next: nil, left: 0, revision: storage.revision)
        }
        let page = Array(items.prefix(limit))
        return Page(
            items: page.map { EventFaces.shown($0, as: info) }, next: page.last.map { "\($0.key)" },
            left: items.count - limit, revision: storage.revision)
    }

    // MARK: Create

    func create(
        _ info: ResourceInfo, namespace: String?, _ body: JSONValue, manager: String, dryRun: Bool, strict: Bool
    ) throws(APIFailure) -> JSONValue {
        var object = try admit(info, namespace: namespace, body)
        if object.name.isEmpty, let prefix = object.metadata["generateName"]?.string {
            object.set(["metadata", "name"], .string(prefix + String(SandboxCluster.uid().prefix(5))))
        }
        try checkName(object.name, info)
        if storage.get(storageName(info), object.key) != nil { throw APIFailure.alreadyExists(info, object.name) }
        if info.hasStatus, info.schema != nil { object.set(["status"], nil) }
        return try finish(
            info, object, old: nil, owner: .init(manager: manager, operation: "Update", subresource: ""),
            dryRun: dryRun, strict: strict)
    }

    private func checkName(_ name: String, _ info: ResourceInfo) throws(APIFailure) {
        if name.isEmpty {
            throw APIFailure.invalid(
                info, name,
                [
                    Violation(
                        path: "metadata.name", cause: "FieldValueRequired",
                        detail: "Required value: name or generateName is required")
                ])
        }
        let isValid =
            name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-" || $0 == "." || $0 == ":") }
            && name.utf8.count <= 253
        guard isValid else {
            throw APIFailure.invalid(
                info, name,
                [
                    Violation(
                        path: "metadata.name", cause: "FieldValueInvalid",
                        detail:
                            "Invalid value: \"\(name)\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"
                    )
                ])
        }
    }

    /// Type, namespace and the namespace's own state.
    func admit(_ info: ResourceInfo, namespace: String?, _ body: JSONValue) throws(APIFailure) -> JSONValue {
        guard body.object != nil else { throw APIFailure.badRequest("the body is not an object") }
        let gvk = body.gvk
        guard gvk.kind == info.type.gvk.kind, gvk.apiVersion == info.type.gvk.apiVersion else {
            throw APIFailure.badRequest(
                "the API version or kind in the data (\(gvk)) does not match the expected (\(info.type.gvk))")
        }
        var object = body
        guard info.type.isNamespaced else {
            object.set(["metadata", "namespace"], nil)
            return object
        }
        let target = namespace ?? "default"
        if !object.namespace.isEmpty, object.namespace != target {
            throw APIFailure.badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
        object.set(["metadata", "namespace"], .string(target))
        guard let home = storage.get(ResourceType.namespaces.qualifiedName, ObjectKey(namespace: "", name: target))
        else {
            throw APIFailure(
                code: 404, reason: "NotFound", message: "namespaces \"\(target)\" not found",
                details: ["name": .string(target), "kind": "namespaces"])
        }
        if home.isTerminating, storage.get(storageName(info), object.key) == nil {
            throw APIFailure(
                code: 403, reason: "Forbidden",
                message:
                    "\(info.type.qualifiedName) \"\(object.name)\" is forbidden: unable to create new content in namespace \(target) because it is being terminated"
            )
        }
        return object
    }

    // MARK: Replace and patch

    enum Change {
        case replace(JSONValue)
        case merge(JSONValue), json(JSONValue), strategic(JSONValue)
    }

    func change(
        _ info: ResourceInfo, _ key: ObjectKey, subresource: String?, _ change: Change, manager: String, dryRun: Bool,
        strict: Bool
    ) throws(APIFailure) -> JSONValue {
        guard let old = storage.get(storageName(info), key) else { throw APIFailure.notFound(info, key.name) }
        if subresource == "scale" { return try scale(info, old, change, manager: manager, dryRun: dryRun) }
        var new: JSONValue
        switch change {
        case .replace(let body): new = body
        case .merge(let patch): new = Patches.merge(old, patch)
        case .json(let patch): new = try Patches.json(old, patch)
        case .strategic(let patch):
            guard info.schema == nil else {
                throw APIFailure(
                    code: 415, reason: "UnsupportedMediaType",
                    message:
                        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
                )
            }
            new = Patches.strategic(old, patch)
        }
        if let version = new.metadata["resourceVersion"]?.string, !version.isEmpty, version != old.resourceVersion {
            throw APIFailure.conflict(info, key.name, APIFailure.staleVersion)
        }
        if let uid = new.metadata["uid"]?.string, !uid.isEmpty, uid != old.uid {
            throw APIFailure.conflict(
                info, key.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        guard new.name == key.name else {
            throw APIFailure.badRequest(
                "the name of the object (\(new.name)) does not match the name on the URL (\(key.name))")
        }
        new = Self.confined(new, old, info, subresource)
        return try finish(
            info, new, old: old, owner: .init(manager: manager, operation: "Update", subresource: subresource ?? ""),
            dryRun: dryRun, strict: strict)
    }

    /// A status write changes status alone; any other leaves it.
    static func confined(_ new: JSONValue, _ old: JSONValue, _ info: ResourceInfo, _ subresource: String?) -> JSONValue
    {
        var result = new
        if subresource == "status" {
            result = old
            result.set(["status"], new["status"])
        } else if info.hasStatus {
            result.set(["status"], old["status"])
        }
        for field in ["uid", "creationTimestamp", "generation", "namespace", "deletionTimestamp", "managedFields"] {
            result.set(["metadata", field], old.metadata[field])
        }
        return result
    }

    func scale(_ info: ResourceInfo, _ old: JSONValue, _ change: Change, manager: String, dryRun: Bool)
        throws(APIFailure) -> JSONValue
    {
        let shown = ScaleView.of(old)
        let wanted: JSONValue =
            switch change {
            case .replace(let body): body
            case .merge(let patch), .strategic(let patch): Patches.merge(shown, patch)
            case .json(let patch): try Patches.json(shown, patch)
            }
        var new = old
        new.set(["spec", "replicas"], wanted.at("spec", "replicas"))
        let stored = try finish(
            info, new, old: old, owner: .init(manager: manager, operation: "Update", subresource: "scale"),
            dryRun: dryRun, strict: false)
        return ScaleView.of(stored)
    }

    // MARK: Apply

    func apply(
        _ info: ResourceInfo, _ key: ObjectKey, subresource: String?, _ body: JSONValue, manager: String, force: Bool,
        dryRun: Bool
    ) throws(APIFailure) -> JSONValue {
        guard body.name == key.name else {
            throw APIFailure.badRequest("metadata.name should match the name in the url")
        }
        guard body.metadata["managedFields"] == nil else {
            throw APIFailure.badRequest("metadata.managedFields must be nil")
        }
        let document = try admit(info, namespace: info.type.isNamespaced ? key.namespace : nil, body)
        if let schema = info.schema, let unknown = schema.prune(document).unknown.first {
            throw APIFailure(
                code: 500, reason: "",
                message:
                    "failed to create typed patch object (\(key); \(info.type.gvk.apiVersion), Kind=\(info.type.gvk.kind)): .\(unknown): field not declared in schema"
            )
        }
        let owner = ManagedFields.Owner(manager: manager, operation: "Apply", subresource: subresource ?? "")
        let lists = ListTypes(schema: info.schema?.json)
        let time = Timestamp.now().description
        guard let old = storage.get(storageName(info), key) else {
            if subresource != nil { throw APIFailure.notFound(info, key.name) }
            if let uid = document.metadata["uid"]?.string, !uid.isEmpty {
                throw APIFailure.conflict(
                    info, key.name,
                    "uid mismatch: the provided object specified uid \(uid), and no existing object was found")
            }
            try checkName(key.name, info)
            var fields = ManagedFields(nil, lists: lists, apiVersion: info.groupVersion)
            var object = fields.apply(document, to: [:], owner: owner, time: time)
            if info.hasStatus, info.schema != nil { object.set(["status"], nil) }
            object.set(["metadata", "managedFields"], fields.json)
            return try finish(info, object, old: nil, owner: nil, dryRun: dryRun, strict: false)
        }
        // A status write takes no part of metadata, its preconditions included.
        if subresource == nil, let uid = document.metadata["uid"]?.string, !uid.isEmpty, uid != old.uid {
            throw APIFailure.conflict(
                info, key.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        if let version = document.metadata["resourceVersion"]?.string, !version.isEmpty, version != old.resourceVersion
        {
            throw APIFailure.conflict(info, key.name, APIFailure.staleVersion)
        }
        var fields = ManagedFields(old, lists: lists, apiVersion: info.groupVersion)
        let scoped = subresource == "status" ? Self.statusOnly(document) : document
        let conflicts = fields.conflicts(scoped, live: old, owner: owner)
        if !force, let first = conflicts.first {
            let count = conflicts.count == 1 ? "1 conflict" : "\(conflicts.count) conflicts"
            var failure = APIFailure(
                code: 409, reason: "Conflict",
                message:
                    "Apply failed with \(count): conflict with \"\(first.manager)\": \(ManagedFields.text(first.path))")
            failure.details["causes"] = .array(
                conflicts.map {
                    [
                        "reason": "FieldManagerConflict", "message": .string("conflict with \"\($0.manager)\""),
                        "field": .string(ManagedFields.text($0.path)),
                    ]
                })
            throw failure
        }
        var object = fields.apply(scoped, to: old, owner: owner, time: time)
        object = Self.confined(object, old, info, subresource)
        object.set(["metadata", "managedFields"], fields.json)
        return try finish(info, object, old: old, owner: nil, dryRun: dryRun, strict: false)
    }

    private static func statusOnly(_ document: JSONValue) -> JSONValue {
        JSONValue.object((document.object ?? [:]).filter { key, _ in ["apiVersion", "kind", "status"].contains(key) })
    }

    // MARK: The end of every write

    /// Defaults, validation, ownership, generation; nothing is stored where nothing changed.
    func finish(
        _ info: ResourceInfo, _ object: JSONValue, old: JSONValue?, owner: ManagedFields.Owner?, dryRun: Bool,
        strict: Bool
    ) throws(APIFailure) -> JSONValue {
        var new = EventFaces.stored(object)
        if let schema = info.schema {
            let (pruned, unknown) = schema.prune(new)
            if strict, !unknown.isEmpty {
                throw APIFailure.badRequest(
                    "\(info.type.gvk.kind) in version \"\(info.type.gvk.version)\" cannot be handled as a \(info.type.gvk.kind): strict decoding error: \(unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", "))"
                )
            }
            new = pruned
            let violations = schema.violations(new, old: old)
            if !violations.isEmpty { throw APIFailure.invalid(info, new.name, violations) }
        } else {
            if info.type == .leases { try LeaseRules.checkTimes(new) }
            new = Defaults.filled(new, old: old)
            let violations = BuiltInRules.violations(new, old: old)
            if !violations.isEmpty { throw APIFailure.invalid(info, new.name, violations) }
        }
        if let owner {
            var fields = ManagedFields(
                old ?? nil, lists: ListTypes(schema: info.schema?.json), apiVersion: info.groupVersion)
            fields.update(from: old, to: new, owner: owner, time: Timestamp.now().description)
            new.set(["metadata", "managedFields"], fields.json)
        }
        guard let old else {
            new = Self.born(new)
            if info.schema != nil || Self.countsGenerations(info) { new.set(["metadata", "generation"], 1) }
            return EventFaces.shown(try commit(info, new, dryRun: dryRun), as: info)
        }
        if Self.essence(new) != Self.essence(old), info.schema != nil || Self.countsGenerations(info) {
            new.set(["metadata", "generation"], .integer(old.generation + 1))
        }
        // The same object again keeps its version; times of ownership alone are no change.
        var (a, b) = (new, old)
        a.set(["metadata", "managedFields"], nil)
        b.set(["metadata", "managedFields"], nil)
        a.set(["metadata", "resourceVersion"], nil)
        b.set(["metadata", "resourceVersion"], nil)
        if a == b, Self.owners(new) == Self.owners(old) { return old }
        let stored = try commit(info, new, dryRun: dryRun)
        if !dryRun, stored.isTerminating, (stored.metadata["finalizers"]?.array ?? []).isEmpty {
            erase(info, stored.key)
        }
        return stored
    }

    private static func owners(_ object: JSONValue) -> [JSONValue] {
        (object.metadata["managedFields"]?.array ?? []).map {
            [$0["manager"] ?? .null, $0["operation"] ?? .null, $0["fieldsV1"] ?? .null]
        }
    }

    /// What a generation counts: everything but metadata and status.
    private static func essence(_ object: JSONValue) -> JSONValue {
        .object((object.object ?? [:]).filter { key, _ in key != "metadata" && key != "status" })
    }

    private static func countsGenerations(_ info: ResourceInfo) -> Bool {
        ["Deployment", "StatefulSet", "ReplicaSet", "Job", "NetworkPolicy", "Ingress", "PodDisruptionBudget", "Pod"]
            .contains(info.type.gvk.kind)
    }

    // MARK: Delete

    func delete(_ info: ResourceInfo, _ key: ObjectKey, _ options: JSONValue, dryRun: Bool) throws(APIFailure)
        -> JSONValue
    {
        guard let object = storage.get(storageName(info), key) else { throw APIFailure.notFound(info, key.name) }
        if let uid = options.at("preconditions", "uid")?.string, uid != object.uid {
            throw APIFailure.conflict(
                info, key.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
        }
        if let version = options.at("preconditions", "resourceVersion")?.string, version != object.resourceVersion {
            throw APIFailure.conflict(
                info, key.name,
                "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: \(object.resourceVersion)"
            )
        }
        if dryRun { return object }
        if options["propagationPolicy"] == "Orphan" { orphan(object) }
        let isHeld = !(object.metadata["finalizers"]?.array ?? []).isEmpty || info.type == .namespaces
        guard isHeld else {
            erase(info, key)
            return [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
                "details": ["name": .string(key.name), "kind": .string(info.type.plural), "uid": .string(object.uid)],
            ]
        }
        var doomed = object
        if !object.isTerminating {
            doomed.set(["metadata", "deletionTimestamp"], .string(Timestamp.now().description))
            if info.type == .namespaces { doomed.set(["status", "phase"], "Terminating") }
            doomed = try commit(info, doomed)
        }
        return doomed
    }

    private func orphan(_ owner: JSONValue) {
        for info in infos {
            for object in storage.list(storageName(info), namespace: owner.namespace) {
                let references = object.metadata["ownerReferences"]?.array ?? []
                guard references.contains(where: { $0["uid"]?.string == owner.uid }) else { continue }
                var free = object
                free.set(["metadata", "ownerReferences"], .array(references.filter { $0["uid"]?.string != owner.uid }))
                _ = try? commit(info, free)
            }
        }
    }
}
