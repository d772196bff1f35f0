import CaracalAPI
import CaracalCatalog
import KubeModel

/// Components that spill undelivered audit events: one volume per pod, kept when the pod, the set or the instance goes
/// (trap 12).
struct StatefulSetRenderer: ResourceRenderer {
    static let kinds = [StatefulSet.resource]
    private static let claim = "replay"

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        try context.catalog.components.compactMap { component in
            guard let path = component.replayPath else { return nil }
            let set = statefulSet(component, path, context)
            return try RenderedObject(set, .workload, component.name)
        }
    }

    private func statefulSet(_ component: Component, _ path: String, _ context: RenderContext) -> StatefulSet {
        let workload = WorkloadTemplate(component: component, context: context)
        return StatefulSet {
            $0.metadata = context.metadata(
                context.name(component.name), component.name,
                annotations: context.scannerWaivers(image: component.image, user: nonRootUser))
            $0.spec = StatefulSet.Spec {
                $0.replicas = workload.replicas
                $0.revisionHistoryLimit = 5
                $0.serviceName = ServiceRenderer.headlessName(component, context)
                $0.podManagementPolicy = "Parallel"
                $0.persistentVolumeClaimRetentionPolicy = .init(whenDeleted: "Retain", whenScaled: "Retain")
                $0.updateStrategy = .init(type: "RollingUpdate")
                $0.selector = LabelSelector(matchLabels: context.selector(component.name))
                $0.template = workload.template(mounts: [VolumeMount(name: Self.claim, mountPath: path)])
                $0.volumeClaimTemplates = [claim(component, context)]
            }
        }
    }

    /// Immutable. Its labels are ours alone, so that a change of the user's labels can never touch it.
    private func claim(_ component: Component, _ context: RenderContext) -> StatefulSet.ClaimTemplate {
        let replay = context.spec.settings(component.name.rawValue).replay
        return StatefulSet.ClaimTemplate {
            $0.metadata = ObjectMeta {
                $0.name = Self.claim
                $0.labels = context.selector(component.name)
            }
            $0.spec = StatefulSet.ClaimSpec {
                $0.accessModes = ["ReadWriteOnce"]
                $0.storageClassName = replay?.storageClassName
                $0.volumeMode = "Filesystem"
                $0.resources = Resources(requests: ["storage": replay?.size ?? "1Gi"])
            }
        }
    }
}
