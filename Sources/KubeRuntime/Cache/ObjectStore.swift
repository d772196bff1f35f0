import KubeClient
import KubeModel

/// One kind's objects as last seen. One writer (its reflector), many readers; readers get immutable values, and a
/// relist replaces everything at once, so nobody ever sees half a list.
package final class ObjectStore: ObjectSink, Sendable {
    fileprivate struct State {
        var objects: OwnedObjects
        /// How far the reflector has told everything.
        var progress = ""
        /// Written by us and not yet seen by the reflector.
        var unconfirmed: Set<ObjectKey> = []
        var isSynced = false
        var failure: KubeError?
        var lastHeard: ContinuousClock.Instant?
    }

    package let type: ResourceType
    private let state: Locked<State>
    private let narrow: @Sendable (JSONValue) -> JSONValue
    private let onChange: @Sendable (ObjectChange) -> Void

    /// `narrow` keeps what readers need; `owners` says whose an object is, for ``all(of:)``; `onChange` is called after
    /// the store has changed.
    package init(
        _ type: ResourceType, narrow: @escaping @Sendable (JSONValue) -> JSONValue = ObjectStore.withoutManagedFields,
        owners: @escaping @Sendable (JSONValue) -> [ObjectKey] = { _ in [] },
        onChange: @escaping @Sendable (ObjectChange) -> Void
    ) {
        self.type = type
        self.narrow = narrow
        self.onChange = onChange
        state = Locked(State(objects: OwnedObjects(owners: owners)))
    }

    /// Nothing here reads managedFields, and they are half of many objects.
    @Sendable package static func withoutManagedFields(_ object: JSONValue) -> JSONValue {
        var object = object
        object.set(["metadata", "managedFields"], nil)
        return object
    }

    package var isSynced: Bool { state.withLock { $0.isSynced } }
    package var failure: KubeError? { state.withLock { $0.failure } }
    package var count: Int { state.withLock { $0.objects.count } }
    package var keys: [ObjectKey] { state.withLock { $0.objects.all.map(\.key) } }

    /// Stays read until ``rest(_:)``.
    package func get(_ key: ObjectKey) -> JSONValue? { state.withLock { $0.objects.read(key) } }

    package func has(_ key: ObjectKey) -> Bool { version(of: key) != nil }

    package func version(of key: ObjectKey) -> ObjectVersion? { state.withLock { $0.objects[key] }?.version }

    package func all() -> [JSONValue] {
        state.withLock { Array($0.objects.all) }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What belongs to one owner, in the order of keys: costs as much as there is of it, however much others have. Who
    /// looks at an owner's objects will look again: they stay as they are read until ``rest(of:)``.
    package func all(of owner: ObjectKey) -> [JSONValue] {
        state.withLock { $0.objects.read(of: owner) }.sorted { $0.key < $1.key }.map(\.value)
    }

    package func keys(of owner: ObjectKey) -> [ObjectKey] { state.withLock { $0.objects.keys(of: owner) }.sorted() }

    package func hasAny(of owner: ObjectKey) -> Bool { state.withLock { $0.objects.has(owner) } }

    /// Nobody works with this object: it is packed until it is looked at again.
    package func rest(_ key: ObjectKey) { state.withLock { $0.objects.pack(key) } }

    /// As ``rest(_:)``, for everything that belongs to one owner.
    package func rest(of owner: ObjectKey) { state.withLock { $0.objects.pack(of: owner) } }

    /// Packed: of a list most are not looked at soon.
    package func keep(_ object: JSONValue) -> KeptObject { KeptObject(narrow(object), packed: true) }

    package func replace(_ listed: [ObjectKey: KeptObject], at resourceVersion: String?) {
        let (old, new) = state.withLock { state -> (OwnedObjects, OwnedObjects) in
            let old = state.objects
            state.objects.replace(listed)
            // A write that was answered while the list was on its way is not in it. Unless time went back (etcd was
            // restored): then nothing that was known holds.
            if let resourceVersion, !ResourceVersion.isNewer(state.progress, than: resourceVersion) {
                for key in state.unconfirmed {
                    guard let own = old[key], ResourceVersion.isNewer(own.resourceVersion, than: resourceVersion)
                    else { continue }
                    state.objects.set(key, own.value)
                }
            }
            state.unconfirmed = state.unconfirmed.filter { key in
                state.objects[key].map { $0.version != listed[key]?.version } ?? false
            }
            state.progress = resourceVersion ?? ""
            return (old, state.objects)
        }
        for object in new.all {
            let before = old[object.key]
            if before?.version != object.version { tell(before, object) }
        }
        for object in old.all where new[object.key] == nil { onChange(ObjectChange(object, nil)) }
        // Only now: who waits for this store may count on everything having been told.
        state.withLock { $0.isSynced = true }
    }

    package func upsert(_ object: JSONValue) {
        let object = narrow(object)
        let (old, new) = state.withLock { state -> (KeptObject?, KeptObject?) in
            state.advance(to: object.resourceVersion)
            let old = state.objects[object.key]
            // An event that is older than the answer to our own write must not bring the past back, be it the past of
            // this object or of one that had its name before.
            guard ResourceVersion.isNewer(object.resourceVersion, than: old?.resourceVersion) else {
                return (old, nil)
            }
            state.objects.set(object.key, object)
            state.unconfirmed.remove(object.key)
            return (old, state.objects[object.key])
        }
        if let new { tell(old, new) }
    }

    /// The answer to a write of our own: seen at once rather than when its event comes, so that nothing is decided, and
    /// written again, on what was before. An answer that arrives after the reflector has passed it says nothing new;
    /// the object may even be gone by now.
    package func wrote(_ object: JSONValue) {
        let object = narrow(object)
        let (old, new) = state.withLock { state -> (KeptObject?, KeptObject?) in
            let old = state.objects[object.key]
            guard ResourceVersion.isNewer(object.resourceVersion, than: state.progress),
                ResourceVersion.isNewer(object.resourceVersion, than: old?.resourceVersion)
            else { return (old, nil) }
            state.objects.set(object.key, object)
            state.unconfirmed.insert(object.key)
            return (old, state.objects[object.key])
        }
        if let new { tell(old, new, isOwn: true) }
    }

    package func remove(_ object: JSONValue) {
        let (old, isNews) = state.withLock { state -> (KeptObject?, Bool) in
            state.advance(to: object.resourceVersion)
            // What is known may be the next object of that name.
            if let known = state.objects[object.key], known.uid != object.uid,
                ResourceVersion.isNewer(known.resourceVersion, than: object.resourceVersion)
            {
                return (nil, false)
            }
            state.unconfirmed.remove(object.key)
            return (state.objects.remove(object.key) ?? state.objects.owned(object), true)
        }
        if isNews { onChange(ObjectChange(old, nil)) }
    }

    package func interrupted(_ error: KubeError?) { state.withLock { $0.failure = error } }
    package func heard() { state.withLock { $0.lastHeard = .now } }
    package func advanced(to resourceVersion: String) { state.withLock { $0.advance(to: resourceVersion) } }

    package func versions() -> [ObjectKey: ObjectVersion]? {
        state.withLock { state in
            Dictionary(uniqueKeysWithValues: state.objects.all.map { ($0.key, $0.version) })
        }
    }

    /// When the server last said anything about this kind.
    package var lastHeard: ContinuousClock.Instant? { state.withLock { $0.lastHeard } }

    /// Another uid under the same name is another object: the old one went and the new one came.
    private func tell(_ old: KeptObject?, _ new: KeptObject, isOwn: Bool = false) {
        if let old, old.uid != new.uid {
            onChange(ObjectChange(old, nil, isOwn: isOwn))
            onChange(ObjectChange(nil, new, isOwn: isOwn))
        } else {
            onChange(ObjectChange(old, new, isOwn: isOwn))
        }
    }
}

/// What happened to one object: `isNew` where nothing was known before, `isGone` where it is there no more.
package struct ObjectChange: Sendable {
    private let (before, after): (KeptObject?, KeptObject?)
    /// Known from the answer to our own write. False where the write's event came first.
    package let isOwn: Bool

    init(_ before: KeptObject?, _ after: KeptObject?, isOwn: Bool = false) {
        (self.before, self.after, self.isOwn) = (before, after, isOwn)
    }

    package var isNew: Bool { before == nil }
    package var isGone: Bool { after == nil }
    /// Whose it was and is.
    package var formerOwners: [ObjectKey] { before?.owners ?? [] }
    package var owners: [ObjectKey] { after?.owners ?? [] }
    /// Whom it concerns: whose it is, or was when it went.
    package var concerned: [ObjectKey] { isGone ? formerOwners : owners }

    // What follows costs a look into what is kept.
    package var old: JSONValue? { before?.value }
    package var new: JSONValue? { after?.value }
    /// The object as last seen.
    package var object: JSONValue { new ?? old ?? .null }
}

extension ObjectStore.State {
    fileprivate mutating func advance(to resourceVersion: String) {
        if ResourceVersion.isNewer(resourceVersion, than: progress) { progress = resourceVersion }
    }
}

/// Versions of one resource are whole numbers that may be compared; only their text is given.
///
/// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
package enum ResourceVersion {
    /// False for what is no version: `0`, a leading zero, anything but digits.
    package static func isNewer(_ version: String, than other: String?) -> Bool {
        guard version.utf8.first != UInt8(ascii: "0"), !version.isEmpty,
            version.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return false }
        guard let other, !other.isEmpty else { return true }
        return (version.utf8.count, version) > (other.utf8.count, other)
    }
}
