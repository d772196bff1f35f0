import KubeModel

package struct SecretFileMode: HardeningRule {
    package static let id = "secret-file-mode"
    package static let demand = "Secret files are readable by owner and group alone, and name the keys they mount."
    package static let source = "harden-production: mounted secret files; caracal-runtime.md §12, 9 and 39"

    package func check(_ object: JSONValue) -> [Finding] {
        guard let pod = PodView(object) else { return [] }
        return pod.volumes.flatMap { volume -> [Finding] in
            let name = volume["name"]?.string ?? "?"
            let sources: [(JSONValue, Int64?)]
            if let projected = volume["projected"] {
                let secrets = (projected["sources"]?.array ?? []).compactMap { $0["secret"] }
                sources = secrets.map { ($0, projected["defaultMode"]?.integer ?? 0o644) }
            } else if let secret = volume["secret"] {
                sources = [(secret, secret["defaultMode"]?.integer ?? 0o644)]
            } else {
                return []
            }
            var found: [Finding] = []
            if sources.contains(where: { ($0.1 ?? 0o644) & 0o007 != 0 }) {
                found.append(
                    finding(
                        object, "secret volume \(name) is readable by everybody in the container: set defaultMode 0440")
                )
            }
            if sources.contains(where: { $0.0["items"]?.array?.isEmpty != false }) {
                found.append(finding(object, "secret volume \(name) mounts every key of its Secret: name the items"))
            }
            return found
        }
    }
}
