import KubeModel

/// Values by an OpenAPI schema, most of them as it wants them, and changes to a document by the same schema.
package struct SchemaGenerator: Sendable {
    private let schema: JSONValue
    /// Once in so many values is one that the schema refuses; never where nil.
    private let wrongOnceIn: Int?

    package init(_ schema: JSONValue, wrongOnceIn: Int? = nil) {
        self.schema = schema
        self.wrongOnceIn = wrongOnceIn
    }

    /// Texts for fields whose pattern says more than a generator can: of each kind of field some.
    private static let texts = [
        "a", "example", "a-1", "example.com", "sub.example.com", "https://a.example.com", "http://otel.obs:4318",
        "10.0.0.0/8",
        "10.9.0.25/32", "fd00::/8", "169.254.169.254/32", "0.0.0.0/0", "::/0", "ca.crt", "1Gi", "500m", "0.5", "1e3",
        "2027-01-31", "a@example.com",
        "@example.com", "25%", "0%", "100%", "ops", "TCP", "UDP", "In", "Exists", "Equal", "DoesNotExist", "NoSchedule",
        "NoExecute",
        "kubernetes.io/metadata.name", "OPA_POLL_SECONDS", "sha256:" + String(repeating: "0a", count: 32), "ghcr.io/x",
        "80", "http",
        "mirror.corp:5000/x", "true", "", "ERROR", "Not A Host", "é",
    ]

    package func value(_ random: inout SplitMix64) -> JSONValue { value(schema, &random, depth: 0) }

    /// The document with some fields changed, added or taken away.
    package func mutated(_ document: JSONValue, _ random: inout SplitMix64) -> JSONValue {
        var result = document
        for _ in 0...random.below(4) {
            guard case .object(let object) = changed(result, schema, &random) else { continue }
            result = .object(object)
        }
        return result
    }

    private func changed(_ value: JSONValue, _ schema: JSONValue, _ random: inout SplitMix64) -> JSONValue {
        switch value {
        case .object(var object):
            let known = schema["properties"]?.object?.keys ?? []
            guard let key = (random.once(in: 3) ? known : object.keys).randomElement(using: &random) else { break }
            let inner = schema["properties"]?[key] ?? schema["additionalProperties"] ?? [:]
            if let old = object[key], !random.once(in: 5) {
                object[key] = changed(old, inner, &random)
            } else if object[key] != nil, random.once(in: 2) {
                object[key] = nil
            } else {
                object[key] = self.value(inner, &random, depth: 1)
            }
            return .object(object)
        case .array(var items):
            let inner = schema["items"] ?? [:]
            guard let at = items.indices.randomElement(using: &random) else { break }
            switch random.below(6) {
            case 0: items.remove(at: at)
            case 1: items.append(self.value(inner, &random, depth: 1))
            case 2: items.append(items[at])
            default: items[at] = changed(items[at], inner, &random)
            }
            return .array(items)
        default: break
        }
        return self.value(schema, &random, depth: 1)
    }

    private func value(_ schema: JSONValue, _ random: inout SplitMix64, depth: Int) -> JSONValue {
        if let wrongOnceIn, random.once(in: wrongOnceIn) { return JSONGenerator.value(&random, depth: 2) }
        if let values = schema["enum"]?.array, !values.isEmpty { return random.pick(values) }
        if schema["x-kubernetes-int-or-string"]?.bool == true {
            return random.once(in: 2) ? .integer(Int64(random.below(9000))) : .string(random.pick(Self.texts))
        }
        switch schema["type"]?.string {
        case "boolean": return .bool(random.once(in: 2))
        case "integer":
            let (low, high) = (schema["minimum"]?.integer ?? -5, schema["maximum"]?.integer ?? 100_000)
            return .integer(
                random.once(in: 3)
                    ? random.pick([low, high]) : Int64.random(in: min(low, high)...max(low, high), using: &random))
        case "string": return .string(random.pick(Self.texts))
        case "array":
            let limit = Int(schema["maxItems"]?.integer ?? 4)
            let count = random.once(in: 30) ? min(limit, 64) : random.count(upTo: min(limit, 3))
            return .array((0..<count).map { _ in value(schema["items"] ?? [:], &random, depth: depth + 1) })
        default: return object(schema, &random, depth: depth)
        }
    }

    private func object(_ schema: JSONValue, _ random: inout SplitMix64, depth: Int) -> JSONValue {
        var object = JSONObject()
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        for entry in schema["properties"]?.object ?? [:]
        where required.contains(entry.key) || random.once(in: depth < 4 ? 3 : 6) {
            object[entry.key] = value(entry.value, &random, depth: depth + 1)
        }
        if let inner = schema["additionalProperties"], inner.object != nil {
            for _ in 0..<random.count(upTo: 3) {
                object[random.pick(Self.texts)] = value(inner, &random, depth: depth + 1)
            }
        }
        return .object(object)
    }
}
