import Crypto
import Glibc
import KubeModel

/// A cluster, user or context of a kubeconfig, with the file it stands in. Reads fields by the type they must have; a
/// field that is null or empty is one that is not there, as kubectl reads it.
struct KubeConfigEntry: Sendable {
    /// `cluster`, `user` or `context`.
    var kind: String
    var name: String
    var file: String
    var value: JSONValue

    /// For messages: `/home/me/.kube/config: cluster "prod"`.
    var place: String { "\(file): \(kind) \"\(name)\"" }

    func failure(_ what: String) -> ConfigurationError { ConfigurationError("\(place)\(what)") }

    /// A part of the entry, `exec` of a user.
    func part(_ field: String) throws(ConfigurationError) -> KubeConfigEntry? {
        guard let value = value[field], !value.isNull else { return nil }
        guard value.object != nil else { throw failure(": \(field) is not a mapping") }
        return KubeConfigEntry(kind: kind, name: name, file: file, value: value)
    }

    func text(_ field: String) throws(ConfigurationError) -> String? {
        guard let value = value[field], !value.isNull else { return nil }
        guard let text = value.string else {
            throw failure(": \(field) is not a text but \(value.typeName): put it in quotes")
        }
        return text.isEmpty ? nil : text
    }

    func flag(_ field: String) throws(ConfigurationError) -> Bool {
        guard let value = value[field], !value.isNull else { return false }
        guard let flag = value.bool else { throw failure(": \(field) is neither true nor false") }
        return flag
    }

    func list(_ field: String) throws(ConfigurationError) -> [JSONValue] {
        guard let value = value[field], !value.isNull else { return [] }
        guard let list = value.array else { throw failure(": \(field) is not a list") }
        return list
    }

    /// A path, relative to the file it stands in.
    func path(_ field: String) throws(ConfigurationError) -> String? {
        try text(field).map { Self.absolute($0, besides: file) }
    }

    /// Content that stands in the entry (`…-data`) or, without it, in a file it names, and then that file.
    func content(_ field: String) throws -> (bytes: [UInt8], path: String?)? {
        if let data = try text("\(field)-data") {
            guard let bytes = Base64.decode(data) else { throw failure(": \(field)-data is not Base64") }
            return (bytes, nil)
        }
        guard let path = try path(field) else { return nil }
        guard let bytes = try FileBytes.readIfPresent(path) else {
            throw failure(": \(field): \(path) does not exist")
        }
        guard !bytes.isEmpty else { throw failure(": \(field): \(path) is empty") }
        return (bytes, path)
    }

    /// `path` as seen from the directory of `file`, without `.` and `..`.
    static func absolute(_ path: String, besides file: String) -> String {
        if path.hasPrefix("/") { return path }
        var whole = file.lastIndex(of: "/").map { "\(file[..<$0])/\(path)" } ?? path
        if !whole.hasPrefix("/"), let directory = getcwd(nil, 0) {
            whole = "\(String(cString: directory))/\(whole)"
            free(directory)
        }
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
