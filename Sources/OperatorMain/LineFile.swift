import Glibc
import KubeClient

/// A file that grows by whole lines, from any thread.
final class LineFile: Sendable {
    private let descriptor: Int32
    private let lock = Locked<Void>(())

    /// Begins the file anew; readable by its owner alone.
    init(_ path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// A line that cannot be written is left out: what it tells of goes on.
    func append(_ line: String) { lock.withLock { _ in try? Files.write(line + "\n", to: descriptor) } }
}
