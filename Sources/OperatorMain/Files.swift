import Glibc

/// Files and standard streams, without the weight of Foundation.
enum Files {
    static let limit = 8 * 1024 * 1024

    /// The file's bytes; `-` is standard input.
    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure("\(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw Failure("\(path): larger than \(limit / 1024 / 1024) MiB") }
        }
    }

    static func text(_ path: String) throws -> String {
        guard let text = String(validating: try read(path), as: UTF8.self) else {
            throw Failure("\(path): not UTF-8 text")
        }
        return text
    }

    /// Writes the whole text; an incomplete write is an error, as `> file` on a full disk must not look like success.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure("cannot write: \(String(cString: strerror(errno)))")
            }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension Files {
    /// Writes a file whole, or leaves what is there.
    static func replace(_ path: String, with text: String) throws {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("\(temporary): \(String(cString: strerror(errno)))") }
        do { try write(text, to: descriptor) } catch {
            close(descriptor)
            throw error
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
    }
}
