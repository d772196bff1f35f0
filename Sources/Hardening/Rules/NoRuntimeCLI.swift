import KubeModel

package struct NoRuntimeCLI: ContainerRule {
    package static let id = "no-runtime-cli"
    package static let demand = "The runtime CLI's image is not deployed: it is a distribution, not a workload."
    package static let source = "harden-production: runtime CLI"
    let complaint = "runs the runtime CLI's image: management goes through the console and the API"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        let image = container["image"]?.string ?? ""
        return image.split(separator: "/").last?.split(separator: ":").first?.split(separator: "@").first
            == "caracal-runtime"
    }
}
