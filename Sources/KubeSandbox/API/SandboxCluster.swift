import KubeModel
import KubeSchema

/// The API server's state and rules, without HTTP. One actor: requests are answered one after another, as if each were
/// a transaction.
package actor SandboxCluster {
    var storage = ObjectStorage()
    var infos: [ResourceInfo] = ResourceInfo.builtIn
    private var watchers: [UInt64: Watcher] = [:]
    private var nextID: UInt64 = 0
    private var changed: AsyncStream<Void>.Continuation?
    private var mutate: (@Sendable (JSONValue) -> JSONValue)?

    struct Watcher {
        var resource: String
        var namespace: String?
        var selector: SelectorMatch
        var continuation: AsyncStream<Signal>.Continuation
    }

    /// What a watch is told, in one order: a bookmark says that everything before it has been told.
    enum Signal: Sendable {
        case change(ObjectStorage.Change)
        case bookmark(UInt64)
    }

    package init() {
        for name in ["default", "kube-system"] {
            let object: JSONValue = [
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
                "status": ["phase": "Active"],
            ]
            _ = storage.put(ResourceType.namespaces.qualifiedName, Self.born(object))
        }
    }

    static func born(_ object: JSONValue) -> JSONValue {
        var object = object
        object.set(["metadata", "uid"], .string(Self.uid()))
        object.set(["metadata", "creationTimestamp"], .string(Timestamp.now().description))
        return object
    }

    static func uid() -> String {
        func hex(_ count: Int) -> String {
            let text = String(UInt64.random(in: .min ... .max), radix: 16)
            return String((String(repeating: "0", count: 16) + text).suffix(count))
        }
        return "\(hex(8))-\(hex(4))-4\(hex(3))-a\(hex(3))-\(hex(12))"
    }

    // MARK: Types

    func info(_ path: RequestPath) throws(APIFailure) -> ResourceInfo {
        let found = infos.first {
            $0.type.gvk.group == path.group && $0.type.gvk.version == path.version && $0.type.plural == path.plural
        }
        guard let found else { throw APIFailure.noSuchPath }
        return found
    }

    func info(kind: String) -> ResourceInfo? { infos.first { $0.type.gvk.kind == kind } }

    /// Events are one resource with two faces; they are stored as the core one.
    func storageName(_ info: ResourceInfo) -> String {
        info.type.gvk.kind == "Event" ? "events" : info.type.qualifiedName
    }

    // MARK: Writing through one door

    /// Stores an object and tells the watches. A dry run stops before.
    @discardableResult
    func commit(_ info: ResourceInfo, _ object: JSONValue, dryRun: Bool = false) throws(APIFailure) -> JSONValue {
        if info.type == .customResourceDefinitions { try register(object, dryRun: dryRun) }
        if dryRun { return object }
        let (stored, change) = storage.put(storageName(info), object)
        publish(change)
        return stored
    }

    /// The object as it was, with the version of its deletion.
    @discardableResult
    func erase(_ info: ResourceInfo, _ key: ObjectKey) -> JSONValue? {
        guard let change = storage.remove(storageName(info), key) else { return nil }
        if info.type == .customResourceDefinitions { unregister(change.object) }
        publish(change)
        return change.object
    }

    private func publish(_ change: ObjectStorage.Change) {
        for watcher in watchers.values where watcher.resource == change.resource { Self.deliver(change, to: watcher) }
        changed?.yield()
    }

    private static func deliver(_ change: ObjectStorage.Change, to watcher: Watcher) {
        guard watcher.namespace == nil || watcher.namespace == change.object.namespace else { return }
        let matches = watcher.selector.matches(change.object)
        let matched = change.previous.map(watcher.selector.matches) ?? false
        var change = change
        switch (matched, matches, change.kind) {
        case (_, true, .deleted), (true, false, .deleted): break
        case (false, true, _): change.kind = .added
        case (true, true, _): change.kind = .modified
        case (true, false, _): change.kind = .deleted
        default: return
        }
        watcher.continuation.yield(.change(change))
    }

    private func register(_ crd: JSONValue, dryRun: Bool) throws(APIFailure) {
        let added: [ResourceInfo]
        do throws(CELError) { added = try ResourceInfo.custom(crd) } catch {
            throw APIFailure(
                code: 422, reason: "Invalid",
                message: "CustomResourceDefinition.apiextensions.k8s.io \"\(crd.name)\" is invalid: \(error.message)")
        }
        if dryRun { return }
        unregister(crd)
        infos += added
    }

    private func unregister(_ crd: JSONValue) {
        let (group, plural) = (crd.at("spec", "group")?.string, crd.at("spec", "names", "plural")?.string)
        infos.removeAll { $0.type.gvk.group == group && $0.type.plural == plural }
    }

    // MARK: Admission

    /// From now on every object that is made or changed, status apart, passes through here first, as through a mutating
    /// webhook or a LimitRange: what is changed on the way belongs to no field manager.
    package func admit(through mutate: @escaping @Sendable (JSONValue) -> JSONValue) { self.mutate = mutate }

    func admitted(_ object: JSONValue) -> JSONValue { mutate?(object) ?? object }

    // MARK: Watching

    /// Changes after a revision; nil begins with everything there is. Throws 410 for a past that is forgotten.
    func watch(_ info: ResourceInfo, namespace: String?, selector: SelectorMatch, from revision: UInt64?)
        throws(APIFailure)
        -> (id: UInt64, changes: AsyncStream<Signal>)
    {
        let resource = storageName(info)
        if let revision, revision < storage.compacted { throw APIFailure.expired }
        let (stream, continuation) = AsyncStream.makeStream(of: Signal.self)
        let watcher = Watcher(resource: resource, namespace: namespace, selector: selector, continuation: continuation)
        if let revision {
            for change in storage.history where change.revision > revision && change.resource == resource {
                Self.deliver(change, to: watcher)
            }
        } else {
            for object in storage.list(resource, namespace: namespace) where selector.matches(object) {
                continuation.yield(
                    .change(.init(kind: .added, resource: resource, object: object, revision: storage.revision)))
            }
        }
        nextID += 1
        watchers[nextID] = watcher
        return (nextID, stream)
    }

    /// Through the same stream as the changes, so that none is overtaken.
    func bookmark(_ id: UInt64) { watchers[id]?.continuation.yield(.bookmark(storage.revision)) }

    func stopWatching(_ id: UInt64) { watchers.removeValue(forKey: id)?.continuation.finish() }

    var revision: UInt64 { storage.revision }

    /// Yields after every change, coalesced: what the simulated controllers wake up on.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        changed = continuation
        continuation.yield()
        return stream
    }

    /// Forgets the past, as etcd's compaction does: watches from before are told to list again.
    package func compact() { storage.compact() }
}
