import KubeClient
import KubeModel

/// One kind's objects as last seen. One writer (its reflector), many readers; readers get immutable values, and a
/// relist replaces everything at once, so nobody ever sees half a list.
package final class ObjectStore: ObjectSink, Sendable {
    private struct State {
        var objects: [ObjectKey: JSONValue] = [:]
        var isSynced = false
        var failure: KubeError?
    }

    package let type: ResourceType
    private let state = Locked(State())
    private let narrow: @Sendable (JSONValue) -> JSONValue
    private let onChange: @Sendable (_ old: JSONValue?, _ new: JSONValue?) -> Void

    /// `narrow` keeps what readers need; `onChange` is called after the store has changed.
    package init(
        _ type: ResourceType, narrow: @escaping @Sendable (JSONValue) -> JSONValue = ObjectStore.withoutManagedFields,
        onChange: @escaping @Sendable (_ old: JSONValue?, _ new: JSONValue?) -> Void
    ) {
        self.type = type
        self.narrow = narrow
        self.onChange = onChange
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

    package func get(_ key: ObjectKey) -> JSONValue? { state.withLock { $0.objects[key] } }

    package func all(where isIncluded: (JSONValue) -> Bool = { _ in true }) -> [JSONValue] {
        state.withLock { Array($0.objects.values) }.filter(isIncluded).sorted { $0.key < $1.key }
    }

    package func replace(_ objects: [JSONValue]) {
        let narrowed = Dictionary(objects.map { ($0.key, narrow($0)) }) { $1 }
        let old = state.withLock { state in
            defer {
                state.objects = narrowed
                state.isSynced = true
            }
            return state.objects
        }
        for (key, object) in narrowed
        where old[key]?.resourceVersion != object.resourceVersion || old[key]?.uid != object.uid {
            onChange(old[key], object)
        }
        for (key, object) in old where narrowed[key] == nil { onChange(object, nil) }
        if narrowed.isEmpty, old.isEmpty { onChange(nil, nil) }
    }

    package func upsert(_ object: JSONValue) {
        let object = narrow(object)
        let (old, isNews) = state.withLock { state -> (JSONValue?, Bool) in
            let old = state.objects[object.key]
            // An event that is older than the answer to our own write must not bring the past back.
            guard old?.uid != object.uid || ResourceVersion.isNewer(object.resourceVersion, than: old?.resourceVersion)
            else { return (old, false) }
            state.objects[object.key] = object
            return (old, true)
        }
        if isNews { onChange(old, object) }
    }

    package func remove(_ object: JSONValue) {
        let old = state.withLock { $0.objects.removeValue(forKey: object.key) }
        onChange(old ?? object, nil)
    }

    package func interrupted(_ error: KubeError?) { state.withLock { $0.failure = error } }
}

/// Versions of one resource are integers that may be compared; only their text is given.
package enum ResourceVersion {
    package static func isNewer(_ version: String, than other: String?) -> Bool {
        guard let other, !other.isEmpty else { return true }
        return (version.utf8.count, version) > (other.utf8.count, other)
    }
}
