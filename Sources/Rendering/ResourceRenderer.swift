import CaracalAPI
import CaracalCatalog
import KubeModel

/// What an object is for. Reconciling orders its writes by it.
package enum ObjectRole: Int, Sendable, Comparable, CaseIterable {
    case identity, configuration, networkPolicy, service, disruption, job, workload, scaling, edge, monitoring

    package static func < (left: ObjectRole, right: ObjectRole) -> Bool { left.rawValue < right.rawValue }
}

/// One object as it is applied.
package struct RenderedObject: Sendable, Hashable {
    package var resource: ResourceType
    package var role: ObjectRole
    package var component: ComponentName?
    package var document: JSONValue

    package var name: String { document.name }
    package var key: ObjectKey { document.key }
    /// Labels of the pods it makes; nil for what makes none.
    package var podLabels: [String: String]? { document.at("spec", "template")?.labels }
    package var makesPods: Bool { role == .workload || role == .job }
    /// What `stamped()` noted: the same for the same document.
    package var digest: String { document.at("metadata", "annotations", Annotation.applied)?.string ?? "" }

    package init(_ object: some KubeObject, _ role: ObjectRole, _ component: ComponentName? = nil) throws {
        resource = type(of: object).resource
        self.role = role
        self.component = component
        document = try object.document()
    }
}

extension RenderedObject {
    /// With the digest of its own document, which tells later that a field we once set is no longer wanted.
    package func stamped() -> RenderedObject {
        var copy = self
        copy.document.set(["metadata", "annotations", Annotation.applied], nil)
        let digest = StableHash.of(copy.document)
        copy.document.set(["metadata", "annotations", Annotation.applied], .string(digest))
        return copy
    }
}

/// Renders one kind of object for an instance. One renderer is one file, one line in ``ResourceCatalog`` and one
/// golden per fixture; watched kinds, prunable kinds and the RBAC test derive from that list.
package protocol ResourceRenderer: Sendable {
    /// The kinds this renderer can make.
    static var kinds: [ResourceType] { get }
    /// True where a cluster may lack the kinds; they are then skipped and named in status.
    static var isOptional: Bool { get }
    /// The objects wanted now; none is a valid answer. Throws `RenderError` for a spec that cannot be honoured.
    func render(_ context: RenderContext) throws -> [RenderedObject]
}

extension ResourceRenderer {
    package static var isOptional: Bool { false }
}

package enum ResourceCatalog {
    package static let all: [any ResourceRenderer] = [
        ServiceAccountRenderer(),
        ControlGateRenderer(),
        AllowlistRenderer(),
        DefaultDenyRenderer(),
        ComponentPolicyRenderer(),
        ServiceRenderer(),
        MigrationJobRenderer(),
        DeploymentRenderer(),
        StatefulSetRenderer(),
        PodDisruptionBudgetRenderer(),
        AutoscalerRenderer(),
        IngressRenderer(),
        HTTPRouteRenderer(),
        ServiceMonitorRenderer(),
        PrometheusRuleRenderer(),
    ]

    /// Kinds made by an earlier release of this operator only. They are still watched, so that they can be pruned.
    package static let retired: [ResourceType] = []

    package static var kinds: [ResourceType] {
        var kinds: [ResourceType] = []
        for kind in all.flatMap({ type(of: $0).kinds }) + retired where !kinds.contains(kind) { kinds.append(kind) }
        return kinds
    }

    package static var optionalKinds: [ResourceType] {
        all.filter { type(of: $0).isOptional }.flatMap { type(of: $0).kinds }
    }

    /// Every object of an instance, in the order of the list above.
    package static func render(_ context: RenderContext) throws -> [RenderedObject] {
        try all.flatMap { renderer -> [RenderedObject] in
            let kinds = type(of: renderer).kinds
            if type(of: renderer).isOptional,
                !kinds.allSatisfy({ context.inputs.optionalKinds.contains($0.optionalID) })
            {
                return []
            }
            return try renderer.render(context).map { $0.stamped() }
        }
    }

    /// Kinds the spec asks for that the cluster does not have.
    package static func skipped(_ context: RenderContext) throws -> [String] {
        var skipped: [String] = []
        for renderer in all where type(of: renderer).isOptional {
            for kind in type(of: renderer).kinds where !context.inputs.optionalKinds.contains(kind.optionalID) {
                if try !renderer.render(context).isEmpty { skipped.append(kind.qualifiedName) }
            }
        }
        return skipped
    }
}

extension ResourceType {
    /// `monitoring.coreos.com/v1/ServiceMonitor`, as `render --api-versions` takes it.
    package var optionalID: String { "\(gvk.apiVersion)/\(gvk.kind)" }
}
