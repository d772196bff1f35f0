import CaracalAPI
import CaracalCatalog
import KubeModel

/// Components that keep nothing between pods.
struct DeploymentRenderer: ResourceRenderer {
    static let kinds = [Deployment.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        try context.catalog.components.filter { $0.replayPath == nil }.map { component in
            let workload = WorkloadTemplate(component: component, context: context)
            let deployment = Deployment {
                $0.metadata = context.metadata(
                    context.name(component.name), component.name,
                    annotations: context.scannerWaivers(image: component.image, user: nonRootUser))
                $0.spec = Deployment.Spec {
                    $0.replicas = workload.replicas
                    $0.revisionHistoryLimit = 5
                    $0.progressDeadlineSeconds = 300
                    // Ours to say: a paused Deployment would hold every roll-out without a word.
                    $0.paused = false
                    $0.selector = LabelSelector(matchLabels: context.selector(component.name))
                    $0.strategy = Deployment.Strategy {
                        $0.type = "RollingUpdate"
                        $0.rollingUpdate = Deployment.RollingUpdate {
                            $0.maxUnavailable = 0
                            $0.maxSurge = 1
                        }
                    }
                    $0.template = workload.template()
                }
            }
            return try RenderedObject(deployment, .workload, component.name)
        }
    }
}
