import KubeModel

package struct PrivateServices: HardeningRule {
    package static let id = "private-services"
    package static let demand = "Every Service is ClusterIP, without external addresses: the edge is the only way in."
    package static let source = "harden-production: private ClusterIP traffic"

    package func check(_ object: JSONValue) -> [Finding] {
        guard object.kind == "Service", let spec = object["spec"] else { return [] }
        var found: [Finding] = []
        let type = spec["type"]?.string ?? "ClusterIP"
        if type != "ClusterIP" {
            found.append(
                finding(object, "is a \(type) Service: it opens the component beside the edge. Make it ClusterIP"))
        }
        if spec["externalIPs"]?.array?.isEmpty == false {
            found.append(
                finding(
                    object,
                    "has externalIPs: kubectl patch service \(object.name) -n \(object.namespace) --type json -p '[{\"op\":\"remove\",\"path\":\"/spec/externalIPs\"}]'"
                ))
        }
        return found
    }
}
