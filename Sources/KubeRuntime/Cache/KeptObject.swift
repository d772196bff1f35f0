import KubeClient
import KubeModel

/// One object in a cache, in one of two forms: read, for whoever works with it, or packed as the JSON it is read from
/// again, which takes a tenth of the memory. Most objects rest most of the time.
package struct KeptObject: Sendable {
    private enum Form {
        case read(JSONValue)
        case packed([UInt8])
    }

    package let version: ObjectVersion
    /// Whose it is, once a store has found out.
    private(set) var owners: [ObjectKey] = []
    private let form: Form

    package init(_ object: JSONValue, packed: Bool) {
        self.init(version: ObjectVersion(object), form: packed ? Self.packed(object) : .read(object))
    }

    private init(version: ObjectVersion, form: Form) { (self.version, self.form) = (version, form) }

    private static func packed(_ object: JSONValue) -> Form {
        let bytes = object.bytes
        // Without the room an array grows with.
        return .packed(Array(unsafeUninitializedCapacity: bytes.count) { $1 = $0.initialize(fromContentsOf: bytes) })
    }

    /// What `JSONValue.bytes` writes can always be read (E03).
    package var value: JSONValue {
        switch form {
        case .read(let object): object
        case .packed(let bytes): (try? JSONValue(parsing: bytes)) ?? .null
        }
    }

    var isPacked: Bool { if case .packed = form { true } else { false } }

    func inForm(packed: Bool) -> KeptObject {
        guard packed != isPacked else { return self }
        return KeptObject(version: version, form: packed ? Self.packed(value) : .read(value)).owned(by: owners)
    }

    func owned(by owners: [ObjectKey]) -> KeptObject {
        var object = self
        object.owners = owners
        return object
    }

    var resourceVersion: String { version.resourceVersion }
    var uid: String { version.uid }
}
