import KubeModel
import KubeSchema

/// A refusal, as the `Status` the API server answers with.
struct APIFailure: Error {
    var code: Int
    var reason: String
    var message: String
    var details: JSONObject = [:]

    var status: JSONValue {
        var status: JSONObject = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
        ]
        if !reason.isEmpty { status["reason"] = .string(reason) }
        if !details.isEmpty { status["details"] = .object(details) }
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
        code: 404, reason: "NotFound", message: "the server could not find the requested resource")

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

    static let staleVersion =
        "the object has been modified; please apply your changes to the latest version and try again"

    static func badRequest(_ message: String) -> APIFailure {
        APIFailure(code: 400, reason: "BadRequest", message: message)
    }

    static func invalid(_ info: ResourceInfo, _ name: String, _ violations: [Violation]) -> APIFailure {
        let list = violations.map(\.description)
        let text = list.count == 1 ? list[0] : "[\(list.joined(separator: ", "))]"
        let gvk = info.type.gvk
        var details: JSONObject = ["name": .string(name)]
        if !gvk.group.isEmpty { details["group"] = .string(gvk.group) }
        details["kind"] = .string(gvk.kind)
        details["causes"] = .array(
            violations.map {
                [
                    "reason": .string($0.cause), "message": .string($0.detail),
                    "field": .string($0.path.isEmpty ? "<nil>" : $0.path),
                ]
            })
        let kind = gvk.group.isEmpty ? gvk.kind : "\(gvk.kind).\(gvk.group)"
        return APIFailure(
            code: 422, reason: "Invalid", message: "\(kind) \"\(name)\" is invalid: \(text)", details: details)
    }

    static let expired = APIFailure(code: 410, reason: "Expired", message: "too old resource version")
}
