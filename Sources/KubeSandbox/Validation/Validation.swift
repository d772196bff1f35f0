import KubeModel
import KubeSchema

extension SandboxCluster {
    /// What a real API server refuses: metadata of every kind, a custom resource's schema, and of the built-in kinds what an
    /// operator runs into (pkg/apis/*/validation has far more).
    func validate(_ info: ResourceInfo, _ object: JSONValue, old: JSONValue?, subresource: String?)
        throws(APIFailure)
    {
        var found: [Violation] = []
        if let schema = info.schema {
            if let old, object["apiVersion"] != old["apiVersion"] || object["kind"] != old["kind"] {
                throw APIFailure.wrongIdentity(info, object)
            }
            found += MetadataRules.violations(object, old: old, info)
            // Without a name no rule can be judged.
            found += object.name.isEmpty ? [.rulesUnchecked] : schema.violations(object, old: old)
        } else {
            found += MetadataRules.violations(object, old: old, info)
            if subresource == "status" {
                found += KindRules.statusViolations(object)
            } else {
                found += KindRules.violations(object, old: old)
            }
        }
        if !found.isEmpty { throw APIFailure.invalid(info, object.name, found) }
    }
}

extension Violation {
    fileprivate static let rulesUnchecked = Violation(
        path: "", cause: "FieldValueInvalid",
        detail:
            "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
    )

    static func invalid(_ path: String, _ value: JSONValue?, _ why: String) -> Violation {
        Violation(
            path: path, cause: "FieldValueInvalid", detail: "Invalid value: \((value ?? .null).text): \(why)")
    }

    static func missing(_ path: String, _ why: String = "") -> Violation {
        Violation(
            path: path, cause: "FieldValueRequired", detail: why.isEmpty ? "Required value" : "Required value: \(why)")
    }

    static func forbidden(_ path: String, _ why: String) -> Violation {
        Violation(path: path, cause: "FieldValueForbidden", detail: "Forbidden: \(why)")
    }

    static func notSupported(_ path: String, _ value: JSONValue?, _ supported: [String]) -> Violation {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return Violation(
            path: path, cause: "FieldValueNotSupported",
            detail: "Unsupported value: \((value ?? "").text): supported values: \(list)")
    }
}
