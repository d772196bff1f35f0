import KubeModel

extension CaracalDeployment {
    /// The CustomResourceDefinition, complete. `crds/` holds its text, and a test compares the two.
    package static func customResourceDefinition(_ names: CatalogNames) -> JSONValue {
        let gvk = resource.gvk
        return [
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": ["name": .string(resource.qualifiedName)],
            "spec": [
                "group": .string(gvk.group),
                "scope": "Namespaced",
                "names": [
                    "plural": .string(resource.plural), "singular": "caracaldeployment", "kind": .string(gvk.kind),
                    "listKind": "CaracalDeploymentList", "shortNames": [.string(shortName)],
                    "categories": [.string(category)],
                ],
                "versions": [
                    [
                        "name": .string(gvk.version),
                        "served": true,
                        "storage": true,
                        "subresources": ["status": [:]],
                        "additionalPrinterColumns": .array(columns),
                        "schema": ["openAPIV3Schema": schema(names)],
                    ]
                ],
            ],
        ]
    }

    private static func schema(_ names: CatalogNames) -> JSONValue {
        let name = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
        let root = Schema.object(
            "One instance of Caracal: six components, hardened, kept so, and proven in status.", required: ["spec"],
            [
                ("apiVersion", .string("Version of this schema.", max: 64)),
                ("kind", .string("CaracalDeployment.", max: 64)),
                ("metadata", .object("Standard object metadata.", [])),
                ("spec", .spec(names)),
                ("status", .status),
            ]
        )
        .rule(
            "self.metadata.name.size() <= \(nameLimit) && self.metadata.name.matches('\(name)')",
            "metadata.name becomes part of Service names: at most \(nameLimit) lower-case letters, digits and '-', beginning with a letter"
        )
        // The API server takes metadata's schema from its own types and refuses anything but its type here.
        var json = root.json
        if var properties = json["properties"]?.object {
            properties["metadata"] = ["type": "object"]
            json["properties"] = .object(properties)
        }
        return .object(json)
    }

    private static let columns: [JSONValue] = [
        column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
        column("Status", ".status.conditions[?(@.type==\"Ready\")].reason"),
        column("Version", ".status.version"),
        column("Components", ".status.readyComponents"),
        column("Mode", ".spec.mode", priority: 1),
        column("Target", ".spec.version", priority: 1),
        column("Hardened", ".status.conditions[?(@.type==\"Hardened\")].status", priority: 1),
        column("Message", ".status.conditions[?(@.type==\"Ready\")].message", priority: 1),
        column("Age", ".metadata.creationTimestamp", type: "date"),
    ]

    private static func column(_ name: String, _ path: String, type: String = "string", priority: Int64 = 0)
        -> JSONValue
    {
        var column: JSONObject = ["name": .string(name), "type": .string(type), "jsonPath": .string(path)]
        if priority > 0 { column["priority"] = .integer(priority) }
        return .object(column)
    }
}
