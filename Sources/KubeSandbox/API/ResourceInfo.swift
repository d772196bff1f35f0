import KubeModel
import KubeSchema

/// A kind this server serves.
struct ResourceInfo: Sendable {
    var type: ResourceType
    var singular: String
    var shortNames: [String] = []
    var categories: [String] = []
    var hasStatus = true
    var hasScale = false
    /// Only custom resources have one; built-in kinds have their Go types in ``TypeTable``.
    var schema: StructuralSchema? {
        didSet { customType = schema.map { FieldType.custom($0) } }
    }
    private var customType: FieldType?
    var columns: [Column] = []

    struct Column: Sendable {
        var name: String
        var type: String
        var path: String
        var priority: Int64
    }

    var groupVersion: String { type.gvk.apiVersion }

    init(
        type: ResourceType, singular: String, shortNames: [String] = [], categories: [String] = [],
        hasStatus: Bool = true, hasScale: Bool = false
    ) {
        self.type = type
        self.singular = singular
        self.shortNames = shortNames
        self.categories = categories
        self.hasStatus = hasStatus
        self.hasScale = hasScale
    }

    /// What its documents look like; anything under metadata for the kinds that are taken as they come.
    var fieldType: FieldType { customType ?? TypeTable.type(type.gvk) ?? Self.looseType }

    private static let looseType = FieldType.map(
        StructType(
            name: "",
            fields: [
                Field(name: "apiVersion", type: .scalar(.string)), Field(name: "kind", type: .scalar(.string)),
                Field(name: "metadata", type: .named("ObjectMeta")),
            ], element: .any))

    static let builtIn: [ResourceInfo] = [
        ResourceInfo(type: .namespaces, singular: "namespace", shortNames: ["ns"]),
        ResourceInfo(type: .nodes, singular: "node", shortNames: ["no"]),
        ResourceInfo(type: .pods, singular: "pod", shortNames: ["po"], categories: ["all"]),
        ResourceInfo(type: .secrets, singular: "secret", hasStatus: false),
        ResourceInfo(type: .configMaps, singular: "configmap", shortNames: ["cm"], hasStatus: false),
        ResourceInfo(type: .services, singular: "service", shortNames: ["svc"], categories: ["all"]),
        ResourceInfo(type: .serviceAccounts, singular: "serviceaccount", shortNames: ["sa"], hasStatus: false),
        ResourceInfo(type: .resourceQuotas, singular: "resourcequota", shortNames: ["quota"]),
        ResourceInfo(type: .persistentVolumeClaims, singular: "persistentvolumeclaim", shortNames: ["pvc"]),
        ResourceInfo(
            type: ResourceType("", "v1", "Event", "events"), singular: "event", shortNames: ["ev"], hasStatus: false),
        ResourceInfo(type: .events, singular: "event", shortNames: ["ev"], hasStatus: false),
        ResourceInfo(
            type: .deployments, singular: "deployment", shortNames: ["deploy"], categories: ["all"], hasScale: true),
        ResourceInfo(
            type: .statefulSets, singular: "statefulset", shortNames: ["sts"], categories: ["all"], hasScale: true),
        ResourceInfo(
            type: .replicaSets, singular: "replicaset", shortNames: ["rs"], categories: ["all"], hasScale: true),
        ResourceInfo(type: .jobs, singular: "job", categories: ["all"]),
        ResourceInfo(type: .networkPolicies, singular: "networkpolicy", shortNames: ["netpol"], hasStatus: false),
        ResourceInfo(type: .ingresses, singular: "ingress", shortNames: ["ing"]),
        ResourceInfo(type: .podDisruptionBudgets, singular: "poddisruptionbudget", shortNames: ["pdb"]),
        ResourceInfo(
            type: .horizontalPodAutoscalers, singular: "horizontalpodautoscaler", shortNames: ["hpa"],
            categories: ["all"]),
        ResourceInfo(type: .leases, singular: "lease", hasStatus: false),
        ResourceInfo(
            type: ResourceType("rbac.authorization.k8s.io", "v1", "Role", "roles"), singular: "role", hasStatus: false),
        ResourceInfo(
            type: ResourceType("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
            singular: "rolebinding",
            hasStatus: false),
        ResourceInfo(
            type: ResourceType("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", isNamespaced: false),
            singular: "clusterrole", hasStatus: false),
        ResourceInfo(
            type: ResourceType(
                "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", isNamespaced: false),
            singular: "clusterrolebinding", hasStatus: false),
        ResourceInfo(
            type: .customResourceDefinitions, singular: "customresourcedefinition", shortNames: ["crd", "crds"],
            categories: ["api-extensions"]),
    ]

    /// The kinds a CustomResourceDefinition adds; throws for a schema with rules that are not known here.
    static func custom(_ crd: JSONValue) throws(CELError) -> [ResourceInfo] {
        let group = crd.at("spec", "group")?.string ?? ""
        let names = crd.at("spec", "names") ?? [:]
        var infos: [ResourceInfo] = []
        for version in crd.at("spec", "versions")?.array ?? [] where version["served"]?.bool == true {
            let type = ResourceType(
                group, version["name"]?.string ?? "", names["kind"]?.string ?? "", names["plural"]?.string ?? "",
                isNamespaced: crd.at("spec", "scope")?.string == "Namespaced")
            var info = ResourceInfo(type: type, singular: names["singular"]?.string ?? "")
            info.shortNames = names["shortNames"]?.array?.compactMap(\.string) ?? []
            info.categories = names["categories"]?.array?.compactMap(\.string) ?? []
            info.hasStatus = version.at("subresources", "status") != nil
            info.hasScale = version.at("subresources", "scale") != nil
            if let schema = version.at("schema", "openAPIV3Schema") { info.schema = try StructuralSchema(schema) }
            info.columns = (version["additionalPrinterColumns"]?.array ?? []).map {
                Column(
                    name: $0["name"]?.string ?? "", type: $0["type"]?.string ?? "string",
                    path: $0["jsonPath"]?.string ?? "",
                    priority: $0["priority"]?.integer ?? 0)
            }
            infos.append(info)
        }
        return infos
    }
}
