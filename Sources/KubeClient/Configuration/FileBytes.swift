import Glibc

enum FileBytes {
    /// nil where the file does not exist; every other failure is an error that names it.
    static func readIfPresent(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw ConfigurationError("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ConfigurationError("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= 8 * 1024 * 1024 else { throw ConfigurationError("\(path): larger than 8 MiB") }
        }
    }
}

/// Which version of a file stands at a path, told without reading it. Links are followed: kubelet renews a mounted
/// volume by pointing the link to another directory, which changes the inode and perhaps nothing else.
struct FileStamp: Equatable {
    private var numbers: [Int]

    /// nil where there is no file to be seen.
    init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        // The change time as well: `cp -p` and `mv` keep the modification time.
        numbers = [
            Int(facts.st_dev), Int(facts.st_ino), Int(facts.st_size), facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec,
            facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec,
        ]
    }
}
