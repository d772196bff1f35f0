import KubeModel

/// An OpenAPI v3 schema as CRDs use it, read once and with its rules compiled.
package struct StructuralSchema: Sendable {
    package var type: String?
    package var properties: [String: StructuralSchema] = [:]
    package var additional: Box?
    package var items: Box?
    package var required: [String] = []
    package var values: [JSONValue]?
    package var pattern: String?
    package var format: String?
    package var limits = Limits()
    package var isIntOrString = false
    package var keepsUnknown = false
    package var isEmbedded = false
    package var isNullable = false
    package var listType: String?
    package var listKeys: [String] = []
    package var defaultValue: JSONValue?
    var rules: [Rule] = []
    package var json: JSONValue

    package struct Limits: Sendable {
        package var minLength: Int64?
        package var maxLength: Int64?
        package var minItems: Int64?
        package var maxItems: Int64?
        package var maxProperties: Int64?
        package var minimum: Double?
        package var maximum: Double?
    }

    struct Rule: Sendable {
        var expression: CELExpression
        var usesOldValue: Bool
        var message: String
        var fieldPath: String
    }

    /// Lets a schema hold schemas.
    package final class Box: Sendable {
        package let schema: StructuralSchema
        init(_ schema: StructuralSchema) { self.schema = schema }
    }

    /// Reads a schema. A rule that is not CEL, or CEL not known here, is an error that names its place.
    package init(_ json: JSONValue, at path: String = "openAPIV3Schema") throws(CELError) {
        self.json = json
        type = json["type"]?.string
        pattern = json["pattern"]?.string
        format = json["format"]?.string
        values = json["enum"]?.array
        required = json["required"]?.array?.compactMap(\.string) ?? []
        isIntOrString = json["x-kubernetes-int-or-string"]?.bool ?? false
        keepsUnknown = json["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
        isEmbedded = json["x-kubernetes-embedded-resource"]?.bool ?? false
        isNullable = json["nullable"]?.bool ?? false
        listType = json["x-kubernetes-list-type"]?.string
        listKeys = json["x-kubernetes-list-map-keys"]?.array?.compactMap(\.string) ?? []
        defaultValue = json["default"]
        limits = Limits(
            minLength: json["minLength"]?.integer, maxLength: json["maxLength"]?.integer,
            minItems: json["minItems"]?.integer,
            maxItems: json["maxItems"]?.integer, maxProperties: json["maxProperties"]?.integer,
            minimum: json["minimum"]?.double, maximum: json["maximum"]?.double)
        for entry in json["properties"]?.object ?? [:] {
            properties[entry.key] = try StructuralSchema(entry.value, at: "\(path).\(entry.key)")
        }
        if let inner = json["additionalProperties"], inner.object != nil {
            additional = Box(try StructuralSchema(inner, at: "\(path).additionalProperties"))
        }
        if let inner = json["items"] { items = Box(try StructuralSchema(inner, at: "\(path).items")) }
        for rule in json["x-kubernetes-validations"]?.array ?? [] { rules.append(try Self.rule(rule, at: path)) }
    }

    private static func rule(_ json: JSONValue, at path: String) throws(CELError) -> Rule {
        let text = json["rule"]?.string ?? ""
        do throws(CELError) {
            return Rule(
                expression: try CELParser.parse(text), usesOldValue: text.contains("oldSelf"),
                message: json["message"]?.string ?? "failed rule: \(text)", fieldPath: json["fieldPath"]?.string ?? "")
        } catch {
            throw CELError("\(path).x-kubernetes-validations: \(error.message): \(text)")
        }
    }

    /// The object without fields the schema does not know, and their paths.
    package func prune(_ value: JSONValue, isRoot: Bool = true) -> (value: JSONValue, unknown: [String]) {
        var unknown: [String] = []
        return (pruned(value, path: "", isRoot: isRoot, &unknown), unknown)
    }

    private func pruned(_ value: JSONValue, path: String, isRoot: Bool, _ unknown: inout [String]) -> JSONValue {
        if keepsUnknown && properties.isEmpty { return value }
        switch value {
        case .array(let items):
            guard let schema = self.items?.schema else { return value }
            return .array(items.enumerated().map { schema.pruned($1, path: "\(path)[\($0)]", isRoot: false, &unknown) })
        case .object(let object):
            var result = JSONObject()
            for entry in object {
                let child = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                if isRoot || isEmbedded, ["apiVersion", "kind", "metadata"].contains(entry.key) {
                    result[entry.key] = entry.value
                } else if let schema = properties[entry.key] ?? additional?.schema {
                    result[entry.key] = schema.pruned(entry.value, path: child, isRoot: false, &unknown)
                } else if keepsUnknown || type == nil {
                    result[entry.key] = entry.value
                } else {
                    unknown.append(child)
                }
            }
            return .object(result)
        default: return value
        }
    }
}
