import KubeModel

package struct ReadOnlyRootFilesystem: ContainerRule {
    package static let id = "read-only-root-filesystem"
    package static let demand = "The root file system of every container is read-only."
    package static let source = "harden-production: read-only filesystems"
    let complaint = "can write to its root file system: set readOnlyRootFilesystem: true"

    func isBroken(_ container: JSONValue, _ pod: PodView) -> Bool {
        container.containerSecurity["readOnlyRootFilesystem"]?.bool != true
    }
}
