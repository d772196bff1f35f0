import CaracalAPI
import CaracalCatalog
import Glibc
import KubeModel
import KubeYAML
import Rendering

/// The checked-out tree, found from this file's own place.
package enum Repository {
    package static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    package static func read(_ path: String) -> String? {
        guard let file = fopen("\(root)/\(path)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func write(_ text: String, to path: String) {
        var directory = root
        for part in path.split(separator: "/").dropLast() {
            directory += "/\(part)"
            mkdir(directory, 0o755)
        }
        guard let file = fopen("\(root)/\(path)", "w") else { return }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, file)
    }
}

/// Instances to test with.
package enum Fixture: String, CaseIterable, Sendable {
    case production, everything, evaluation

    package var document: JSONValue {
        get throws { try YAML.document(Repository.read("manifests/samples/\(rawValue).yaml") ?? "") }
    }

    package func instance(_ change: (inout JSONValue) -> Void = { _ in }) throws -> CaracalInstance {
        var document = try document
        document.set(["metadata", "uid"], "uid-1")
        document.set(["metadata", "generation"], 1)
        change(&document)
        return try CaracalInstance(document)
    }

    /// Optional kinds are there, fingerprints are `test`.
    package func context(
        catalog: Catalog = .caracal, _ change: (inout JSONValue) -> Void = { _ in }
    ) throws -> RenderContext {
        let instance = try instance(change)
        let readers = catalog.components.map(\.name) + catalog.jobs.map(\.name)
        let inputs = RenderInputs(
            ownerUID: instance.uid, optionalKinds: Set(ResourceCatalog.optionalKinds.map(\.optionalID)),
            fingerprints: Dictionary(uniqueKeysWithValues: readers.map { ($0, "k.test") }))
        return try RenderContext(key: instance.key, spec: instance.spec, catalog: catalog, inputs: inputs)
    }
}

/// Compares with a file beside the tests. `RECORD_GOLDENS=1` writes the file instead, and the test still fails: what was
/// recorded wants reading.
package enum Golden {
    package enum Verdict: Equatable {
        case equal
        case differs(String)
    }

    package static func compare(_ text: String, _ path: String) -> Verdict {
        let isRecording = getenv("RECORD_GOLDENS").map { String(cString: $0) } == "1"
        let wanted = Repository.read(path)
        if wanted == text { return .equal }
        if isRecording {
            Repository.write(text, to: path)
            return .differs("\(path) was recorded; read it and run again without RECORD_GOLDENS")
        }
        guard let wanted else { return .differs("\(path) does not exist; record it with RECORD_GOLDENS=1") }
        let lines = zip(
            wanted.split(separator: "\n", omittingEmptySubsequences: false),
            text.split(separator: "\n", omittingEmptySubsequences: false))
        let first = lines.enumerated().first { $0.element.0 != $0.element.1 }
        return .differs(
            "\(path) line \((first?.offset ?? 0) + 1): wanted '\(first?.element.0 ?? "(end)")', got '\(first?.element.1 ?? "(end)")'"
        )
    }
}
