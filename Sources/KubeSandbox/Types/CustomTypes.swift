import KubeModel
import KubeSchema

extension FieldType {
    /// A custom resource's type, from its schema: what apply knows of it.
    static func custom(_ schema: StructuralSchema) -> FieldType {
        guard case .map(let root) = of(schema) else { return .any }
        let own = root.fields.filter { !["apiVersion", "kind", "metadata"].contains($0.name) }
        let identity = [
            Field(name: "apiVersion", type: .scalar(.string)), Field(name: "kind", type: .scalar(.string)),
            Field(name: "metadata", type: .named("ObjectMeta")),
        ]
        return .map(StructType(name: root.name, fields: identity + own, element: root.element))
    }

    private static func of(_ schema: StructuralSchema) -> FieldType {
        if schema.isIntOrString { return .scalar(.untyped) }
        switch schema.type {
        case "object":
            let fields = schema.properties.map {
                Field(name: $0.key, type: of($0.value), keyDefault: $0.value.defaultValue)
            }
            let element = schema.additional.map { of($0.schema) } ?? (schema.keepsUnknown ? .any : nil)
            let isAtomic = schema.json["x-kubernetes-map-type"] == "atomic"
            return .map(StructType(name: "", fields: fields, element: element, isAtomic: isAtomic))
        case "array":
            let element = schema.items.map { of($0.schema) } ?? .any
            switch schema.listType {
            case "set": return .list(element, .set)
            case "map": return .list(element, .map(schema.listKeys))
            default: return .list(element, .atomic)
            }
        case "string": return .scalar(.string)
        case "boolean": return .scalar(.bool)
        case "integer", "number": return .scalar(.number)
        default: return .any
        }
    }
}
