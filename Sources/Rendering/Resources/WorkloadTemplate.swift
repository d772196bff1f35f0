import CaracalAPI
import CaracalCatalog
import KubeModel

/// What Deployments and StatefulSets of components share.
struct WorkloadTemplate {
    let component: Component
    let context: RenderContext

    private var settings: CaracalSpec.ComponentSettings { context.spec.settings(component.name.rawValue) }

    /// nil while an autoscaler owns the count.
    var replicas: Int32? {
        context.hasAutoscaler(component) ? nil : context.spec.replicas(component.name.rawValue)
    }

    func template(mounts: [VolumeMount] = []) -> PodTemplate {
        let preStop: Int64 = 5
        return HardenedPodTemplate(context: context, name: component.name, user: nonRootUser).template(
            container: {
                $0.image = context.image(component.image)
                $0.imagePullPolicy = context.pullPolicy(context.image(component.image))
                $0.command = component.command
                $0.args = component.args
                $0.ports = [ContainerPort(name: portName, containerPort: component.port)]
                $0.resources = resources
                $0.volumeMounts = mounts
                $0.startupProbe = probe("/health", period: 5, failures: 30)
                $0.livenessProbe = probe("/health", period: 10, failures: component.livenessFailures)
                $0.readinessProbe = probe("/ready", period: 10, failures: 3)
                // Endpoints are taken away while the process still answers.
                $0.lifecycle = Lifecycle(preStopSleepSeconds: preStop)
            }, grace: preStop + component.drainSeconds + 10, isJob: false, scratch: component.scratch,
            extraLabels: settings.podLabels ?? [:])
    }

    private var portName: String { context.servesTLS(component) ? "https" : "http" }

    /// The handlers themselves wait for dependencies: a time-out of one second would kill healthy pods.
    private func probe(_ path: String, period: Int32, failures: Int32) -> Probe {
        Probe {
            $0.httpGet = .init(
                path: path, port: .string(portName), scheme: context.servesTLS(component) ? "HTTPS" : "HTTP")
            $0.periodSeconds = period
            $0.timeoutSeconds = component.readinessSeconds + 2
            $0.failureThreshold = failures
        }
    }

    private var resources: Resources {
        let sizes = component.resources
        let hasLargeScratch = component.scratch.contains { context.isOn($0.when) }
        let defaults = Resources(
            requests: ["cpu": sizes.cpuRequest, "memory": sizes.memoryRequest, "ephemeral-storage": "64Mi"],
            limits: [
                "cpu": sizes.cpuLimit, "memory": sizes.memoryLimit,
                "ephemeral-storage": hasLargeScratch ? "3Gi" : "512Mi",
            ])
        return Resources(
            requests: defaults.requests?.merging(settings.resources?.requests ?? [:]) { $1 },
            limits: defaults.limits?.merging(settings.resources?.limits ?? [:]) { $1 })
    }
}
