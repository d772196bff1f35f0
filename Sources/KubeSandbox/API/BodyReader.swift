import KubeModel
import KubeSchema

/// Bodies become objects of a kind: read as Go reads them, pruned, with defaults; or a refusal in the server's words.
struct BodyReader {
    let info: ResourceInfo

    /// The body of a POST or PUT.
    func read(_ body: JSONValue, _ validation: WriteOptions.Validation) throws(APIFailure) -> JSONValue {
        let object = try identified(body)
        let read: (value: JSONValue, unknown: [String])
        do throws(TypedDecoder.Failure) { read = try decode(object) } catch { throw unreadable(error.message) }
        if validation == .strict, !read.unknown.isEmpty {
            throw unreadable("strict decoding error: \(Self.list(read.unknown))")
        }
        return info.schema == nil ? Defaults.filled(read.value) : read.value
    }

    /// What a merge or JSON patch made.
    func readPatched(_ object: JSONValue, _ validation: WriteOptions.Validation) throws(APIFailure) -> JSONValue {
        let read: (value: JSONValue, unknown: [String])
        let gvk = object.gvk
        if info.schema == nil, !Self.versions.contains(gvk.apiVersion) {
            throw badPatch(
                object,
                "no kind \"\(gvk.kind)\" is registered for version \"\(gvk.apiVersion)\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
            )
        }
        do throws(TypedDecoder.Failure) { read = try decode(object) } catch {
            throw badPatch(object, error.message)
        }
        if validation == .strict, !read.unknown.isEmpty {
            throw badPatch(object, "strict decoding error: \(Self.list(read.unknown))")
        }
        return info.schema == nil ? Defaults.filled(read.value) : read.value
    }

    /// What an apply made; its fields are known to be declared.
    func readApplied(_ object: JSONValue, patch: JSONValue) throws(APIFailure) -> JSONValue {
        let read: (value: JSONValue, unknown: [String])
        do throws(TypedDecoder.Failure) { read = try decode(object) } catch {
            let gvk = info.type.gvk
            let kind = "\(gvk.group)/\(gvk.version), Kind=\(gvk.kind)"
            throw APIFailure(
                code: 500, reason: "",
                message:
                    "failed to convert new object (\(patch.namespace)/\(patch.name); \(kind)) to proper version: unable to convert unstructured object to \(kind): \(error.message)"
            )
        }
        return info.schema == nil ? Defaults.filled(read.value) : read.value
    }

    /// What stands for an object that is not there yet: the structs that are always written.
    var nothing: JSONValue {
        let empty: JSONValue = .object([
            "apiVersion": .string(info.groupVersion), "kind": .string(info.type.gvk.kind),
        ])
        guard info.schema == nil else { return empty }
        return (try? decode(empty))?.value ?? empty
    }

    private static func list(_ unknown: [String]) -> String {
        unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", ")
    }

    private func decode(_ object: JSONValue) throws(TypedDecoder.Failure) -> (value: JSONValue, unknown: [String]) {
        guard let schema = info.schema else {
            guard let type = TypeTable.type(info.type.gvk) else { return (object, []) }
            return try TypedDecoder.decode(object, as: type)
        }
        var (value, unknown) = schema.prune(object)
        let metadata = try TypedDecoder.decode(object.metadata, as: .named("ObjectMeta"))
        value.set(["metadata"], metadata.value)
        unknown += metadata.unknown.map { "metadata.\($0)" }
        return (value, unknown)
    }

    /// The body with the kind of the request where it names none; another kind is refused.
    private func identified(_ body: JSONValue) throws(APIFailure) -> JSONValue {
        guard var object = body.object else {
            throw APIFailure.badRequest(
                "couldn't get version/kind; json parse error: json: cannot unmarshal \(body.typeName) into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
            )
        }
        for field in ["apiVersion", "kind"] {
            guard let value = object[field], value.string == nil, !value.isNull else { continue }
            let found = value.double == nil ? (value.bool == nil ? value.typeName : "bool") : "number"
            throw APIFailure.badRequest(
                "couldn't get version/kind; json parse error: json: cannot unmarshal \(found) into Go struct field .\(field) of type string"
            )
        }
        let own = info.type.gvk
        if object["kind"]?.string?.isEmpty ?? true { object["kind"] = .string(own.kind) }
        if object["apiVersion"]?.string?.isEmpty ?? true { object["apiVersion"] = .string(own.apiVersion) }
        let gvk = JSONValue.object(object).gvk
        guard gvk.apiVersion == own.apiVersion else {
            let served = Self.versions
            throw APIFailure.badRequest(
                info.schema == nil && !served.contains(gvk.apiVersion)
                    ? "\(gvk.kind) in version \"\(gvk.version)\" cannot be handled as a \(own.kind): no kind \"\(gvk.kind)\" is registered for version \"\(gvk.apiVersion)\" in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
                    : "the API version in the data (\(gvk.apiVersion)) does not match the expected API version (\(own.apiVersion))"
            )
        }
        guard gvk.kind == own.kind else { throw APIFailure.badRequest(wrongKind(gvk)) }
        return .object(object)
    }

    private func wrongKind(_ gvk: GroupVersionKind) -> String {
        let own = info.type.gvk
        let group = gvk.group.isEmpty ? gvk.version : "\(gvk.group)/\(gvk.version)"
        guard info.schema == nil, TypeTable.structs[gvk.kind] != nil else {
            return
                "no kind \"\(gvk.kind)\" is registered for version \"\(group)\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
        }
        return
            "\(gvk.kind) in version \"\(gvk.version)\" cannot be handled as a \(own.kind): converting (v1.\(gvk.kind)) to (core.\(own.kind)): unknown conversion"
    }

    /// The versions in which a built-in kind can be read at all.
    private static let versions = Set(ResourceInfo.builtIn.map(\.groupVersion))

    private func unreadable(_ why: String) -> APIFailure {
        let gvk = info.type.gvk
        return .badRequest("\(gvk.kind) in version \"\(gvk.version)\" cannot be handled as a \(gvk.kind): \(why)")
    }

    private func badPatch(_ object: JSONValue, _ why: String) -> APIFailure {
        let text = JSONValue.string(object.text).text
        let detail = "Invalid value: \(text): \(why)"
        return APIFailure(
            code: 422, reason: "Invalid", message: " \"\" is invalid: patch: \(detail)",
            details: [
                "causes": [["reason": "FieldValueInvalid", "message": .string(detail), "field": "patch"]]
            ])
    }
}
