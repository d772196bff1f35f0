import CaracalAPI
import CaracalCatalog
import KubeModel

/// A budget that protects from losing every replica at once and can never block a drain: at least one pod may always
/// go, and a pod that is not ready may always be evicted.
struct PodDisruptionBudgetRenderer: ResourceRenderer {
    static let kinds = [PodDisruptionBudget.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        try context.catalog.components.map { component in
            let budget = PodDisruptionBudget {
                $0.metadata = context.metadata(context.name(component.name), component.name)
                $0.spec = PodDisruptionBudget.Spec {
                    $0.maxUnavailable = context.spec.settings(component.name.rawValue).disruption?.maxUnavailable ?? 1
                    $0.selector = LabelSelector(matchLabels: context.selector(component.name))
                    $0.unhealthyPodEvictionPolicy = "AlwaysAllow"
                }
            }
            return try RenderedObject(budget, .disruption, component.name)
        }
    }
}

struct AutoscalerRenderer: ResourceRenderer {
    static let kinds = [HorizontalPodAutoscaler.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        try context.catalog.components.filter(context.hasAutoscaler).map { component in
            let settings = context.spec.settings(component.name.rawValue).autoscaling
            let minimum = settings?.minReplicas ?? 2
            let target = component.replayPath == nil ? ResourceType.deployments : .statefulSets
            let autoscaler = HorizontalPodAutoscaler {
                $0.metadata = context.metadata(context.name(component.name), component.name)
                $0.spec = HorizontalPodAutoscaler.Spec {
                    $0.scaleTargetRef = .init(target, name: context.name(component.name))
                    $0.minReplicas = minimum
                    $0.maxReplicas = context.mostReplicas(component)
                    $0.metrics = [
                        .init("cpu", utilization: settings?.cpuUtilization ?? component.autoscaling.cpuUtilization),
                        .init(
                            "memory",
                            utilization: settings?.memoryUtilization ?? component.autoscaling.memoryUtilization),
                    ]
                    $0.behavior = behavior(component)
                }
            }
            return try RenderedObject(autoscaler, .scaling, component.name)
        }
    }

    /// Scale-in of a component with a replay volume would strand undelivered audit events (trap 12).
    private func behavior(_ component: Component) -> HorizontalPodAutoscaler.Behavior {
        HorizontalPodAutoscaler.Behavior {
            $0.scaleDown = HorizontalPodAutoscaler.Scaling {
                $0.stabilizationWindowSeconds = 300
                if component.replayPath != nil { $0.selectPolicy = "Disabled" }
            }
        }
    }
}
