import KubeModel

/// Builds a structural OpenAPI schema. Every node has a description, because `kubectl explain` is documentation,
/// and bounds, because a CEL rule over unbounded values is refused as too expensive.
package struct Schema: Sendable {
    package private(set) var json: JSONObject

    private init(_ type: String?, _ doc: String) {
        json = [:]
        if let type { json["type"] = .string(type) }
        if !doc.isEmpty { json["description"] = .string(doc) }
    }

    static func string(_ doc: String, max: Int = 253, min: Int? = nil, pattern: String? = nil, oneOf: [String]? = nil)
        -> Schema
    {
        var schema = Schema("string", doc)
        if let oneOf {
            schema.json["enum"] = .array(oneOf.map(JSONValue.string))
        } else {
            schema.json["maxLength"] = .integer(Int64(max))
        }
        if let min { schema.json["minLength"] = .integer(Int64(min)) }
        if let pattern { schema.json["pattern"] = .string(pattern) }
        return schema
    }

    static func integer(_ doc: String, _ range: ClosedRange<Int64>) -> Schema {
        var schema = Schema("integer", doc)
        schema.json["minimum"] = .integer(range.lowerBound)
        schema.json["maximum"] = .integer(range.upperBound)
        return schema
    }

    static func integer64(_ doc: String) -> Schema {
        var schema = Schema("integer", doc)
        schema.json["format"] = "int64"
        schema.json["minimum"] = 0
        return schema
    }

    static func boolean(_ doc: String) -> Schema { Schema("boolean", doc) }

    static func intOrString(_ doc: String) -> Schema {
        var schema = Schema(nil, doc)
        schema.json["x-kubernetes-int-or-string"] = true
        schema.json["anyOf"] = [["type": "integer"], ["type": "string"]]
        return schema
    }

    static func object(_ doc: String, required: [String] = [], _ properties: [(String, Schema)]) -> Schema {
        var schema = Schema("object", doc)
        schema.json["properties"] = .object(JSONObject(properties.map { (key: $0.0, value: .object($0.1.json)) }))
        if !required.isEmpty { schema.json["required"] = .array(required.map(JSONValue.string)) }
        return schema
    }

    static func map(_ doc: String, max: Int = 32, valueMax: Int = 1024) -> Schema {
        var schema = Schema("object", doc)
        schema.json["maxProperties"] = .integer(Int64(max))
        schema.json["additionalProperties"] = ["type": "string", "maxLength": .integer(Int64(valueMax))]
        return schema
    }

    static func quantities(_ doc: String) -> Schema {
        var schema = Schema("object", doc)
        schema.json["maxProperties"] = 16
        schema.json["additionalProperties"] = [
            "anyOf": [["type": "integer"], ["type": "string"]], "x-kubernetes-int-or-string": true,
        ]
        return schema
    }

    /// Anything: checked where it is used.
    static func open(_ doc: String) -> Schema {
        var schema = Schema("object", doc)
        schema.json["x-kubernetes-preserve-unknown-fields"] = true
        return schema
    }

    static func list(_ doc: String, max: Int = 16, min: Int? = nil, keys: [String] = [], of item: Schema) -> Schema {
        var schema = Schema("array", doc)
        schema.json["items"] = .object(item.json)
        schema.json["maxItems"] = .integer(Int64(max))
        if let min { schema.json["minItems"] = .integer(Int64(min)) }
        // A list is atomic where nothing is said, and saying so in every peer costs 3 KB.
        if !keys.isEmpty { schema.json["x-kubernetes-list-type"] = "map" }
        if !keys.isEmpty { schema.json["x-kubernetes-list-map-keys"] = .array(keys.map(JSONValue.string)) }
        return schema
    }

    static func set(_ doc: String, max: Int = 32, of item: Schema) -> Schema {
        var schema = list(doc, max: max, of: item)
        schema.json["x-kubernetes-list-type"] = "set"
        return schema
    }

    static func dateTime(_ doc: String) -> Schema {
        var schema = Schema("string", doc)
        schema.json["format"] = "date-time"
        return schema
    }

    /// Adds a rule that the API server checks; the message says what to do.
    func rule(_ expression: String, _ message: String, at fieldPath: String? = nil) -> Schema {
        var copy = self
        var rule: JSONObject = ["rule": .string(expression), "message": .string(message)]
        if let fieldPath { rule["fieldPath"] = .string(fieldPath) }
        copy.json["x-kubernetes-validations"] =
            .array((json["x-kubernetes-validations"]?.array ?? []) + [.object(rule)])
        return copy
    }
}
