import KubeModel

/// Reads a body as Go reads it into a struct (sigs.k8s.io/json) and gives back what Go would write: unknown fields and empty
/// optional ones are gone, structs that are always written are there.
struct TypedDecoder {
    /// `json: cannot unmarshal …`, or what a type's own reader says.
    struct Failure: Error { var message: String }

    /// Paths of fields that no struct has.
    private(set) var unknown: [String] = []
    private var wrong: String?
    /// The struct and the names on the way, as Go's messages have them.
    private var context: (name: String, fields: [String]) = ("", [])
    private var package = "v1"

    static func decode(_ value: JSONValue, as type: FieldType) throws(Failure) -> (value: JSONValue, unknown: [String])
    {
        var decoder = TypedDecoder()
        if value.gvk.group == "autoscaling" { decoder.package = "v2" }
        let result = try decoder.read(value, type, "", isKept: true)
        if let wrong = decoder.wrong { throw Failure(message: wrong) }
        return (result ?? .null, decoder.unknown)
    }

    /// nil where Go writes nothing.
    private mutating func read(
        _ value: JSONValue, _ type: FieldType, _ path: String, isPointer: Bool = false, isKept: Bool = false
    ) throws(Failure) -> JSONValue? {
        switch type {
        case .any, .scalar(.json): return value.isNull ? (isKept ? .null : nil) : value
        case .scalar(let scalar):
            let read = value.isNull ? nil : try self.scalar(value, scalar)
            guard let read else { return isPointer ? (isKept ? .null : nil) : (isKept ? scalar.zero : nil) }
            return isPointer || isKept || read != scalar.zero ? read : nil
        case .atomic(let inner): return try self.read(value, inner, path, isPointer: isPointer, isKept: isKept)
        case .named(let name):
            guard let type = TypeTable.structs[name] else { return value }
            return try self.read(value, .map(type), path, isPointer: isPointer, isKept: isKept)
        case .list(let element, _):
            guard let items = value.array else {
                if !value.isNull { mismatch(value, type) }
                return isKept ? .null : nil
            }
            var result: [JSONValue] = []
            for (index, item) in items.enumerated() {
                if let read = try self.read(item, element, "\(path)[\(index)]", isKept: true) { result.append(read) }
            }
            return result.isEmpty ? (isKept ? .null : nil) : .array(result)
        case .map(let map):
            guard let object = value.object else {
                if !value.isNull { mismatch(value, type) }
                if map.element != nil || isPointer { return isKept ? .null : nil }
                return isKept ? try fields([:], map, path) : nil
            }
            guard let element = map.element else { return try fields(object, map, path) }
            var result = JSONObject()
            for entry in object {
                result[entry.key] = try read(entry.value, element, "\(path).\(entry.key)", isKept: true)
            }
            return result.isEmpty ? (isKept ? .null : nil) : .object(result)
        }
    }

    private mutating func fields(_ object: JSONObject, _ map: StructType, _ path: String) throws(Failure) -> JSONValue {
        let outer = context
        defer { context = outer }
        for entry in object where map.field(entry.key) == nil {
            unknown.append(path.isEmpty ? entry.key : "\(path).\(entry.key)")
        }
        var result = JSONObject()
        // In the body's order, so that the first thing wrong is the one that is told.
        let given = object.keys.compactMap(map.field)
        for field in given + map.fields.filter({ object[$0.name] == nil && $0.isKept }) {
            context = (map.name, outer.fields + [field.name])
            result[field.name] = try read(
                object[field.name] ?? .null, field.type, path.isEmpty ? field.name : "\(path).\(field.name)",
                isPointer: field.isPointer, isKept: field.isKept)
        }
        return .object(result)
    }

    // MARK: Scalars

    private mutating func scalar(_ value: JSONValue, _ scalar: Scalar) throws(Failure) -> JSONValue? {
        switch scalar {
        case .string: return value.string.map(JSONValue.string) ?? mismatch(value, "string")
        case .bool: return value.bool.map(JSONValue.bool) ?? mismatch(value, "bool")
        case .int32, .int64:
            let name = scalar == .int32 ? "int32" : "int64"
            guard case .integer(let number) = value else { return mismatch(value, name, withNumber: true) }
            let fits = scalar == .int64 || Int32(exactly: number) != nil
            return fits ? value : mismatch(value, name, withNumber: true)
        case .double: return value.double == nil ? mismatch(value, "float64") : value
        case .bytes:
            guard let text = value.string else { return mismatch(value, "[]uint8") }
            guard let at = SandboxBase64.firstIllegalByte(text) else { return .string(text) }
            if wrong == nil { wrong = "illegal base64 data at input byte \(at)" }
            return nil
        case .intOrString:
            if value.string != nil { return value }
            return try strictly(value, .int32)
        case .quantity:
            let text = value.string ?? (value.double != nil ? value.text : "")
            guard let canonical = QuantityText.canonical(text) else {
                throw Failure(
                    message:
                        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
            }
            return .string(canonical)
        case .time, .microTime:
            guard let text = value.string else { return try strictly(value, .string) }
            if let why = GoTime.mismatch(text, isMicro: scalar == .microTime) { throw Failure(message: why) }
            return .string(GoTime.canonical(text, isMicro: scalar == .microTime))
        default: return value
        }
    }

    /// A type's own reader ends the reading at its first error.
    private mutating func strictly(_ value: JSONValue, _ type: Scalar) throws(Failure) -> JSONValue? {
        let before = wrong
        let result = try scalar(value, type)
        if before == nil, let wrong { throw Failure(message: wrong) }
        return result
    }

    private mutating func mismatch(_ value: JSONValue, _ type: FieldType) { _ = mismatch(value, goName(type)) }

    private mutating func mismatch(_ value: JSONValue, _ type: String, withNumber: Bool = false) -> JSONValue? {
        var found = value.typeName == "boolean" ? "bool" : value.double != nil ? "number" : value.typeName
        if withNumber, value.double != nil { found += " \(value.text)" }
        let place =
            context.fields.isEmpty ? "value" : "struct field \(context.name).\(context.fields.joined(separator: "."))"
        if wrong == nil { wrong = "json: cannot unmarshal \(found) into Go \(place) of type \(type)" }
        return nil
    }

    private func goName(_ type: FieldType) -> String {
        switch type {
        case .scalar(let scalar): scalar.goName
        case .named(let name):
            "\(name == "ObjectMeta" || TypeTable.isMeta(name) ? "v1" : package).\(name.split(separator: ".").last ?? "")"
        case .map(let map):
            map.element.map { "map[string]\(goName($0))" } ?? "\(package).\(map.name)"
        case .list(let element, _): "[]\(goName(element))"
        case .atomic(let inner): goName(inner)
        case .any: "interface {}"
        }
    }
}

extension TypeTable {
    static func isMeta(_ name: String) -> Bool { ["LabelSelector", "OwnerReference", "Condition"].contains(name) }
}

extension Scalar {
    /// What an absent value reads as.
    var zero: JSONValue {
        switch self {
        case .string, .bytes: ""
        case .bool: false
        case .int32, .int64, .double, .number, .intOrString: 0
        case .quantity: "0"
        default: .null
        }
    }

    var goName: String {
        switch self {
        case .string: "string"
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "float64"
        case .bytes: "[]uint8"
        case .intOrString: "intstr.IntOrString"
        case .quantity: "resource.Quantity"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        default: "interface {}"
        }
    }
}
