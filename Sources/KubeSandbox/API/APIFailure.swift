import KubeModel
import KubeSchema

/// A refusal, as the `Status` the API server answers with.
struct APIFailure: Error {
    var code: Int
    var reason: String
    var message: String
    /// Empty where the server has nothing to say of the object, nil where it leaves them out.
    var details: JSONObject?

    var status: JSONValue {
        var status: JSONObject = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
        ]
        if !reason.isEmpty { status["reason"] = .string(reason) }
        if let details { status["details"] = .object(details) }
        status["code"] = .integer(Int64(code))
        return .object(status)
    }

    private static func details(_ info: ResourceInfo, _ name: String) -> JSONObject {
        var details: JSONObject = ["name": .string(name)]
        if !info.type.gvk.group.isEmpty { details["group"] = .string(info.type.gvk.group) }
        details["kind"] = .string(info.type.plural)
        return details
    }

    static func notFound(_ info: ResourceInfo, _ name: String) -> APIFailure {
        APIFailure(
            code: 404, reason: "NotFound", message: "\(info.type.qualifiedName) \"\(name)\" not found",
            details: details(info, name))
    }

    static let noSuchPath = APIFailure(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource", details: [:])

    static func alreadyExists(_ info: ResourceInfo, _ name: String) -> APIFailure {
        APIFailure(
            code: 409, reason: "AlreadyExists", message: "\(info.type.qualifiedName) \"\(name)\" already exists",
            details: details(info, name))
    }

    static func conflict(_ info: ResourceInfo, _ name: String, _ why: String) -> APIFailure {
        APIFailure(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(info.type.qualifiedName) \"\(name)\": \(why)",
            details: details(info, name))
    }

    /// A uid or version that is not the object's, as the storage says it.
    static func precondition(
        _ info: ResourceInfo, _ object: JSONValue, _ what: String, _ wanted: String, _ found: String
    )
        -> APIFailure
    {
        let place = object.namespace.isEmpty ? object.name : "\(object.namespace)/\(object.name)"
        let group = info.schema == nil ? "" : "\(info.type.gvk.group)/"
        let directory =
            ["services": "services/specs", "ingresses": "ingress", "leases": "leases"][info.type.plural]
            ?? info.type.plural
        return conflict(
            info, object.name,
            "StorageError: invalid object, Code: 4, Key: /\(group)\(directory)/\(place), ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: \(what) in precondition: \(wanted), \(what) in object meta: \(found)"
        )
    }

    static let staleVersion =
        "the object has been modified; please apply your changes to the latest version and try again"

    static func badRequest(_ message: String) -> APIFailure {
        APIFailure(code: 400, reason: "BadRequest", message: message)
    }

    static func invalid(_ info: ResourceInfo, _ name: String, _ violations: [Violation]) -> APIFailure {
        invalid(group: info.type.gvk.group, kind: info.type.gvk.kind, name, violations)
    }

    static func invalidOptions(_ kind: String, _ violations: [Violation]) -> APIFailure {
        invalid(group: "meta.k8s.io", kind: kind, "", violations)
    }

    static func invalid(group: String, kind: String, _ name: String, _ violations: [Violation]) -> APIFailure {
        let list = violations.map(\.description)
        let text = list.count == 1 ? list[0] : "[\(list.joined(separator: ", "))]"
        var details: JSONObject = [:]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        details["kind"] = .string(kind)
        details["causes"] = .array(
            violations.map {
                [
                    "reason": .string($0.cause), "message": .string($0.detail),
                    "field": .string($0.path.isEmpty ? "<nil>" : $0.path),
                ]
            })
        let qualified = group.isEmpty ? kind : "\(kind).\(group)"
        return APIFailure(
            code: 422, reason: "Invalid", message: "\(qualified) \"\(name)\" is invalid: \(text)", details: details)
    }

    static let badContinueToken = APIFailure.badRequest("continue key is not valid: encoded continue token is invalid")

    static func versionRequired(_ info: ResourceInfo, _ name: String) -> APIFailure {
        // The server names the resource here, and not the kind.
        var failure = invalid(
            info, name,
            [
                Violation(
                    path: "metadata.resourceVersion", cause: "FieldValueInvalid",
                    detail: "Invalid value: 0: must be specified for an update")
            ])
        failure.details?["kind"] = .string(info.type.plural)
        failure.message =
            "\(info.type.qualifiedName) \"\(name)\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update"
        return failure
    }

    /// A patch that makes a custom resource another kind.
    static func wrongIdentity(_ info: ResourceInfo, _ object: JSONValue) -> APIFailure {
        let gvk = info.type.gvk
        let wanted = [("apiVersion", gvk.apiVersion), ("kind", gvk.kind)]
        return invalid(
            group: "", kind: gvk.kind, object.name,
            wanted.filter { object[$0.0]?.string != $0.1 }.map { field, value in
                .invalid(field, object[field], "must be \(value)")
            })
    }

    static func terminating(_ info: ResourceInfo, _ name: String, _ namespace: String) -> APIFailure {
        var failure = APIFailure(
            code: 403, reason: "Forbidden",
            message:
                "\(info.type.qualifiedName) \"\(name)\" is forbidden: unable to create new content in namespace \(namespace) because it is being terminated",
            details: details(info, name))
        failure.details?["causes"] = [
            [
                "reason": "NamespaceTerminating", "message": .string("namespace \(namespace) is being terminated"),
                "field": "metadata.namespace",
            ]
        ]
        return failure
    }

    /// By manager, as the server lists them.
    static func applyConflict(_ conflicts: [ManagedFields.Conflict], _ apiVersion: String) -> APIFailure {
        func named(_ conflict: ManagedFields.Conflict) -> String {
            conflict.owner.text(apiVersion)
        }
        var text = "Apply failed with \(conflicts.count) conflicts: "
        if conflicts.count == 1, let only = conflicts.first {
            text = "Apply failed with 1 conflict: conflict with \(named(only)): \(FieldSet.text(only.path))"
        } else {
            var managers: [String] = []
            for conflict in conflicts where !managers.contains(named(conflict)) { managers.append(named(conflict)) }
            text += managers.map { manager in
                let paths = conflicts.filter { named($0) == manager }.map { "- \(FieldSet.text($0.path))" }
                return (["conflicts with \(manager):"] + paths).joined(separator: "\n")
            }.joined(separator: "\n")
        }
        let causes: [JSONValue] = conflicts.map {
            [
                "reason": "FieldManagerConflict", "message": .string("conflict with \(named($0))"),
                "field": .string(FieldSet.text($0.path)),
            ]
        }
        return APIFailure(code: 409, reason: "Conflict", message: text, details: ["causes": .array(causes)])
    }

    static let expired = APIFailure(code: 410, reason: "Expired", message: "too old resource version")
}
