import KubeClient
import KubeModel

/// One object in a cache, in one of two forms: read, for whoever works with it, or packed as the JSON it is read from
/// again, which takes a tenth of the memory. Most objects rest most of the time.
struct KeptObject: Sendable {
    private enum Form {
        case read(JSONValue)
        case packed([UInt8])
    }

    let version: ObjectVersion
    /// Whose it is, as ``ObjectStore`` was told to find out.
    let owners: [ObjectKey]
    private let form: Form

    init(_ object: JSONValue, owners: [ObjectKey], packed: Bool) {
        self.init(
            version: ObjectVersion(object), owners: owners, form: packed ? Self.packed(object) : .read(object))
    }

    private init(version: ObjectVersion, owners: [ObjectKey], form: Form) {
        (self.version, self.owners, self.form) = (version, owners, form)
    }

    private static func packed(_ object: JSONValue) -> Form {
        let bytes = object.bytes
        // Without the room an array grows with.
        return .packed(Array(unsafeUninitializedCapacity: bytes.count) { $1 = $0.initialize(fromContentsOf: bytes) })
    }

    /// What `JSONValue.bytes` writes can always be read (E03).
    var value: JSONValue {
        switch form {
        case .read(let object): object
        case .packed(let bytes): (try? JSONValue(parsing: bytes)) ?? .null
        }
    }

    var isPacked: Bool { if case .packed = form { true } else { false } }

    func inForm(packed: Bool) -> KeptObject {
        guard packed != isPacked else { return self }
        return KeptObject(version: version, owners: owners, form: packed ? Self.packed(value) : .read(value))
    }

    var resourceVersion: String { version.resourceVersion }
    var uid: String { version.uid }
}
