import KubeModel

/// Objects by key, and whose they are: what one owner has is found without looking at what others have.
struct OwnedObjects: Sendable {
    private var byKey = KeyedObjects()
    private var byOwner: [ObjectKey: KeyedObjects] = [:]
    private let owners: @Sendable (JSONValue) -> [ObjectKey]

    init(owners: @escaping @Sendable (JSONValue) -> [ObjectKey]) { self.owners = owners }

    var count: Int { byKey.count }
    var all: some Sequence<KeptObject> { byKey.objects }

    subscript(key: ObjectKey) -> KeptObject? { byKey[key] }

    func has(_ owner: ObjectKey) -> Bool { byOwner[owner] != nil }
    func keys(of owner: ObjectKey) -> [ObjectKey] { byOwner[owner].map { $0.objects.map(\.key) } ?? [] }

    /// Unpacked on the way, and kept so: who looks once while an instance converges looks again.
    mutating func read(of owner: ObjectKey) -> [(key: ObjectKey, value: JSONValue)] {
        keys(of: owner).compactMap { key in read(key).map { (key, $0) } }
    }

    mutating func read(_ key: ObjectKey) -> JSONValue? {
        guard let kept = byKey[key] else { return nil }
        let read = kept.inForm(packed: false)
        if kept.isPacked { put(read) }
        return read.value
    }

    mutating func pack(_ key: ObjectKey) { if let kept = byKey[key], !kept.isPacked { put(kept.inForm(packed: true)) } }

    /// In one block, unless they are already.
    mutating func pack(of owner: ObjectKey) {
        guard let objects = byOwner[owner].map({ Array($0.objects) }), let first = objects.first else { return }
        if let block = first.block, objects.allSatisfy({ $0.block === block }) { return }
        for object in KeptObject.together(objects) { put(object) }
    }

    /// In the form the object of that key had before; what is new will soon be looked at.
    mutating func set(_ key: ObjectKey, _ object: JSONValue) {
        let old = remove(key)
        put(KeptObject(object, owners: owners(object), packed: old?.isPacked ?? false))
    }

    @discardableResult
    mutating func remove(_ key: ObjectKey) -> KeptObject? {
        guard let old = byKey.remove(key) else { return nil }
        for owner in old.owners {
            byOwner[owner]?.remove(key)
            if byOwner[owner]?.isEmpty == true { byOwner[owner] = nil }
        }
        return old
    }

    /// As it would be kept.
    func owned(_ object: JSONValue) -> KeptObject { KeptObject(object, owners: owners(object), packed: false) }

    /// Everything at once: what is not in `objects` is gone. What was known keeps the form it had.
    mutating func replace(_ objects: [ObjectKey: KeptObject]) {
        let old = byKey
        byKey = KeyedObjects(minimumCapacity: objects.count)
        byOwner = [:]
        for (key, object) in objects {
            if let known = old[key], known.version == object.version {
                put(known)
            } else {
                let owned = object.owned(by: owners(object.value))
                put(owned.inForm(packed: old[key]?.isPacked ?? object.isPacked))
            }
        }
        for (owner, objects) in byOwner where objects.objects.allSatisfy(\.isPacked) { pack(of: owner) }
    }

    private mutating func put(_ object: KeptObject) {
        byKey.set(object)
        for owner in object.owners { byOwner[owner, default: KeyedObjects()].set(object) }
    }
}
