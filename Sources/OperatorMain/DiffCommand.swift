import ArgumentParser
import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import Reconciliation
import Rendering

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Which objects a changed CaracalDeployment would change, and which components restart.",
        discussion: """
            The file is held against the instance of that name on the cluster: fields of the spec that differ, objects that \
            would be made, changed or removed, and for each restart why. Nothing is written. Secrets are not read: a changed key \
            is no part of it. The exit code is 0 without a difference, 1 with one.
            """)

    @OptionGroup var cluster: ClusterOptions
    @Option(name: [.short, .customLong("filename")], help: "File with the changed CaracalDeployment.") var filename:
        String

    func run() async throws {
        var differs = false
        for file in try InstanceFile.load(filename) {
            let key = file.instance.key
            let live = try await LiveInstance.load(key.name, cluster, key.namespace)
            let selector = Selector(labels: "\(Label.deployment)=\(key.name)")
            var objects: [JSONValue] = []
            for type in ResourceCatalog.kinds {
                do {
                    objects += try await live.client.list(type, namespace: key.namespace, selector: selector).items
                } catch let error as KubeError where error.code == .unknownType {
                    continue
                } catch let error as KubeError { throw Failure("cannot list \(type.plural): \(error.message)") }
            }
            let difference = try InstanceDifference(
                live: live.instance, liveSpec: live.object["spec"], new: file.instance, newSpec: file.document["spec"],
                objects: objects)
            try Files.write(difference.text)
            differs = differs || !difference.isEmpty
        }
        if differs { throw ExitCode(1) }
    }
}

/// What one spec would change about another's objects. Pure.
struct InstanceDifference {
    struct Change {
        var object: String
        var paths: [String]
        var restarts: ComponentName?
    }

    let name: String
    let fields: [String]
    private(set) var made: [String] = []
    private(set) var changed: [Change] = []
    private(set) var removed: [String] = []

    init(live: CaracalInstance, liveSpec: JSONValue?, new: CaracalInstance, newSpec: JSONValue?, objects: [JSONValue])
        throws
    {
        name = new.key.description
        let (old, wanted) = (try Self.render(live, uid: live.uid), try Self.render(new, uid: live.uid))
        fields = Self.differences(newSpec, liveSpec, "spec").sorted()
        for object in wanted {
            let id = "\(object.resource.gvk.kind)/\(object.name)"
            guard
                let shown = objects.first(where: { $0.gvk.kind == object.resource.gvk.kind && $0.name == object.name })
            else {
                // A finished migration Job goes by itself; only another one is news.
                if object.role == .job, old.contains(where: { $0.name == object.name }) { continue }
                made.append(id)
                continue
            }
            let paths = ResourceDiff.differences(rendered: object.document, live: shown).filter { path in
                !Self.bookkeeping.contains { path.hasSuffix($0) }
            }
            if paths.isEmpty { continue }
            let restarts = object.role == .workload && paths.contains { $0.hasPrefix("spec.template") }
            changed.append(Change(object: id, paths: paths, restarts: restarts ? object.component : nil))
        }
        let names = Set(wanted.map { "\($0.resource.gvk.kind)/\($0.name)" })
        removed = objects.filter { $0.gvk.kind != "Job" && $0.controllerOwner?.uid == live.uid }
            .map { "\($0.gvk.kind)/\($0.name)" }.filter { !names.contains($0) }.sorted()
    }

    var isEmpty: Bool { fields.isEmpty && made.isEmpty && changed.isEmpty && removed.isEmpty }

    var text: String {
        if isEmpty { return "\(name): no difference\n" }
        var lines = ["\(name):"]
        if !fields.isEmpty { lines += ["  spec"] + fields.map { "    \($0)" } }
        if !made.isEmpty { lines += ["  made"] + made.map { "    \($0)" } }
        if !changed.isEmpty {
            lines.append("  changed")
            for change in changed {
                let more = change.paths.count > 6 ? ", and \(change.paths.count - 6) more" : ""
                lines.append("    \(change.object): \(change.paths.prefix(6).joined(separator: ", "))\(more)")
            }
        }
        if !removed.isEmpty { lines += ["  removed once all is well"] + removed.map { "    \($0)" } }
        let restarts = changed.filter { $0.restarts != nil }
        if restarts.isEmpty {
            lines.append("  no pod restarts")
        } else {
            lines.append("  restarts, wave by wave")
            for change in restarts {
                let why = Set(change.paths.filter { $0.hasPrefix("spec.template") }.map(Self.why)).sorted()
                lines.append("    \(change.restarts?.rawValue ?? ""): \(why.joined(separator: ", "))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A path within a pod template, in words.
    private static func why(_ path: String) -> String {
        if path.contains(".env[") { return "variable \(path.split(separator: "[").last?.prefix { $0 != "]" } ?? "")" }
        if path.hasSuffix(".image") { return "image" }
        if path.contains(".resources") { return "resources" }
        if path.contains("metadata.labels") { return "labels" }
        if path.contains("metadata.annotations") { return "annotations" }
        if path.contains("olume") { return "mounted files" }
        return String(path.split(separator: ".").last ?? "template")
    }

    /// What the operator notes on its objects, and digests only it can make.
    static let bookkeeping = [
        Annotation.applied, Annotation.migrated, Annotation.fingerprint, Annotation.baseline,
        "caracal.run/owns-replicas",
    ]

    private static func render(_ instance: CaracalInstance, uid: String) throws -> [RenderedObject] {
        do {
            let context = try RenderContext(
                key: instance.key, spec: instance.spec, catalog: .caracal,
                inputs: RenderInputs(ownerUID: uid, fingerprints: RenderCommand.placeholders))
            return try ResourceCatalog.render(context)
        } catch let error as RenderError { throw Failure("\(error)") }
    }

    /// Fields by path, both ways.
    private static func differences(_ new: JSONValue?, _ old: JSONValue?, _ path: String) -> [String] {
        if new == old { return [] }
        guard case .object(let a)? = new, case .object(let b)? = old else {
            return ["\(path)\(old == nil ? " (added)" : new == nil ? " (removed)" : "")"]
        }
        return Set(a.keys + b.keys).flatMap { differences(a[$0], b[$0], "\(path).\($0)") }
    }
}
