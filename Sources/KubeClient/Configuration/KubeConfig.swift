import KubeModel
import KubeYAML

/// Kubeconfig files, merged as kubectl merges them: of entries with one name the first file's wins as a whole, and so
/// does the first `current-context`. Nothing is filled in from a later file.
///
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
package struct KubeConfig: Sendable {
    private(set) var clusters: [String: KubeConfigEntry] = [:]
    private(set) var users: [String: KubeConfigEntry] = [:]
    private(set) var contexts: [String: KubeConfigEntry] = [:]
    package private(set) var currentContext: String?
    /// Those that were there.
    private(set) var files: [String] = []

    /// Reads the files of `paths`, as in `KUBECONFIG`: empty entries, repeated and missing files are passed over, but
    /// one has to be there.
    package init(paths: [String]) throws {
        var seen: Set<String> = []
        for path in paths where !path.isEmpty && seen.insert(path).inserted {
            guard let bytes = try FileBytes.readIfPresent(path) else { continue }
            files.append(path)
            try merge(bytes, path)
        }
        guard !files.isEmpty else {
            let places = paths.filter { !$0.isEmpty }.joined(separator: ", ")
            throw ConfigurationError(
                "no kubeconfig found\(places.isEmpty ? "" : ": looked for \(places)"). Set KUBECONFIG or pass --kubeconfig"
            )
        }
    }

    /// The names of all contexts, for messages.
    package var contextNames: [String] { contexts.keys.sorted() }

    private mutating func merge(_ bytes: [UInt8], _ path: String) throws {
        let config: JSONValue
        do { config = try YAML.documents(try Self.text(bytes, path)).first?.value ?? .null } catch let error
            as YAMLError
        {
            throw ConfigurationError("\(path):\(error.line):\(error.column): \(error.message)")
        }
        // Empty, or nothing but comments: a kubeconfig that says nothing.
        if config.isNull { return }
        guard config.object != nil else { throw ConfigurationError("\(path): not a kubeconfig: a mapping is expected") }
        for (field, expected) in [("kind", "Config"), ("apiVersion", "v1")] {
            guard let value = config[field], !value.isNull, value.string != "", value.string != expected else {
                continue
            }
            throw ConfigurationError(
                "\(path): \(field) is \(value.string ?? value.typeName), not \(expected): this is no kubeconfig")
        }
        try Self.add(config, "clusters", "cluster", path, &clusters)
        try Self.add(config, "users", "user", path, &users)
        try Self.add(config, "contexts", "context", path, &contexts)
        guard let current = config["current-context"], !current.isNull else { return }
        guard let name = current.string else { throw ConfigurationError("\(path): current-context is not a text") }
        if currentContext == nil, !name.isEmpty { currentContext = name }
    }

    private static func text(_ bytes: [UInt8], _ path: String) throws(ConfigurationError) -> String {
        let marks: [(bytes: [UInt8], name: String)] = [
            ([0xEF, 0xBB, 0xBF], "UTF-8 with a byte order mark"), ([0xFF, 0xFE], "UTF-16"), ([0xFE, 0xFF], "UTF-16"),
        ]
        let mark = marks.first { bytes.starts(with: $0.bytes) }?.name ?? (bytes.contains(0) ? "UTF-16 or binary" : nil)
        if let mark { throw ConfigurationError("\(path): is \(mark): save it as UTF-8 without a byte order mark") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("\(path): not UTF-8 text")
        }
        return text
    }

    private static func add(
        _ config: JSONValue, _ list: String, _ kind: String, _ path: String, _ entries: inout [String: KubeConfigEntry]
    ) throws(ConfigurationError) {
        guard let items = config[list], !items.isNull else { return }
        guard let items = items.array else { throw ConfigurationError("\(path): \(list) is not a list") }
        var names: Set<String> = []
        for (index, item) in items.enumerated() {
            let place = "\(path): \(list)[\(index)]"
            guard item.isNull || item.object != nil else { throw ConfigurationError("\(place) is not a mapping") }
            let named = item["name"] ?? .null
            guard let name = named.isNull ? "" : named.string else {
                throw ConfigurationError("\(place): name is not a text but \(named.typeName): put it in quotes")
            }
            guard names.insert(name).inserted else {
                throw ConfigurationError("\(place): \(kind) \"\(name)\" is there already: remove or rename one of them")
            }
            let value = item[kind] ?? .null
            guard value.isNull || value.object != nil else {
                throw ConfigurationError("\(place): \(kind) is not a mapping")
            }
            if entries[name] == nil {
                entries[name] = KubeConfigEntry(kind: kind, name: name, file: path, value: value.isNull ? [:] : value)
            }
        }
    }
}

extension KubeConfig: CustomStringConvertible, CustomReflectable {
    /// Entries hold tokens and keys: only names are shown.
    package var description: String {
        "\(files.joined(separator: ", ")): contexts \(contextNames.joined(separator: ", "))"
    }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
