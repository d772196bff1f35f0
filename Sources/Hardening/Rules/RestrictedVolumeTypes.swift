import KubeModel

package struct RestrictedVolumeTypes: HardeningRule {
    package static let id = "restricted-volume-types"
    package static let demand =
        "Pods mount only configMap, secret, projected, emptyDir, downwardAPI, CSI and claim volumes."
    package static let source = "Pod Security restricted"
    private static let allowed: Set<String> = [
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
        "name",
    ]

    package func check(_ object: JSONValue) -> [Finding] {
        guard let pod = PodView(object) else { return [] }
        return pod.volumes.compactMap { volume in
            guard let kind = volume.object?.keys.first(where: { !Self.allowed.contains($0) }) else { return nil }
            return finding(object, "volume \(volume["name"]?.string ?? "?") is a \(kind) volume: use a restricted type")
        }
    }
}
