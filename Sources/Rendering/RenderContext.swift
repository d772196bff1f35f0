import CaracalAPI
import CaracalCatalog
import KubeModel

/// What rendering may depend on besides the spec. There is no clock, client or file in it: the same inputs give the
/// same bytes, in the controller and offline.
package struct RenderInputs: Sendable, Equatable {
    package var ownerUID: String
    /// Kinds the cluster offers beyond the built-in ones, as `monitoring.coreos.com/v1/ServiceMonitor`.
    package var optionalKinds: Set<String>
    /// Optional keys that the Secrets hold.
    package var optionalKeys: Set<String>
    /// Keyed digests of the secret keys each component or job reads.
    package var fingerprints: [ComponentName: String]
    /// Where the operator's pods are, which ask services why they are not ready.
    package var operatorNamespace: String

    package init(
        ownerUID: String, optionalKinds: Set<String> = [], optionalKeys: Set<String> = [],
        fingerprints: [ComponentName: String] = [:], operatorNamespace: String = OperatorName.namespace
    ) {
        self.ownerUID = ownerUID
        self.optionalKinds = optionalKinds
        self.optionalKeys = optionalKeys
        self.fingerprints = fingerprints
        self.operatorNamespace = operatorNamespace
    }
}

/// Why a spec that the schema accepts cannot be rendered.
package struct RenderError: Error, Equatable, CustomStringConvertible {
    package var field: String
    package var message: String
    package init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }
    package var description: String { "\(field): \(message)" }
}

package struct RenderContext: Sendable {
    package let key: ObjectKey
    package let spec: CaracalSpec
    package let catalog: Catalog
    package let release: Release
    package let inputs: RenderInputs

    package init(key: ObjectKey, spec: CaracalSpec, catalog: Catalog, inputs: RenderInputs) throws(RenderError) {
        guard let release = catalog.release(spec.version) else {
            throw RenderError("spec.version", "\(spec.version) is not a release this operator knows")
        }
        self.key = key
        self.spec = spec
        self.catalog = catalog
        self.release = release
        self.inputs = inputs
    }

    package var isOpenShift: Bool { spec.platformOrDefault == .openShift }
    package var runsMigrations: Bool { spec.migrationPolicy != .external }

    /// `prod-sts`
    package func name(_ component: ComponentName) -> String { "\(key.name)-\(component)" }

    package func isOn(_ feature: Feature) -> Bool {
        switch feature {
        case .always: true
        case .control: spec.isControlEnabled
        case .tracing: spec.observability?.otlp != nil
        case .gatewayTLS: spec.gateway?.tls != nil
        case .trustBundle: spec.trust?.caBundles?.isEmpty == false
        case .signIn: isOn(.github) || isOn(.google) || isOn(.mail) || spec.mode != .dev
        case .github: spec.web?.signIn?.github != nil
        case .google: spec.web?.signIn?.google != nil
        case .mail: spec.web?.smtp != nil
        case .password: spec.web?.signIn?.password ?? false
        case .auditExport: spec.audit?.export?.s3 != nil
        case .podIdentity: spec.audit?.export?.s3?.cloudIdentity == .podIdentity
        case .allowlist: spec.web?.allowlist?.isEmpty == false
        case .noAllowlist: spec.web?.allowlist?.isEmpty != false
        case .metrics: spec.observability?.metrics?.peers?.isEmpty == false
        case .providers: spec.sts?.providers != nil
        case .upstreams: spec.gateway?.upstreams?.peers?.isEmpty == false
        }
    }

    package func servesTLS(_ component: Component) -> Bool { component.canServeTLS && isOn(.gatewayTLS) }

    package func hasAutoscaler(_ component: Component) -> Bool {
        guard spec.replicas(component.name.rawValue) > 0 else { return false }
        return spec.settings(component.name.rawValue).autoscaling?.enabled ?? component.autoscaling.isOnByDefault
    }

    /// The most pods a component can have, a roll-out's surge apart.
    package func mostReplicas(_ component: Component) -> Int32 {
        guard hasAutoscaler(component) else { return spec.replicas(component.name.rawValue) }
        let settings = spec.settings(component.name.rawValue).autoscaling
        return settings?.maxReplicas ?? max(component.autoscaling.maxReplicas, settings?.minReplicas ?? 2)
    }

    package func image(_ name: String) -> String {
        let registry = spec.images?.registry ?? "ghcr.io/garudex-labs"
        let reference = "\(registry)/\(name):\(release.tag)"
        guard let digest = spec.images?.digests?.first(where: { $0.image == name })?.digest else { return reference }
        return "\(reference)@\(digest)"
    }

    /// With a digest the content cannot change; a tag can, so it is asked for each time.
    package func pullPolicy(_ image: String) -> String {
        spec.images?.pullPolicy ?? (image.contains("@") ? "IfNotPresent" : "Always")
    }

    /// Where public scanners would ask for what this image or user cannot give.
    package func scannerWaivers(image name: String, user: Int64) -> [String: String] {
        var traps: Set<ScannerWaiver.Trap> = []
        let image = image(name)
        if !image.contains("@") {
            traps.insert(.imageByTag)
            if pullPolicy(image) != "Always" { traps.insert(.pullIfNotPresent) }
        }
        if user < 10_000, !isOpenShift { traps.insert(.lowUser) }
        return ScannerWaiver.annotations(traps)
    }

    // MARK: Identity of the objects

    /// Immutable once chosen: Deployments and StatefulSets cannot change their selectors.
    package func selector(_ component: ComponentName) -> [String: String] {
        [Label.name: OperatorName.partOf, Label.instance: key.name, Label.component: component.rawValue]
    }

    package var instanceSelector: [String: String] { [Label.name: OperatorName.partOf, Label.instance: key.name] }

    package func labels(_ component: ComponentName? = nil) -> [String: String] {
        var labels = instanceSelector
        labels[Label.component] = component?.rawValue
        labels[Label.partOf] = OperatorName.partOf
        labels[Label.managedBy] = OperatorName.managedBy
        labels[Label.deployment] = key.name
        return labels
    }

    package func metadata(
        _ name: String, _ component: ComponentName? = nil, annotations: [String: String] = [:]
    ) -> ObjectMeta {
        ObjectMeta {
            $0.name = name
            $0.namespace = key.namespace
            $0.labels = labels(component)
            $0.annotations = annotations.isEmpty ? nil : annotations
            $0.ownerReferences = [OwnerReference(CaracalDeployment.resource.gvk, name: key.name, uid: inputs.ownerUID)]
        }
    }
}
