import Glibc

/// What the kernel says about a process.
struct ProcessFigures: Sendable {
    let pid: pid_t

    static var own: ProcessFigures { ProcessFigures(pid: getpid()) }

    /// utime + stime of every thread there was. `/proc/PID/stat` has the same sum in hundredths of a second, which is
    /// too coarse for twenty converges.
    var cpuSeconds: Double {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return .nan }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Resident memory now, at its highest, and without pages of files (the binary's own code), in MiB.
    var memory: (now: Double, peak: Double, anonymous: Double) {
        var found: [Substring: Double] = [:]
        for line in (try? TextFile.read("/proc/\(pid)/status"))?.split(separator: "\n") ?? [] {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ":" })
            if words.count >= 2, let kib = Double(words[1]) { found[words[0]] = kib / 1024 }
        }
        return (found["VmRSS"] ?? .nan, found["VmHWM"] ?? .nan, found["RssAnon"] ?? .nan)
    }

    /// Open ones, but for the one they are read through.
    var descriptors: [Int32] {
        guard let directory = opendir("/proc/\(pid)/fd") else { return [] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var numbers: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name), number != own { numbers.append(number) }
        }
        return numbers
    }

    static var cores: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
}

enum TextFile {
    static func read(_ path: String) throws -> String {
        String(decoding: try bytes(path, from: 0), as: UTF8.self)
    }

    static func bytes(_ path: String, from offset: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        if offset > 0, lseek(descriptor, off_t(offset), SEEK_SET) < 0 {
            throw Failure("\(path): \(String(cString: strerror(errno)))")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }
}
