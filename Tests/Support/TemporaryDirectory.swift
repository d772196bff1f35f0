import Glibc

/// A directory of one test alone, gone with the value.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package struct Failure: Error { package var message: String }

    package init(_ files: [String: String] = [:], in parent: String = "/tmp") throws {
        var template = Array("\(parent)/caracal-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(message: "mkdtemp: errno \(errno)") }
        path = String(cString: made)
        for (name, text) in files { try write(name, text) }
    }

    deinit { Self.remove(path) }

    /// Writes a file, making the directories above it.
    package func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws {
        try write(name, Array(text.utf8), mode: mode)
    }

    package func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws {
        let parts = name.split(separator: "/").dropLast()
        for count in parts.indices { mkdir("\(path)/\(parts[...count].joined(separator: "/"))", 0o700) }
        let file = "\(path)/\(name)"
        guard let stream = fopen(file, "w") else { throw Failure(message: "\(file): errno \(errno)") }
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        chmod(file, mode)
    }

    /// What a file holds; empty where it is not there.
    package func read(_ name: String) -> String {
        guard let stream = fopen("\(path)/\(name)", "r") else { return "" }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func remove(_ name: String) { Self.remove("\(path)/\(name)") }

    /// Points a link somewhere else in one step, as kubelet does.
    package func link(_ name: String, to target: String) {
        symlink(target, "\(path)/\(name).new")
        rename("\(path)/\(name).new", "\(path)/\(name)")
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        if let directory = opendir(path) {
            var names: [String] = []
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(directory)
            for name in names { remove("\(path)/\(name)") }
        }
        rmdir(path)
    }
}
