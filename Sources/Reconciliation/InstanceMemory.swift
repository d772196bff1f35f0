import CaracalAPI
import Hardening
import KubeClient
import KubeModel
import Preflight
import Rendering

/// What a run worked out and the next one would work out again: an instance is looked at some twenty times while it
/// converges, and most of what is looked at is as it was. Everything here is a function of what it is kept under, so
/// losing it costs time and nothing else.
final class InstanceMemory: Sendable {
    /// Everything rendering depends on: the owner's uid is among the inputs.
    struct Source: Equatable {
        var generation: Int64
        var inputs: RenderInputs
    }

    private struct State {
        var spec: (uid: String, generation: Int64, spec: CaracalSpec)?
        var rendered: (source: Source, objects: [RenderedObject], skipped: [String])?
        var needs: (source: Source, needs: SecretNeeds)?
        var inputs: (source: Source, states: [String: SecretState], inputs: ReconcileInputs)?
        var preflight: (neighbours: [PreflightInput.Neighbour], minute: Int64, findings: [PreflightFinding])?
        /// A workload is compared as it was rendered and as it is applied.
        var differences: [ObjectID: (version: ObjectVersion, paths: [String: [String]])] = [:]
        var findings: [ObjectID: (version: ObjectVersion, findings: [Finding])] = [:]
        var additions: [ObjectID: (version: ObjectVersion, digest: String, findings: [Finding])] = [:]
        var variants: [ObjectID: (version: ObjectVersion?, digest: String, reason: String, object: RenderedObject)] =
            [:]
    }

    private let state = Locked(State())

    /// When the instance was last looked at, and whether it has been at rest whenever everything was known of it.
    private let looked = Locked((last: ContinuousClock.now, isStill: true))
    var idle: Duration { ContinuousClock.now - looked.withLock { $0.last } }
    func look() { looked.withLock { $0.last = .now } }
    /// True where nothing has been under way since this memory began.
    func weigh(isAtRest: Bool) -> Bool {
        looked.withLock { looked in
            looked.isStill = looked.isStill && isAtRest
            return looked.isStill
        }
    }

    /// The object as an instance. Its spec is read once per generation, which moves whenever the spec does.
    func instance(_ object: JSONValue) throws -> CaracalInstance {
        let (uid, generation) = (object.uid, object.generation)
        if generation > 0, let known = state.withLock({ $0.spec }), known.uid == uid, known.generation == generation {
            return CaracalInstance(identity: InstanceIdentity(object), spec: known.spec)
        }
        let instance = try CaracalInstance(object)
        state.withLock { $0.spec = (uid, generation, instance.spec) }
        return instance
    }

    func needs(generation: Int64, _ basis: RenderInputs, _ make: () throws -> SecretNeeds) rethrows -> SecretNeeds {
        let source = Source(generation: generation, inputs: basis)
        if let known = state.withLock({ $0.needs }), known.source == source { return known.needs }
        let made = try make()
        state.withLock { $0.needs = (source, made) }
        return made
    }

    func inputs(
        generation: Int64, _ basis: RenderInputs, _ states: [String: SecretState],
        _ make: () throws -> ReconcileInputs
    ) rethrows -> ReconcileInputs {
        let source = Source(generation: generation, inputs: basis)
        if let known = state.withLock({ $0.inputs }), known.source == source, known.states == states {
            return known.inputs
        }
        let made = try make()
        state.withLock { state in
            state.inputs = (source, states, made)
            state.preflight = nil
        }
        return made
    }

    /// What the rules say of the inputs made last; certificates run out while nothing changes, so it is asked anew each
    /// minute.
    func preflight(
        _ inputs: ReconcileInputs, neighbours: [PreflightInput.Neighbour], now: Timestamp
    ) -> [PreflightFinding] {
        let minute = Int64(now.seconds) / 60
        if let known = state.withLock({ $0.preflight }), known.minute == minute, known.neighbours == neighbours {
            return known.findings
        }
        let findings = PreflightCatalog.check(inputs.preflight(neighbours: neighbours, now: now))
        state.withLock { $0.preflight = (neighbours, minute, findings) }
        return findings
    }

    /// The instance's objects, and the kinds it asks for that the cluster lacks.
    func rendered(_ source: Source, _ context: RenderContext) throws -> (objects: [RenderedObject], skipped: [String]) {
        if let known = state.withLock({ $0.rendered }), known.source == source { return (known.objects, known.skipped) }
        let objects = try ResourceCatalog.render(context)
        let skipped = try ResourceCatalog.skipped(context)
        state.withLock { $0.rendered = (source, objects, skipped) }
        return (objects, skipped)
    }

    /// `ResourceDiff.differences`, once per stamped document and version of the live object.
    func differences(_ object: RenderedObject, _ live: JSONValue) -> [String] {
        let (id, version, digest) = (ObjectID(object), ObjectVersion(live), object.digest)
        if !digest.isEmpty, !version.resourceVersion.isEmpty,
            let known = state.withLock({ $0.differences[id] }), known.version == version,
            let paths = known.paths[digest]
        {
            return paths
        }
        let paths = ResourceDiff.differences(rendered: object.document, live: live)
        state.withLock { state in
            if state.differences[id]?.version != version { state.differences[id] = (version, [:]) }
            state.differences[id]?.paths[digest] = paths
        }
        return paths
    }

    /// `ForeignAdditions.findings`, once per document and version of the live object.
    func additions(_ object: RenderedObject, _ live: JSONValue) -> [Finding] {
        let (id, version, digest) = (ObjectID(object), ObjectVersion(live), object.digest)
        if !digest.isEmpty, !version.resourceVersion.isEmpty, let known = state.withLock({ $0.additions[id] }),
            known.version == version, known.digest == digest
        {
            return known.findings
        }
        let findings = ForeignAdditions.findings(rendered: [object.document], live: [live])
        state.withLock { $0.additions[id] = (version, digest, findings) }
        return findings
    }

    /// The object as it is applied in this situation: made anew where its document, the live object or `reason`, which
    /// stands for everything else it depends on, is another than last time.
    func variant(
        of object: RenderedObject, live: JSONValue?, reason: String, _ make: () -> RenderedObject
    ) -> RenderedObject {
        let (id, version, digest) = (ObjectID(object), live.map(ObjectVersion.init), object.digest)
        if !digest.isEmpty, version?.resourceVersion != "", let known = state.withLock({ $0.variants[id] }),
            known.version == version, known.digest == digest, known.reason == reason
        {
            return known.object
        }
        let made = make()
        state.withLock { $0.variants[id] = (version, digest, reason, made) }
        return made
    }

    /// What the rules say of each live object, once per version of it.
    func findings(_ live: [JSONValue]) -> [Finding] {
        let old = state.withLock { $0.findings }
        var new: [ObjectID: (version: ObjectVersion, findings: [Finding])] = [:]
        var all: [Finding] = []
        for object in live {
            let (id, version) = (ObjectID(kind: object.kind, key: object.key), ObjectVersion(object))
            var findings = old[id].flatMap { $0.version == version ? $0.findings : nil }
            if findings == nil { findings = RuleCatalog.check([object]) }
            new[id] = (version, findings ?? [])
            all += findings ?? []
        }
        state.withLock { $0.findings = new }
        return all
    }
}
