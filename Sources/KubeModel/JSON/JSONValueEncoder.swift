extension JSONValue {
    /// The JSON of an `Encodable` value. Synthesized encoding leaves nil out, which is what server-side apply needs:
    /// a field we have no opinion on is absent, never null.
    package init(encoding value: some Encodable) throws {
        let box = Box()
        try value.encode(to: ValueEncoder(box: box, codingPath: []))
        self = box.finished
    }
}

/// The value under construction, shared by the containers that fill it.
private final class Box {
    var value: JSONValue = .object([:])
    var children: [(key: String, box: Box)] = []
    var items: [Box] = []
    var kind = Kind.unset
    enum Kind { case unset, object, array, scalar }

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
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        box.kind = .object
        return KeyedEncodingContainer(KeyedContainer(box: box, codingPath: codingPath))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        box.kind = .array
        return UnkeyedContainer(box: box, codingPath: codingPath)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleContainer(box: box, codingPath: codingPath)
    }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Box
    let codingPath: [any CodingKey]

    private func child(_ key: Key) -> Box {
        let child = Box()
        box.children.append((key.stringValue, child))
        return child
    }
    mutating func encodeNil(forKey key: Key) throws { child(key).set(.null) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try child(key).encode(value, codingPath + [key])
    }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type, forKey key: Key)
        -> KeyedEncodingContainer<Nested>
    { ValueEncoder(box: child(key), codingPath: codingPath + [key]).container(keyedBy: keyType) }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        ValueEncoder(box: child(key), codingPath: codingPath + [key]).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { ValueEncoder(box: box, codingPath: codingPath) }
    mutating func superEncoder(forKey key: Key) -> any Encoder { ValueEncoder(box: child(key), codingPath: codingPath) }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    var count: Int { box.items.count }

    private func child() -> Box {
        let child = Box()
        box.items.append(child)
        return child
    }
    mutating func encodeNil() throws { child().set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try child().encode(value, codingPath) }
    mutating func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        ValueEncoder(box: child(), codingPath: codingPath).container(keyedBy: keyType)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        ValueEncoder(box: child(), codingPath: codingPath).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { ValueEncoder(box: child(), codingPath: codingPath) }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let box: Box
    let codingPath: [any CodingKey]
    mutating func encodeNil() throws { box.set(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws { try box.encode(value, codingPath) }
}

extension Box {
    func set(_ scalar: JSONValue) {
        kind = .scalar
        value = scalar
    }

    func encode(_ encodable: some Encodable, _ path: [any CodingKey]) throws {
        switch encodable {
        case let json as JSONValue: set(json)
        case let text as String: set(.string(text))
        // Maps have no order of their own: sorted, so that the same object always has the same bytes.
        case let map as [String: String]:
            set(.object(JSONObject(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
        case let flag as Bool: set(.bool(flag))
        case let number as Double: set(.number(number))
        case let number as Float: set(.number(Double(number)))
        case let number as any BinaryInteger:
            guard let whole = Int64(exactly: number) else {
                throw EncodingError.invalidValue(
                    number, .init(codingPath: path, debugDescription: "not a 64-bit integer"))
            }
            set(.integer(whole))
        default:
            let inner = Box()
            try encodable.encode(to: ValueEncoder(box: inner, codingPath: path))
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
