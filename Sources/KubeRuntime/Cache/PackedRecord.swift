import KubeClient
import KubeModel

/// An object as one run of bytes: what is asked of it without reading it, and the JSON it is read from again.
///
/// Five lengths of four bytes each; namespace, name, uid and resourceVersion; the owners; the JSON.
struct PackedRecord {
    private let bytes: UnsafeRawBufferPointer
    private static let lengths = 5
    private static let head = lengths * 4

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var namespace: UnsafeRawBufferPointer { field(0) }
    var name: UnsafeRawBufferPointer { field(1) }
    var key: ObjectKey { ObjectKey(namespace: text(field(0)), name: text(field(1))) }
    var version: ObjectVersion { ObjectVersion(uid: text(field(2)), resourceVersion: text(field(3))) }

    var owners: [ObjectKey] {
        var (owners, rest): ([ObjectKey], Slice<UnsafeRawBufferPointer>) = ([], field(4)[...])
        func next() -> String {
            let count = Int(UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt32.self))
            rest = rest.dropFirst(4)
            defer { rest = rest.dropFirst(count) }
            return text(UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
        }
        while !rest.isEmpty {
            let namespace = next()
            owners.append(ObjectKey(namespace: namespace, name: next()))
        }
        return owners
    }

    /// What `JSONValue.bytes` writes can always be read (E03).
    var value: JSONValue { (try? JSONValue(parsing: Array(bytes[start(of: Self.lengths)...]))) ?? .null }

    private func length(_ index: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)) }

    private func start(of index: Int) -> Int {
        var start = Self.head
        for before in 0..<index { start += length(before) }
        return start
    }

    private func field(_ index: Int) -> UnsafeRawBufferPointer {
        let start = start(of: index)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + length(index)])
    }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Writing

    static func bytes(_ object: JSONValue, version: ObjectVersion, owners: [ObjectKey]) -> [UInt8] {
        let json = object.bytes
        let whose = packed(owners)
        let texts = [object.namespace, object.name, version.uid, version.resourceVersion]
        let count = head + texts.reduce(0) { $0 + $1.utf8.count } + whose.count + json.count
        var bytes: [UInt8] = []
        // Without the room an array grows with.
        bytes.reserveCapacity(count)
        for length in texts.map(\.utf8.count) + [whose.count] { bytes += number(length) }
        for text in texts { bytes += text.utf8 }
        bytes += whose
        bytes += json
        return bytes
    }

    /// The same record of an object that is somebody else's.
    func bytes(owners: [ObjectKey]) -> [UInt8] {
        let whose = Self.packed(owners)
        let (before, after) = (start(of: 4), start(of: Self.lengths))
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count - (after - before) + whose.count)
        copy += bytes[..<(Self.head - 4)]
        copy += Self.number(whose.count)
        copy += bytes[Self.head..<before]
        copy += whose
        copy += bytes[after...]
        return copy
    }

    /// As ``owners`` reads them.
    private static func packed(_ owners: [ObjectKey]) -> [UInt8] {
        owners.flatMap { counted($0.namespace) + counted($0.name) }
    }
    private static func counted(_ text: String) -> [UInt8] { number(text.utf8.count) + Array(text.utf8) }
    private static func number(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value)) { Array($0) } }
}
