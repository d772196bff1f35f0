import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Preflight
import Rendering

extension Planner {
    func observe(_ plan: inout Plan) {
        for component in context.catalog.components {
            guard let workload = live.workload(component, context) else { continue }
            plan.progress[component.name] = WorkloadProgress(workload, minimum: minimum(component))
        }
    }

    func minimum(_ component: Component) -> Int32? {
        guard context.hasAutoscaler(component) else { return nil }
        return context.spec.settings(component.name.rawValue).autoscaling?.minReplicas ?? 2
    }

    /// What is held is known before any wave moves: a finding about a later one must not pass for what runs already.
    func judge(_ plan: inout Plan) {
        var held: Set<ComponentName> = []
        let migrated = plan.ledger.json.text
        for component in context.catalog.components {
            guard let object = objects.first(where: { $0.role == .workload && $0.component == component.name }) else {
                continue
            }
            guard let current = live.object(object) else {
                if hold(component.name, isNew: true, changesContent: true, &plan) { held.insert(component.name) }
                continue
            }
            let paths = memory.differences(stamped(object, migrated: migrated), current)
            guard paths.contains(where: { $0.hasPrefix("spec.template") }) else { continue }
            if isHeld(component, object, current, paths, &plan) { held.insert(component.name) }
        }
        // One that signs and one that verifies, one that logs in and one that lets in: all of a key's readers or none.
        let paused = context.catalog.components.map(\.name).filter { context.spec.isPaused($0.rawValue) }
        let stuck = held.union(blocked).union(paused)
        var together: Set<ComponentName> = []
        for readers in rotation?.pendingReaders ?? [] where !readers.isDisjoint(with: stuck) {
            together.formUnion(readers.subtracting(stuck))
        }
        let waiting = together.filter { name in
            context.catalog.component(name).map { live.workload($0, context) != nil } ?? false
        }
        if !waiting.isEmpty {
            plan.obstacles.append(
                Obstacle(
                    reason: .rollingOut,
                    message:
                        "\(waiting.sorted().map(\.rawValue).joined(separator: ", ")) wait for the other readers of the keys that changed: they get the new values together"
                ))
        }
        plan.heldComponents = held.union(waiting)
    }

    func roll(_ plan: inout Plan) {
        let migrated = plan.ledger.json.text
        for wave in Waves.merged(context.catalog.waves, rotation?.together ?? []) {
            var waiting: [String] = []
            for component in wave {
                guard let object = objects.first(where: { $0.role == .workload && $0.component == component.name })
                else { continue }
                if blocked.contains(component.name) || context.spec.isPaused(component.name.rawValue) { continue }
                if let wait = roll(component, stamped(object, migrated: migrated), &plan) {
                    waiting.append(wait)
                    plan.wave.append(component.name)
                }
            }
            if !waiting.isEmpty {
                plan.waitingFor = waiting.joined(separator: ", ")
                plan.obstacles.append(
                    Obstacle(reason: .rollingOut, message: "waiting for \(waiting.joined(separator: ", "))"))
                return
            }
        }
    }

    /// What the wave waits for, nil when the component is current and ready, or held.
    private func roll(_ component: Component, _ object: RenderedObject, _ plan: inout Plan) -> String? {
        guard let current = live.object(object) else {
            guard !isTaken(object, &plan) else { return "\(component.name): its name is taken" }
            if plan.heldComponents.contains(component.name) { return nil }
            plan.isRolling = true
            plan.writes.append(Write(object: object, paths: ["(new)"], isNew: true))
            return "\(component.name) to start"
        }
        if current.isTerminating { return "\(object.resource.gvk.kind) \(object.name) to be gone" }
        let paths = memory.differences(object, current)
        if let immutable = paths.first(where: Immutable.isImmutable(object.resource.gvk.kind)) {
            plan.obstacles.append(Immutable.obstacle(object, immutable, context.key.namespace))
            return "\(component.name): \(immutable) cannot change"
        }
        let rollsPods = paths.contains { $0.hasPrefix("spec.template") }
        if rollsPods, plan.heldComponents.contains(component.name) {
            return progress(of: component, current, &plan)
        }
        if !paths.isEmpty {
            plan.isRolling = true
            plan.writes.append(Write(object: object, handsOverReplicas: handOver(object, current), paths: paths))
            return "\(component.name) to roll"
        }
        return progress(of: component, current, &plan)
    }

    /// Whether something keeps the component's pods as they are; says so in the plan.
    private func isHeld(
        _ component: Component, _ object: RenderedObject, _ current: JSONValue, _ paths: [String], _ plan: inout Plan
    ) -> Bool {
        let changesContent = paths.contains(Stamp.fingerprintPath)
        if hold(component.name, isNew: false, changesContent: changesContent, &plan) { return true }
        if let rotation = plan.rotationHolds.first(where: { $0.readers.contains(component.name) }) {
            if !plan.obstacles.contains(rotation.obstacle) { plan.obstacles.append(rotation.obstacle) }
            return true
        }
        guard let change = issuerChange(object, current) else { return false }
        if !plan.obstacles.contains(change) { plan.obstacles.append(change) }
        return true
    }

    /// Notes what holds the reader; false where nothing does.
    func hold(_ reader: ComponentName, isNew: Bool, changesContent: Bool, _ plan: inout Plan) -> Bool {
        let holding = gate.holding(reader, isNew: isNew, changesContent: changesContent)
        for finding in holding { plan.held[finding, default: []].insert(reader) }
        return !holding.isEmpty
    }

