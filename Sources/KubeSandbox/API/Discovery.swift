import KubeModel
import KubeSchema

extension SandboxCluster {
    /// `/api`, `/apis`, `/version`, `/openapi/v3` and what lies below; nil for anything else.
    func discovery(_ path: RequestPath) -> JSONValue? {
        let segments = path.segments
        switch segments.first {
        case "version" where segments.count == 1:
            return ["major": "1", "minor": "36", "gitVersion": "v1.36.0-sandbox", "platform": "linux/amd64"]
        case "healthz", "readyz", "livez": return "ok"
        case "api" where segments.count == 1: return ["kind": "APIVersions", "versions": ["v1"]]
        case "api" where segments.count == 2: return resourceList("", segments[1])
        case "apis" where segments.count == 1:
            return ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(group))]
        case "apis" where segments.count == 2: return groups.contains(segments[1]) ? group(segments[1]) : nil
        case "apis" where segments.count == 3: return resourceList(segments[1], segments[2])
        case "openapi" where segments.count == 2 && segments[1] == "v3": return openAPIIndex
        case "openapi" where segments.count > 2 && segments[1] == "v3":
            return openAPI(segments.dropFirst(2).joined(separator: "/"))
        default: return nil
        }
    }

    private var groups: [String] { Set(infos.map(\.type.gvk.group)).subtracting([""]).sorted() }

    private func group(_ name: String) -> JSONValue {
        let versions = Set(infos.filter { $0.type.gvk.group == name }.map(\.type.gvk.version)).sorted()
        let entries: [JSONValue] = versions.map { ["groupVersion": .string("\(name)/\($0)"), "version": .string($0)] }
        return [
            "kind": "APIGroup", "apiVersion": "v1", "name": .string(name), "versions": .array(entries),
            "preferredVersion": entries.first ?? .null,
        ]
    }

    private func resourceList(_ group: String, _ version: String) -> JSONValue? {
        let kinds = infos.filter { $0.type.gvk.group == group && $0.type.gvk.version == version }
        guard !kinds.isEmpty else { return nil }
        var resources: [JSONValue] = []
        for info in kinds {
            var entry: JSONObject = [
                "name": .string(info.type.plural), "singularName": .string(info.singular),
                "namespaced": .bool(info.type.isNamespaced),
                "kind": .string(info.type.gvk.kind),
                "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
            ]
            if !info.shortNames.isEmpty { entry["shortNames"] = .array(info.shortNames.map(JSONValue.string)) }
            if !info.categories.isEmpty { entry["categories"] = .array(info.categories.map(JSONValue.string)) }
            resources.append(.object(entry))
            for (subresource, exists) in [("status", info.hasStatus), ("scale", info.hasScale)] where exists {
                var sub: JSONObject = [
                    "name": .string("\(info.type.plural)/\(subresource)"), "singularName": "",
                    "namespaced": .bool(info.type.isNamespaced),
                    "kind": subresource == "scale" ? "Scale" : .string(info.type.gvk.kind),
                    "verbs": ["get", "patch", "update"],
                ]
                if subresource == "scale" {
                    sub["group"] = "autoscaling"
                    sub["version"] = "v1"
                }
                resources.append(.object(sub))
            }
        }
        let groupVersion = group.isEmpty ? version : "\(group)/\(version)"
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion),
            "resources": .array(resources),
        ]
    }

    // MARK: OpenAPI v3, as far as kubectl reads it: explain, and whether fieldValidation may be asked for

    private static func openAPIName(_ info: ResourceInfo) -> String {
        let gvk = info.type.gvk
        return info.type.gvk.group.isEmpty ? "api/\(gvk.version)" : "apis/\(gvk.group)/\(gvk.version)"
    }

    private var openAPIIndex: JSONValue {
        let names = Set(infos.map(Self.openAPIName)).sorted()
        return [
            "paths": .object(
                JSONObject(
                    names.map { name in
                        (
                            name,
                            [
                                "serverRelativeURL": .string(
                                    "/openapi/v3/\(name)?hash=\(StableHash.of("\(revision) \(name)"))")
                            ]
                        )
                    }))
        ]
    }

    private func openAPI(_ name: String) -> JSONValue? {
        let kinds = infos.filter { Self.openAPIName($0) == name }
        guard !kinds.isEmpty else { return nil }
        var paths = JSONObject()
        var schemas = JSONObject()
        for info in kinds {
            let gvk = info.type.gvk
            let id: JSONValue = [
                "group": .string(gvk.group), "version": .string(gvk.version), "kind": .string(gvk.kind),
            ]
            let schemaName =
                gvk.group.isEmpty
                ? "io.k8s.api.core.\(gvk.version).\(gvk.kind)"
                : "\(gvk.group.split(separator: ".").reversed().joined(separator: ".")).\(gvk.version).\(gvk.kind)"
            let scope = info.type.isNamespaced ? "/namespaces/{namespace}" : ""
            let parameters: [JSONValue] = ["dryRun", "fieldManager", "fieldValidation", "force"].map {
                ["name": .string($0), "in": "query", "schema": ["type": "string"]]
            }
            let operation: JSONValue = [
                "parameters": .array(parameters), "x-kubernetes-group-version-kind": id,
                "responses": [
                    "200": [
                        "description": "OK",
                        "content": [
                            "application/json": ["schema": ["$ref": .string("#/components/schemas/\(schemaName)")]]
                        ],
                    ]
                ],
            ]
            func action(_ verb: String) -> JSONValue {
                var copy = operation
                copy.set(["x-kubernetes-action"], .string(verb))
                return copy
            }
            paths["/\(name)\(scope)/\(info.type.plural)"] = ["get": action("list"), "post": action("post")]
            paths["/\(name)\(scope)/\(info.type.plural)/{name}"] = [
                "get": action("get"), "put": action("put"), "patch": action("patch"), "delete": action("delete"),
            ]
            var schema =
                info.schema?.json ?? [
                    "type": "object",
                    "description": .string(
                        "\(gvk.kind), as Kubernetes documents it. This server does not carry its schema."),
                    "x-kubernetes-preserve-unknown-fields": true,
                ]
            schema.set(["x-kubernetes-group-version-kind"], [id])
            schemas[schemaName] = schema
        }
        return [
            "openapi": "3.0.0", "info": ["title": "Caracal sandbox", "version": "v1.36.0-sandbox"],
            "paths": .object(paths),
            "components": ["schemas": .object(schemas)],
        ]
    }
}
