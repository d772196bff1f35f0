import CaracalAPI
import Hardening
import KubeClient
import KubeModel
import Rendering

/// What a run worked out and the next one would work out again: an instance is looked at some twenty times while it
/// converges, and most of what is looked at is as it was. Everything here is a function of what it is kept under, so
/// losing it costs time and nothing else.
final class InstanceMemory: Sendable {
    /// Everything rendering depends on.
    struct Source: Equatable {
        var uid: String
        var generation: Int64
        var inputs: RenderInputs
    }

    /// One object as the server showed it.
    private struct Version: Equatable {
        var uid: String
        var resourceVersion: String
        init(_ object: JSONValue) { (uid, resourceVersion) = (object.uid, object.resourceVersion) }
    }

    private struct State {
        var rendered: (source: Source, objects: [RenderedObject], skipped: [String])?
        var differences: [ObjectID: (version: Version, digest: String, paths: [String])] = [:]
        var findings: [ObjectID: (version: Version, findings: [Finding])] = [:]
    }

    private let state = Locked(State())

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
        let (id, version, digest) = (ObjectID(object), Version(live), object.digest)
        if !digest.isEmpty, !version.resourceVersion.isEmpty,
            let known = state.withLock({ $0.differences[id] }), known.version == version, known.digest == digest
        {
            return known.paths
        }
        let paths = ResourceDiff.differences(rendered: object.document, live: live)
        state.withLock { $0.differences[id] = (version, digest, paths) }
        return paths
    }

    /// What the rules say of each live object, once per version of it.
    func findings(_ live: [JSONValue]) -> [Finding] {
        let old = state.withLock { $0.findings }
        var new: [ObjectID: (version: Version, findings: [Finding])] = [:]
        var all: [Finding] = []
        for object in live {
            let (id, version) = (ObjectID(kind: object.gvk.kind, key: object.key), Version(object))
            var findings = old[id].flatMap { $0.version == version ? $0.findings : nil }
            if findings == nil { findings = RuleCatalog.check([object]) }
            new[id] = (version, findings ?? [])
            all += findings ?? []
        }
        state.withLock { $0.findings = new }
        return all
    }
}
