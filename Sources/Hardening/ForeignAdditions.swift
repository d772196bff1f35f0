import CaracalAPI
import KubeModel

/// What others added inside objects of ours. Server-side apply leaves such fields alone, and most may stay (labels, a
/// mesh's container); variables and mounts in our own containers change what we vouch for.
package enum ForeignAdditions {
    package static let id = "no-foreign-additions"
    package static let demand =
        "Our containers have only the variables, mounts and commands we gave them, and no other container mounts our files."

    package static func findings(rendered: [JSONValue], live: [JSONValue]) -> [Finding] {
        // Only what makes pods has containers.
        let templates = rendered.filter { PodView($0) != nil }
        let own = Dictionary(templates.map { ("\($0.kind)/\($0.name)", $0) }) { first, _ in first }
        return live.flatMap { object in own["\(object.kind)/\(object.name)"].map { container($0, object) } ?? [] }
    }

    private static func container(_ rendered: JSONValue, _ live: JSONValue) -> [Finding] {
        guard let own = PodView(rendered), let shown = PodView(live) else { return [] }
        return strangers(own, shown, live)
            + own.containers.flatMap { container -> [Finding] in
                let name = container["name"]?.string ?? ""
                guard let other = shown.containers.first(where: { $0["name"]?.string == name }) else { return [] }
                let variables = added("env", "name", container, other)
                let mounts = added("volumeMounts", "mountPath", container, other)
                var found: [Finding] = []
                if !variables.isEmpty {
                    let unset = variables.map { "\($0)-" }.joined(separator: " ")
                    let target = "\(live.kind.lowercased())/\(live.name)"
                    found.append(
                        finding(
                            live,
                            "container \(name) has variables nobody here gave it: \(variables.joined(separator: ", ")). kubectl set env \(target) -n \(live.namespace) -c \(name) \(unset)"
                        ))
                }
                let fields = ["command", "args", "lifecycle", "workingDir", "stdin", "tty"].filter { field in
                    container[field] == nil && other[field] != nil && other[field] != .bool(false)
                }
                if !fields.isEmpty {
                    found.append(
                        finding(
                            live,
                            "container \(name) was given \(fields.joined(separator: ", ")) by somebody else: remove it")
                    )
                }
                if other["envFrom"]?.array?.isEmpty == false {
                    found.append(finding(live, "container \(name) takes variables from elsewhere (envFrom): remove it"))
                }
                if !mounts.isEmpty {
                    found.append(
                        finding(
                            live,
                            "container \(name) has mounts nobody here gave it: \(mounts.joined(separator: ", ")): remove them"
                        ))
                }
                return found
            }
    }

    /// A container of somebody else may stay (a mesh's, say), but not read what is mounted for ours.
    private static func strangers(_ own: PodView, _ shown: PodView, _ live: JSONValue) -> [Finding] {
        let names = Set(own.containers.compactMap { $0["name"]?.string })
        let files = Set(own.volumes.filter { $0["emptyDir"] == nil }.compactMap { $0["name"]?.string })
        return shown.containers.compactMap { container in
            guard let name = container["name"]?.string, !names.contains(name) else { return nil }
            let mounted = (container["volumeMounts"]?.array ?? []).compactMap { $0["name"]?.string }.filter(
                files.contains)
            guard !mounted.isEmpty else { return nil }
            return finding(
                live,
                "container \(name) is not ours and mounts our files (\(mounted.joined(separator: ", "))): remove it")
        }
    }

    private static func added(_ list: String, _ key: String, _ own: JSONValue, _ live: JSONValue) -> [String] {
        let known = Set((own[list]?.array ?? []).compactMap { $0[key]?.string })
        return (live[list]?.array ?? []).compactMap { $0[key]?.string }.filter { !known.contains($0) }
    }

    private static func finding(_ live: JSONValue, _ message: String) -> Finding {
        Finding(
            rule: id, object: "\(live.kind)/\(live.name)", message: message, component: live.label(Label.component)
        )
    }
}
