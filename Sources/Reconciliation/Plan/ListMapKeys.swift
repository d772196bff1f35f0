/// Lists whose items the API server tells apart by keys, by the name of the field that holds them. Every other list is
/// one value.
///
/// From the `x-kubernetes-list-map-keys` and `patchMergeKey` of the published OpenAPI.
enum ListMapKeys {
    static func keys(_ field: String) -> [[String]] {
        switch field {
        case "containers", "initContainers", "volumes", "env", "imagePullSecrets": [["name"]]
        case "volumeMounts": [["mountPath"]]
        case "ports": [["containerPort", "protocol"], ["port", "protocol"]]
        case "topologySpreadConstraints": [["topologyKey", "whenUnsatisfiable"]]
        case "ownerReferences": [["uid"]]
        default: []
        }
    }
}
