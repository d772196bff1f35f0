import KubeModel

package struct DropAllCapabilities: ContainerRule {
    package static let id = "drop-all-capabilities"
    package static let demand = "Every container drops ALL capabilities and adds none but NET_BIND_SERVICE."
    package static let source = "Pod Security restricted; harden-production: drop Linux capabilities"
    let complaint = "keeps Linux capabilities: set capabilities.drop: [ALL] and add none"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        let capabilities = container.containerSecurity["capabilities"]
        let drops = capabilities?["drop"]?.array ?? []
        let adds = capabilities?["add"]?.array ?? []
        return !drops.contains("ALL") || adds.contains { $0 != "NET_BIND_SERVICE" }
    }
}
