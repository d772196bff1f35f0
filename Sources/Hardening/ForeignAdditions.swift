import CaracalAPI
import KubeModel

/// What others added inside objects of ours. Server-side apply leaves such fields alone, and most may stay (labels, a
/// mesh's container); variables and mounts in our own containers change what we vouch for.
package enum ForeignAdditions {
    package static let id = "no-foreign-additions"
    package static let demand = "Our containers have only the variables and mounts we gave them."

    package static func findings(rendered: [JSONValue], live: [JSONValue]) -> [Finding] {
        live.flatMap { object -> [Finding] in
            guard let own = rendered.first(where: { $0.gvk.kind == object.gvk.kind && $0.name == object.name }) else {
                return []
            }
            return container(own, object)
        }
    }

    private static func container(_ rendered: JSONValue, _ live: JSONValue) -> [Finding] {
        guard let own = PodView(rendered), let shown = PodView(live) else { return [] }
        return own.containers.flatMap { container -> [Finding] in
            let name = container["name"]?.string ?? ""
            guard let other = shown.containers.first(where: { $0["name"]?.string == name }) else { return [] }
            let variables = added("env", "name", container, other)
            let mounts = added("volumeMounts", "mountPath", container, other)
            var found: [Finding] = []
            if !variables.isEmpty {
                let unset = variables.map { "\($0)-" }.joined(separator: " ")
                let target = "\(live.gvk.kind.lowercased())/\(live.name)"
                found.append(
                    finding(
                        live,
                        "container \(name) has variables nobody here gave it: \(variables.joined(separator: ", ")). kubectl set env \(target) -n \(live.namespace) -c \(name) \(unset)"
                    ))
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

    private static func added(_ list: String, _ key: String, _ own: JSONValue, _ live: JSONValue) -> [String] {
        let known = Set((own[list]?.array ?? []).compactMap { $0[key]?.string })
        return (live[list]?.array ?? []).compactMap { $0[key]?.string }.filter { !known.contains($0) }
    }

    private static func finding(_ live: JSONValue, _ message: String) -> Finding {
        Finding(
            rule: id, object: "\(live.gvk.kind)/\(live.name)", message: message, component: live.labels[Label.component]
        )
    }
}
