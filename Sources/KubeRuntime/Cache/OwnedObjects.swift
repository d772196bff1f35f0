import KubeModel

/// Objects by key, and whose they are: what one owner has is found without looking at what others have.
struct OwnedObjects: Sendable {
    private(set) var byKey: [ObjectKey: KeptObject] = [:]
    private var keys: [ObjectKey: Set<ObjectKey>] = [:]
    private let owners: @Sendable (JSONValue) -> [ObjectKey]

    init(owners: @escaping @Sendable (JSONValue) -> [ObjectKey]) { self.owners = owners }

    var count: Int { byKey.count }

    subscript(key: ObjectKey) -> KeptObject? { byKey[key] }

    func has(_ owner: ObjectKey) -> Bool { keys[owner] != nil }
    func keys(of owner: ObjectKey) -> Set<ObjectKey> { keys[owner] ?? [] }

    /// Unpacked on the way, and kept so: who looks once while an instance converges looks again.
    mutating func read(of owner: ObjectKey) -> [(key: ObjectKey, value: JSONValue)] {
        keys(of: owner).compactMap { key in read(key).map { (key, $0) } }
    }

    mutating func read(_ key: ObjectKey) -> JSONValue? {
        take(key, packed: false)
        return byKey[key]?.value
    }

    mutating func pack(of owner: ObjectKey) { for key in keys(of: owner) { pack(key) } }
    mutating func pack(_ key: ObjectKey) { take(key, packed: true) }

    private mutating func take(_ key: ObjectKey, packed: Bool) {
        if let kept = byKey[key], kept.isPacked != packed { byKey[key] = kept.inForm(packed: packed) }
    }

    /// In the form the object of that key had before; what is new will soon be looked at.
    mutating func set(_ key: ObjectKey, _ object: JSONValue) {
        let (old, owners) = (byKey[key], owners(object))
        byKey[key] = KeptObject(object, packed: old?.isPacked ?? false).owned(by: owners)
        own(key, old?.owners ?? [], owners)
    }

    @discardableResult
    mutating func remove(_ key: ObjectKey) -> KeptObject? {
        guard let old = byKey.removeValue(forKey: key) else { return nil }
        own(key, old.owners, [])
        return old
    }

    /// As it would be kept.
    func owned(_ object: JSONValue) -> KeptObject { KeptObject(object, packed: false).owned(by: owners(object)) }

    /// Everything at once: what is not in `objects` is gone. What was known keeps the form it had.
    mutating func replace(_ objects: [ObjectKey: KeptObject]) {
        let old = byKey
        byKey = [:]
        byKey.reserveCapacity(objects.count)
        keys = [:]
        for (key, object) in objects {
            let known = old[key]
            let owners = known?.version == object.version ? known?.owners ?? [] : owners(object.value)
            byKey[key] = object.inForm(packed: known?.isPacked ?? object.isPacked).owned(by: owners)
            own(key, [], owners)
        }
    }

    private mutating func own(_ key: ObjectKey, _ before: [ObjectKey], _ after: [ObjectKey]) {
        guard before != after else { return }
        for owner in before where !after.contains(owner) {
            keys[owner]?.remove(key)
            if keys[owner]?.isEmpty == true { keys[owner] = nil }
        }
        for owner in after { keys[owner, default: []].insert(key) }
    }
}
