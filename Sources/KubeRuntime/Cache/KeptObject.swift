import KubeClient
import KubeModel

/// One object in a cache: read, for whoever works with it, or packed, which takes a tenth of the memory. Most objects rest
/// most of the time.
package struct KeptObject: Sendable {
    private final class Read: Sendable {
        let (key, version, owners, value): (ObjectKey, ObjectVersion, [ObjectKey], JSONValue)

        init(_ value: JSONValue, _ key: ObjectKey, _ version: ObjectVersion, _ owners: [ObjectKey]) {
            (self.value, self.key, self.version, self.owners) = (value, key, version, owners)
        }
    }

    private enum Form {
        case read(Read)
        /// Packed alone.
        case record([UInt8])
        /// Packed beside others of the same owner.
        case part(PackedBlock, Range<Int>)
    }

    private let form: Form

    /// `owners` is whose it is, once a store has found out.
    package init(_ object: JSONValue, owners: [ObjectKey] = [], packed: Bool) {
        let version = ObjectVersion(object)
        form =
            packed
            ? .record(PackedRecord.bytes(object, version: version, owners: owners))
            : .read(Read(object, object.key, version, owners))
    }

    private init(form: Form) { self.form = form }

    /// What is asked of a packed object without reading all of it.
    private func ask<Answer>(_ read: (Read) -> Answer, packed: (PackedRecord) -> Answer) -> Answer {
        switch form {
        case .read(let object): read(object)
        case .record(let bytes): bytes.withUnsafeBytes { packed(PackedRecord($0)) }
        // The block is kept until the end of the call by `form`.
        case .part(let block, let range): withExtendedLifetime(block) { packed(PackedRecord(block.bytes(range))) }
        }
    }

    package var key: ObjectKey { ask(\.key, packed: \.key) }
    package var version: ObjectVersion { ask(\.version, packed: \.version) }
    package var owners: [ObjectKey] { ask(\.owners, packed: \.owners) }
    package var value: JSONValue { ask(\.value, packed: \.value) }
    var resourceVersion: String { version.resourceVersion }
    var uid: String { version.uid }

    var isPacked: Bool { if case .read = form { false } else { true } }
    /// Beside which others it is packed; nil where it is alone.
    var block: PackedBlock? { if case .part(let block, _) = form { block } else { nil } }

    func inForm(packed: Bool) -> KeptObject {
        packed == isPacked ? self : KeptObject(value, owners: owners, packed: packed)
    }

    func owned(by owners: [ObjectKey]) -> KeptObject {
        ask(
            { KeptObject(form: .read(Read($0.value, $0.key, $0.version, owners))) },
            packed: { KeptObject(form: .record($0.bytes(owners: owners))) })
    }

    /// All of them packed in one block.
    static func together(_ objects: [KeptObject]) -> [KeptObject] {
        let records = objects.map { object -> [UInt8] in
            switch object.inForm(packed: true).form {
            case .read: []
            case .record(let bytes): bytes
            case .part(let block, let range): Array(block.bytes(range))
            }
        }
        let block = PackedBlock(capacity: records.reduce(0) { $0 + $1.count })
        return records.map { record in
            KeptObject(form: .part(block, record.withUnsafeBytes { block.add($0) }))
        }
    }

    /// Calls `body` with the bytes of namespace and name.
    func withKey<Answer>(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Answer) -> Answer {
        ask({ $0.key.withBytes(body) }, packed: { body($0.namespace, $0.name) })
    }
}

extension ObjectKey {
    func withBytes<Answer>(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Answer) -> Answer {
        var (namespace, name) = (namespace, name)
        return namespace.withUTF8 { namespace in
            name.withUTF8 { body(UnsafeRawBufferPointer(namespace), UnsafeRawBufferPointer($0)) }
        }
    }
}
