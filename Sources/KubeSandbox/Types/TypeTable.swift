import KubeModel

/// The Go structs of the built-in kinds: what a real API server reads, leaves out, and merges by key.
///
/// One line per struct (a line that begins with a blank goes on): its name, `#` where it is owned as one value, then its fields
/// as `name:type`. A field with `+` is written even when it is empty. Types: `s` string, `b` bool, `i` int32, `l` int64,
/// `d` float64, `y` bytes, `S` int or string, `Q` quantity, `T` time, `M` MicroTime, `F` any JSON, `*X` may be absent,
/// `{X` map of X, `[X` list of X, with `@` a set and with `@a,b` a list merged by these keys; `#` in front makes a map or
/// struct one value; `=x` is the default of a key.
enum TypeTable {
    static let structs: [String: StructType] = {
        var found: [String: StructType] = [:]
        for text in [podTypes, coreTypes, groupTypes] {
            for entry in text.replacing("\n ", with: " ").split(separator: "\n") {
                let words = entry.split(separator: " ")
                guard let head = words.first else { continue }
                let name = head.filter { $0 != "#" }
                found[name] = StructType(
                    name: String(name.split(separator: ".").last ?? ""), fields: words.dropFirst().map(field),
                    isAtomic: head.hasSuffix("#"))
            }
        }
        // Claims stand within StatefulSets with a kind of their own.
        found["PersistentVolumeClaim"] = found["PersistentVolumeClaim"]?.adding(identity)
        return found
    }()

    /// The type of a built-in kind; nil for kinds that are taken as they come.
    static func type(_ gvk: GroupVersionKind) -> FieldType? {
        let name =
            switch (gvk.group, gvk.kind) {
            case ("events.k8s.io", "Event"): "events.Event"
            case ("", "Event"): "core.Event"
            default: gvk.kind
            }
        return structs[name].map { .map($0.field("kind") == nil ? $0.adding(identity) : $0) }
    }

    private static let identity = [
        Field(name: "apiVersion", type: .scalar(.string)), Field(name: "kind", type: .scalar(.string)),
    ]

    private static func field(_ text: Substring) -> Field {
        let parts = text.split(separator: ":", maxSplits: 1)
        let rest = parts[1].split(separator: "=", maxSplits: 1)
        let isPointer = rest[0].drop { $0 == "#" }.hasPrefix("*")
        return Field(
            name: parts[0].filter { $0 != "+" }, type: type(rest[0]), isPointer: isPointer,
            isKept: parts[0].hasSuffix("+"), keyDefault: rest.count > 1 ? .string(String(rest[1])) : nil)
    }

    private static func type(_ code: Substring) -> FieldType {
        let rest = code.dropFirst()
        switch code.first {
        case "#": return .atomic(type(rest))
        case "*": return type(rest)
        case "{": return .map(StructType(name: "", fields: [], element: type(rest)))
        case "[":
            guard let at = rest.lastIndex(of: "@") else { return .list(type(rest), .atomic) }
            let keys = rest[rest.index(after: at)...].split(separator: ",").map(String.init)
            return .list(type(rest[..<at]), keys.isEmpty ? .set : .map(keys))
        default:
            return Scalar(rawValue: String(code)).map(FieldType.scalar) ?? .named(String(code))
        }
    }
}

/// The leaves, by their letter in ``TypeTable``.
enum Scalar: String, Sendable {
    case string = "s"
    case bool = "b"
    case int32 = "i"
    case int64 = "l"
    case double = "d"
    case bytes = "y"
    case intOrString = "S"
    case quantity = "Q"
    case time = "T"
    case microTime = "M"
    case json = "F"
    /// Of a custom resource: a number of either sort.
    case number = "n"
    /// Any scalar.
    case untyped = "u"
}

enum ListKind: Equatable, Sendable {
    case atomic
    case set
    case map([String])
}

/// What may stand at a place of a document.
indirect enum FieldType: Sendable {
    case scalar(Scalar)
    case map(StructType)
    case list(FieldType, ListKind)
    /// A struct of ``TypeTable``.
    case named(String)
    /// A map or struct that is owned as one value.
    case atomic(FieldType)
    /// Whatever is found: maps by field, lists as one value.
    case any
}

struct Field: Sendable {
    var name: String
    var type: FieldType
    /// Absent and empty are two things.
    var isPointer = false
    /// Written even where it is empty.
    var isKept = false
    /// What a list item without this key is keyed by.
    var keyDefault: JSONValue?
}

/// A struct, or a map where it has an element type for keys that are no field.
final class StructType: Sendable {
    let name: String
    let fields: [Field]
    let element: FieldType?
    let isAtomic: Bool
    private let index: [String: Int]

    init(name: String, fields: [Field], element: FieldType? = nil, isAtomic: Bool = false) {
        self.name = name
        self.fields = fields
        self.element = element
        self.isAtomic = isAtomic
        index = Dictionary(fields.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    func field(_ name: String) -> Field? { index[name].map { fields[$0] } }

    func adding(_ more: [Field]) -> StructType {
        StructType(name: name, fields: more + fields, element: element, isAtomic: isAtomic)
    }

    /// A map with anything in it.
    static let anything = StructType(name: "", fields: [], element: .any)
}

/// A place's type, with its value known.
enum Atom {
    case scalar(Scalar)
    case list(FieldType, ListKind)
    case map(StructType, isAtomic: Bool)
}

extension FieldType {
    func atom(_ value: JSONValue?) -> Atom {
        switch self {
        case .scalar(.json), .any:
            switch value {
            case .object: .map(.anything, isAtomic: false)
            case .array: .list(.any, .atomic)
            default: .scalar(.untyped)
            }
        case .scalar(let scalar): .scalar(scalar)
        case .map(let type): .map(type, isAtomic: type.isAtomic)
        case .list(let element, let kind): .list(element, kind)
        case .named(let name): FieldType.map(TypeTable.structs[name] ?? .anything).atom(value)
        case .atomic(let type):
            if case .map(let inner, _) = type.atom(value) { .map(inner, isAtomic: true) } else { type.atom(value) }
        }
    }
}
