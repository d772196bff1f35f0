import Glibc
import KubeModel

/// Objects by key, without a second copy of the key: a packed one is found by the key within its bytes.
struct KeyedObjects: Sendable {
    /// Equal to whatever has the same key.
    private enum Slot: Hashable, Sendable {
        case object(KeptObject)
        /// What is looked for.
        case key(ObjectKey)

        private func withKey<Answer>(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Answer) -> Answer {
            switch self {
            case .object(let object): object.withKey(body)
            case .key(let key): key.withBytes(body)
            }
        }

        static func == (left: Slot, right: Slot) -> Bool {
            left.withKey { namespace, name in
                right.withKey { isSame(namespace, $0) && isSame(name, $1) }
            }
        }

        private static func isSame(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
            guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
                return a.count == b.count
            }
            return memcmp(first, second, a.count) == 0
        }

        func hash(into hasher: inout Hasher) {
            withKey { namespace, name in
                hasher.combine(bytes: namespace)
                hasher.combine(0 as UInt8)
                hasher.combine(bytes: name)
            }
        }

        var object: KeptObject? { if case .object(let object) = self { object } else { nil } }
    }

    private var slots: Set<Slot> = []

    init(minimumCapacity: Int = 0) { slots.reserveCapacity(minimumCapacity) }

    var count: Int { slots.count }
    var isEmpty: Bool { slots.isEmpty }
    var objects: some Sequence<KeptObject> { slots.lazy.compactMap(\.object) }

    subscript(key: ObjectKey) -> KeptObject? { slots.firstIndex(of: .key(key)).flatMap { slots[$0].object } }

    mutating func set(_ object: KeptObject) { slots.update(with: .object(object)) }

    @discardableResult
    mutating func remove(_ key: ObjectKey) -> KeptObject? { slots.remove(.key(key))?.object }
}
