import Glibc
import KubeModel

/// Inputs that once told us something, by target: `Tests/Corpus/<target>/<what it is>`.
package enum Corpus {
    package static func inputs(_ target: String) -> [(name: String, bytes: [UInt8])] {
        let path = "\(Repository.root)/Tests/Corpus/\(target)"
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().map { ($0, read("\(path)/\($0)")) }
    }

    /// A find, under a name of its own; whoever mends it gives it a better one.
    static func keep(_ bytes: [UInt8], _ target: String) {
        let directory = "\(Repository.root)/Tests/Corpus/\(target)"
        mkdir(directory, 0o755)
        write(bytes, to: "\(directory)/found-\(StableHash.of(String(decoding: bytes, as: UTF8.self)))")
    }

    /// Replaces what an open file holds.
    static func overwrite(_ descriptor: Int32, _ bytes: [UInt8]) {
        ftruncate(descriptor, 0)
        pwrite(descriptor, bytes, bytes.count, 0)
    }

    static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { return }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
    }

    private static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}