    /// Clients hold tokens of the old issuer, and compare: once an instance serves, somebody has to want it.
    private func issuerChange(_ object: RenderedObject, _ current: JSONValue) -> Obstacle? {
        let acknowledged = Acknowledgements(instance.identity)
        guard instance.status["version"] != nil, !acknowledged.contains("issuer-change") else { return nil }
        let names = Set(context.catalog.environment.filter { $0.source == .setting(.issuerURL) }.map(\.name))
        func issuer(_ workload: JSONValue) -> String? {
            let env = workload.at("spec", "template", "spec", "containers")?[0]?["env"]?.array ?? []
            return env.first { names.contains($0["name"]?.string ?? "") }?["value"]?.string
        }
        guard let old = issuer(current), let new = issuer(object.document), old != new else { return nil }
        return Obstacle(
            reason: .changeAwaitsAcknowledgement,
            message:
                "the token issuer would change from \(old) to \(new): clients refuse tokens of the one while they expect the other. Set sts.issuerURL to \(old), or: \(acknowledged.command("issuer-change"))",
            isStalled: true)
    }

    /// A roll-out holds what comes after it. A pod lost later does not: it is reported, and everything else goes on.
    func progress(of component: Component, _ current: JSONValue, _ plan: inout Plan) -> String? {
        let minimum = minimum(component)
        let progress = WorkloadProgress(current, minimum: minimum)
        if progress.isComplete { return nil }
        if !progress.isObserved || progress.updated < progress.wanted {
            plan.isRolling = true
            return "\(component.name) (\(max(0, progress.updated)) of \(progress.wanted) pods updated)"
        }
        let waited =
            instance.status.at("operation", "wave")?.string?.split(separator: ",").map { $0.drop { $0 == " " } } ?? []
        if waited.contains(where: { $0 == component.name.rawValue }) {
            plan.isRolling = true
            return "\(component.name) (\(progress.ready) of \(progress.wanted) pods ready)\(lastWords(component.name))"
        }
        if progress.ready < minimum.map(Int64.init) ?? progress.wanted {
            let selector = "\(Label.instance)=\(context.key.name),\(Label.component)=\(component.name)"
            plan.obstacles.append(
                Obstacle(
                    reason: .componentUnavailable,
                    message:
                        "\(component.name) has \(progress.ready) of \(progress.wanted) pods ready\(lastWords(component.name)). kubectl describe pods -n \(context.key.namespace) -l \(selector)"
                ))
        }
        return nil
    }

    /// What the newest failed pod's end means: what a person wants to read at three in the morning.
    func lastWords(_ component: ComponentName) -> String {
        if let reason = readiness[component] { return ": \(reason)" }
        guard let failure = PodFailure.latest(live.pods(of: component)) else { return "" }
        let reading = failure.reading.map { " – \($0.reason): \($0.hint)" } ?? ""
        return " (\(failure.pod): \(failure.reason)\(reading))"
    }

    /// The live count, where we own it and are about to let go.
    func handOver(_ object: RenderedObject, _ current: JSONValue) -> Int64? {
        guard object.document.at("spec", "replicas") == nil, current.annotation(Stamp.ownsReplicas) == "true" else {
            return nil
        }
        return current.at("spec", "replicas")?.integer
    }

    /// `migrated` is the ledger as the workloads carry it.
    private func stamped(_ object: RenderedObject, migrated: String) -> RenderedObject {
        memory.variant(of: object, live: live.object(object), reason: migrated) {
            var copy = object
            copy.document.set(["metadata", "annotations", Annotation.migrated], .string(migrated))
            if copy.document.at("spec", "replicas") != nil {
                copy.document.set(["metadata", "annotations", Stamp.ownsReplicas], "true")
            }
            rebase(&copy)
            return copy.stamped()
        }
    }

    func rebase(_ object: inout RenderedObject) {
        guard let component = object.component, let current = context.inputs.fingerprints[component],
            let live = live.object(object)
        else { return }
        let path = ["spec", "template", "metadata", "annotations", Annotation.fingerprint]
        let rebased = Fingerprints.rebased(
            current: current, template: live.at(path)?.string, baseline: live.annotation(Annotation.baseline))
        object.document.set(path, .string(rebased.template))
        if let baseline = rebased.baseline {
            object.document.set(["metadata", "annotations", Annotation.baseline], .string(baseline))
        }
    }

    /// Autoscalers follow the workload they scale.
    func scale(_ plan: inout Plan) {
        let starting = Set(plan.writes.filter { $0.object.role == .workload }.map(\.object.name))
        for object in objects where object.role == .scaling {
            let kind = object.document.at("spec", "scaleTargetRef", "kind")?.string ?? ""
            let name = object.document.at("spec", "scaleTargetRef", "name")?.string ?? ""
            if live.object(kind: kind, name: name) != nil || starting.contains(name) { write(object, &plan) }
        }
    }
}

enum Waves {
    /// The catalog's waves, with those that are to move at once in the first wave that has one of them.
    static func merged(_ waves: [[Component]], _ together: Set<ComponentName>) -> [[Component]] {
        guard let first = waves.firstIndex(where: { $0.contains { together.contains($0.name) } }) else { return waves }
        return waves.enumerated().map { index, wave in
            if index < first { return wave }
            let own = wave.filter { !together.contains($0.name) }
            return index == first ? own + waves.flatMap { $0 }.filter { together.contains($0.name) } : own
        }
    }
}
