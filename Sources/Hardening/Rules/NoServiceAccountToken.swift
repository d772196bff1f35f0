import KubeModel

package struct NoServiceAccountToken: HardeningRule {
    package static let id = "no-service-account-token"
    package static let demand = "No pod and no service account mounts an API token."
    package static let source = "CIS 5.1.6; NSA hardening guide"

    package func check(_ object: JSONValue) -> [Finding] {
        let value = object.kind == "ServiceAccount" ? object : PodView(object)?.spec
        guard let value, value["automountServiceAccountToken"]?.bool != false else { return [] }
        return [finding(object, "an API token is mounted: set automountServiceAccountToken: false")]
    }
}
