import KubeModel

/// Objects by key, and whose they are: what one owner has is found without looking at what others have.
struct OwnedObjects: Sendable {
    private(set) var byKey: [ObjectKey: JSONValue] = [:]
    private var keys: [ObjectKey: Set<ObjectKey>] = [:]
    private let owner: @Sendable (JSONValue) -> ObjectKey?

    init(owner: @escaping @Sendable (JSONValue) -> ObjectKey?) { self.owner = owner }

    var count: Int { byKey.count }

    func all(of owner: ObjectKey) -> [(key: ObjectKey, value: JSONValue)] {
        (keys[owner] ?? []).compactMap { key in byKey[key].map { (key, $0) } }
    }

    subscript(key: ObjectKey) -> JSONValue? {
        get { byKey[key] }
        set {
            let old = byKey.removeValue(forKey: key).flatMap(owner)
            let new = newValue.flatMap(owner)
            byKey[key] = newValue
            if let old, old != new {
                keys[old]?.remove(key)
                if keys[old]?.isEmpty == true { keys[old] = nil }
            }
            if let new { keys[new, default: []].insert(key) }
        }
    }

    mutating func replace(_ objects: [ObjectKey: JSONValue]) {
        byKey = objects
        keys = [:]
        for (key, object) in objects {
            if let owner = owner(object) { keys[owner, default: []].insert(key) }
        }
    }
}
