extension JSONValue {
    /// The JSON of an `Encodable` value. Synthesized encoding leaves nil out, which is what server-side apply needs:
    /// a field we have no opinion on is absent, never null.
    package init(encoding value: some Encodable) throws {
        let box = Box()
        try value.encode(to: ValueEncoder(box: box))
        self = box.finished
    }
}

/// The value under construction, shared by the containers that fill it.
private final class Box {
    /// Whose child this is: it is kept by its parent, or by a call of its parent's, so that keeping the parent in turn
    /// would keep both for ever.
    private unowned let parent: Box?
    private let key: (any CodingKey)?
    var value: JSONValue = .object([:])
    var children: [(key: String, box: Box)] = []
    var items: [Box] = []
    var kind = Kind.unset
    enum Kind { case unset, object, array, scalar }

    init(_ key: (any CodingKey)? = nil, in parent: Box? = nil) { (self.key, self.parent) = (key, parent) }

    /// Put together when it is asked for: that is for errors alone.
    var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + (key.map { [$0] } ?? []) }

    var finished: JSONValue {
        switch kind {
        case .unset: value
        case .scalar: value
        case .object: .object(JSONObject(children.map { (key: $0.key, value: $0.box.finished) }))
        case .array: .array(items.map(\.finished))
        }
    }
}

private struct ValueEncoder: Encoder {
    let box: Box
    var codingPath: [any CodingKey] { box.codingPath }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.kind = .object
        return KeyedEncodingContainer(KeyedContainer(box: box))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.kind = .array
        return UnkeyedContainer(box: box)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleContainer(box: box)
    }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    var codingPath: [any CodingKey] { box.codingPath }

    private func child(_ key: Key) -> Box {
        let child = Box(key, in: box)
        box.children.append((key.stringValue, child))
        return child
    }
    mutating func encodeNil(forKey key: Key) throws { child(key).set(.null) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try child(key).encode(value)
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type, forKey key: Key)
        -> KeyedEncodingContainer<Nested>
    { ValueEncoder(box: child(key)).container(keyedBy: keyType) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        ValueEncoder(box: child(key)).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { ValueEncoder(box: box) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { ValueEncoder(box: child(key)) }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let box: Box
    var codingPath: [any CodingKey] { box.codingPath }
    var count: Int { box.items.count }

    private func child() -> Box {
        let child = Box(in: box)
        box.items.append(child)
        return child
    }
    mutating func encodeNil() throws { child().set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try child().encode(value) }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        ValueEncoder(box: child()).container(keyedBy: keyType)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        ValueEncoder(box: child()).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { ValueEncoder(box: child()) }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let box: Box
    var codingPath: [any CodingKey] { box.codingPath }
    mutating func encodeNil() throws { box.set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try box.encode(value) }
}

extension Box {
    func set(_ scalar: JSONValue) {
        kind = .scalar
        value = scalar
    }

    private static let integers = Set(
        ([
            Int.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt.self, UInt8.self, UInt16.self, UInt32.self,
            UInt64.self,
        ] as [Any.Type]).map(ObjectIdentifier.init))

    /// Types are compared before anything is cast: whether a structure is some protocol's is a slow question, and most
    /// values are structures.
    func encode<Value: Encodable>(_ encodable: Value) throws {
        if Value.self == JSONValue.self, let json = encodable as? JSONValue {
            set(json)
        } else if Value.self == String.self, let text = encodable as? String {
            set(.string(text))
        } else if Value.self == [String: String].self, let map = encodable as? [String: String] {
            // Maps have no order of their own: sorted, so that the same object always has the same bytes.
            set(.object(JSONObject(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        } else if Value.self == Bool.self, let flag = encodable as? Bool {
            set(.bool(flag))
        } else if Value.self == Double.self, let number = encodable as? Double {
            set(.number(number))
        } else if Value.self == Float.self, let number = encodable as? Float {
            set(.number(Double(number)))
        } else if Self.integers.contains(ObjectIdentifier(Value.self)), let number = encodable as? any BinaryInteger {
            guard let whole = Int64(exactly: number) else {
                throw EncodingError.invalidValue(
                    number, .init(codingPath: codingPath, debugDescription: "not a 64-bit integer"))
            }
            set(.integer(whole))
        } else {
            let inner = Box(in: self)
            try encodable.encode(to: ValueEncoder(box: inner))
            set(inner.finished)
        }
    }
}

extension JSONValue: Codable {
    /// This module's own encoder takes the tree as it is; for any other it is written part by part.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let items): try container.encode(items)
        case .object(let object): try container.encode(Dictionary(object.map { ($0.key, $0.value) }) { $1 })
        }
    }

    package init(from decoder: any Decoder) throws {
        guard let own = decoder as? JSONValueDecoder else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a JSON tree is read by its own decoder only"))
        }
        self = own.value
    }
}
