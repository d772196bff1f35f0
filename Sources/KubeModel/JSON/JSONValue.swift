import Glibc

/// A JSON document as Kubernetes means it: whole numbers keep all 64 bits and never pass through `Double`.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    package subscript(index: Int) -> JSONValue? {
        if case .array(let items) = self, items.indices.contains(index) { items[index] } else { nil }
    }

    /// Follows object keys; nil as soon as one is missing.
    package func at(_ first: String, _ second: String) -> JSONValue? { self[first]?[second] }

    package func at(_ first: String, _ second: String, _ third: String) -> JSONValue? { self[first]?[second]?[third] }

    package func at(_ first: String, _ second: String, _ third: String, _ more: String...) -> JSONValue? {
        // Nothing is asked as often as short paths, and a list of names is an allocation.
        self[first]?[second]?[third]?.at(more)
    }

    package func at(_ path: [String]) -> JSONValue? {
        var value = self
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }

    /// The whole number this is, `1.0` included (legal input for an integer field); nil for anything else.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number as a `Double`, whichever way it was written.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Sets the value at a path, making the objects on the way; replaces anything else that stands there.
    package mutating func set(_ path: [String], _ newValue: JSONValue?) {
        guard let key = path.first else { return self = newValue ?? .null }
        var object = self.object ?? JSONObject()
        if path.count == 1 {
            object[key] = newValue
        } else {
            guard newValue != nil || object[key] != nil else { return }
            var child = object[key] ?? .object([:])
            child.set(Array(path.dropFirst()), newValue)
            object[key] = child
        }
        self = .object(object)
    }

    /// What the API's error messages call the type of this value.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// Texts are equal where their bytes are: to Swift é is equal to e followed by an accent, and the change from one to the
/// other would never be written.
extension JSONValue {
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let flag): hasher.combine(flag)
        case .integer(let number): hasher.combine(number)
        case .number(let number): hasher.combine(number)
        case .string(let text): hasher.combine(ExactKey(text: text))
        case .array(let items): hasher.combine(items)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension String {
    package func hasSameBytes(as other: String) -> Bool {
        // Lengths first: they differ for nearly all of what is compared, and cost nothing.
        guard utf8.count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right -> Bool in
                guard let a = left.baseAddress, let b = right.baseAddress else { return left.isEmpty }
                return a == b || memcmp(a, b, left.count) == 0
            }
        }
        return isSame.flatMap(\.self) ?? utf8.elementsEqual(other.utf8)
    }
}

/// A text that is equal only to the same bytes, and whose hash is that of its bytes: texts Swift takes for equal would
/// all fall on one another.
struct ExactKey: Hashable {
    var text: String

    static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.hasSameBytes(as: right.text) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// Not by `nil`: where an optional is meant, a null would slip in unseen.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }
}
