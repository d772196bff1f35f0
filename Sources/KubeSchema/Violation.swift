import KubeModel

/// What the API server says of a field it does not accept, in its words and its order of parts.
///
/// The forms are those of k8s.io/apimachinery's field errors.
package struct Violation: Error, Equatable, Sendable, CustomStringConvertible {
    /// `spec.database.peers[0].ports`
    package var path: String
    /// The machine-readable cause in a `Status` body: `FieldValueInvalid`.
    package var cause: String
    /// Everything after the path: `Unsupported value: "x": supported values: "a", "b"`.
    package var detail: String

    package init(path: String, cause: String, detail: String) {
        self.path = path
        self.cause = cause
        self.detail = detail
    }

    package var description: String { path.isEmpty ? "<nil>: \(detail)" : "\(path): \(detail)" }

    static func required(_ path: String) -> Violation {
        Violation(path: path, cause: "FieldValueRequired", detail: "Required value")
    }

    static func type(_ path: String, expected: String, found: JSONValue) -> Violation {
        let name = path.isEmpty ? "<root>" : path
        return Violation(
            path: path, cause: "FieldValueTypeInvalid",
            detail:
                "Invalid value: \"\(found.typeName)\": \(name) in body must be of type \(expected): \"\(found.typeName)\""
        )
    }

    static func body(_ path: String, _ value: JSONValue, _ demand: String) -> Violation {
        Violation(
            path: path, cause: "FieldValueInvalid", detail: "Invalid value: \(shown(value)): \(path) in body \(demand)")
    }

    static func unsupported(_ path: String, _ value: JSONValue, _ supported: [JSONValue]) -> Violation {
        Violation(
            path: path, cause: "FieldValueNotSupported",
            detail:
                "Unsupported value: \(shown(value)): supported values: \(supported.map(\.text).joined(separator: ", "))"
        )
    }

    static func tooLong(_ path: String, limit: Int64) -> Violation {
        Violation(path: path, cause: "FieldValueTooLong", detail: "Too long: may not be more than \(limit) bytes")
    }

    static func tooMany(_ path: String, count: Int, limit: Int64) -> Violation {
        Violation(
            path: path, cause: "FieldValueTooMany", detail: "Too many: \(count): must have at most \(limit) items")
    }

    static func duplicate(_ path: String, _ value: JSONValue) -> Violation {
        Violation(path: path, cause: "FieldValueDuplicate", detail: "Duplicate value: \(value.text)")
    }

    static func rule(_ path: String, _ message: String) -> Violation {
        Violation(path: path, cause: "FieldValueInvalid", detail: "Invalid value: \(message)")
    }

    /// Added where the schema's own failures kept rules from being judged.
    static let rulesNotChecked = Violation(
        path: "", cause: "FieldValueInvalid",
        detail:
            "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
    )

    /// True for failures that make rules meaningless.
    var blocksRules: Bool {
        [
            "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany",
            "FieldValueTypeInvalid",
        ].contains(cause)
    }

    /// Scalars are shown; of an object or list only the kind.
    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .object, .array: "\"\(value.typeName)\""
        default: value.text
        }
    }
}
