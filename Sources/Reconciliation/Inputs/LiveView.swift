import CaracalAPI
import CaracalCatalog
import KubeModel
import KubeRuntime
import Rendering

/// The instance's objects as the caches show them at one moment.
package struct LiveView: Sendable {
    package struct ID: Hashable, Sendable {
        var kind: String
        var name: String
    }

    private var objects: [ID: JSONValue] = [:]
    /// By kind and name.
    package let owned: [JSONValue]
    /// Objects with our label that another controller owns: never touched, and in the way. One without an owner, or left
    /// by an earlier instance of the name, is adopted.
    private var foreign: Set<ID> = []
    package var pods: [JSONValue] = []

    package init(owner: String, objects: [JSONValue], pods: [JSONValue]) {
        for object in objects {
            let id = ID(kind: object.kind, name: object.name)
            if object.controllerOwner?.uid == owner {
                self.objects[id] = object
            } else if let other = object.controllerOwner, other.kind != CaracalDeployment.resource.gvk.kind {
                foreign.insert(id)
            }
        }
        owned = self.objects.sorted { ($0.key.kind, $0.key.name) < ($1.key.kind, $1.key.name) }.map(\.value)
        self.pods = pods
    }

    package func object(_ rendered: RenderedObject) -> JSONValue? {
        objects[ID(kind: rendered.resource.gvk.kind, name: rendered.name)]
    }

    package func object(kind: String, name: String) -> JSONValue? { objects[ID(kind: kind, name: name)] }

    package func isForeign(_ rendered: RenderedObject) -> Bool {
        foreign.contains(ID(kind: rendered.resource.gvk.kind, name: rendered.name))
    }

    package func workload(_ component: Component, _ context: RenderContext) -> JSONValue? {
        object(kind: component.replayPath == nil ? "Deployment" : "StatefulSet", name: context.name(component.name))
    }

    package func pods(of component: ComponentName) -> [JSONValue] {
        pods.filter { $0.label(Label.component) == component.rawValue }
    }
}

/// A workload's roll-out as its own status tells it.
package struct WorkloadProgress: Sendable, Equatable {
    package var wanted: Int64
    package var ready: Int64
    package var updated: Int64
    package var isObserved: Bool

    package init(_ workload: JSONValue, minimum: Int32?) {
        let replicas = workload.at("spec", "replicas")?.integer ?? 1
        // An autoscaler raises a fresh Deployment from one pod to its minimum; the roll-out is not over before that.
        wanted = replicas == 0 ? 0 : max(replicas, Int64(minimum ?? 0))
        ready = workload.at("status", "readyReplicas")?.integer ?? 0
        updated = workload.at("status", "updatedReplicas")?.integer ?? 0
        isObserved = (workload.at("status", "observedGeneration")?.integer ?? 0) >= workload.generation
        let total = workload.at("status", "replicas")?.integer ?? 0
        if total > max(replicas, updated) { updated = min(updated, replicas - 1) }
    }

    /// Every wanted pod has the current template and is ready.
    package var isComplete: Bool { isObserved && updated >= wanted && ready >= wanted }
}
