import KubeModel

/// What etcd is to a real server: objects, one revision counter, and the recent past for watches.
struct ObjectStorage: Sendable {
    struct Change: Sendable {
        var kind: Kind
        var resource: String
        var object: JSONValue
        /// For watches with selectors: an object that stops matching is deleted for them.
        var previous: JSONValue?
        var revision: UInt64
        enum Kind: String, Sendable { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED" }
    }

    private(set) var revision: UInt64 = 1
    private var objects: [String: [ObjectKey: JSONValue]] = [:]
    private(set) var history: [Change] = []
    /// Changes before this revision are forgotten: a watch from there is told that it expired.
    private(set) var compacted: UInt64 = 0
    private static let historyLimit = 4096

    func get(_ resource: String, _ key: ObjectKey) -> JSONValue? { objects[resource]?[key] }

    func list(_ resource: String, namespace: String?) -> [JSONValue] {
        (objects[resource] ?? [:]).filter { namespace == nil || $0.key.namespace == namespace }
            .sorted { $0.key < $1.key }.map(\.value)
    }

    /// As it was at a revision that is not yet forgotten.
    func list(_ resource: String, namespace: String?, at past: UInt64) -> [JSONValue] {
        guard past < revision else { return list(resource, namespace: namespace) }
        var found = objects[resource] ?? [:]
        for change in history.reversed() where change.revision > past && change.resource == resource {
            found[change.object.key] = change.previous
        }
        return found.values.filter { namespace == nil || $0.namespace == namespace }.sorted { $0.key < $1.key }
    }

    var resources: [String] { Array(objects.keys) }

    mutating func put(_ resource: String, _ object: JSONValue) -> (JSONValue, Change) {
        revision += 1
        var stored = object
        stored.set(["metadata", "resourceVersion"], .string(String(revision)))
        let previous = objects[resource]?[object.key]
        objects[resource, default: [:]][object.key] = stored
        return (stored, record(previous == nil ? .added : .modified, resource, stored, previous))
    }

    mutating func remove(_ resource: String, _ key: ObjectKey) -> Change? {
        guard var object = objects[resource]?.removeValue(forKey: key) else { return nil }
        revision += 1
        let previous = object
        object.set(["metadata", "resourceVersion"], .string(String(revision)))
        return record(.deleted, resource, object, previous)
    }

    mutating func compact() {
        history = []
        compacted = revision
    }

    private mutating func record(_ kind: Change.Kind, _ resource: String, _ object: JSONValue, _ previous: JSONValue?)
        -> Change
    {
        let change = Change(kind: kind, resource: resource, object: object, previous: previous, revision: revision)
        history.append(change)
        if history.count > Self.historyLimit {
            compacted = history[0].revision
            history.removeFirst(history.count - Self.historyLimit)
        }
        return change
    }
}
