import Glibc

/// Runs a program and collects what it prints, within bounds of time and size. Its standard error is ours.
///
/// Everything that waits happens on a thread of its own, one per run, so that none of Swift's few threads is held.
package enum ChildProcess {
    package struct Invocation: Sendable {
        /// Found already: no search in `PATH`.
        package var path: String
        package var arguments: [String]
        /// The whole environment, `NAME=value`.
        package var environment: [String]
        /// Gets our standard input, and stays in our process group, without which a terminal would not let it read.
        package var isInteractive = false
        package var deadline: Duration
        package var outputLimit = 1024 * 1024

        package init(
            path: String, arguments: [String], environment: [String], isInteractive: Bool = false, deadline: Duration
        ) {
            self.path = path
            self.arguments = arguments
            self.environment = environment
            self.isInteractive = isInteractive
            self.deadline = deadline
        }
    }

    package enum Outcome: Sendable, Equatable {
        case exited(status: Int32, output: [UInt8])
        case killed(signal: Int32)
        /// Killed by us, with whatever it had started in its group.
        case timedOut
        case printedTooMuch
        /// It never ran; an `errno`.
        case notStarted(Int32)
    }

    /// `done` is called once, on another thread, however the run ends.
    package static func run(_ invocation: Invocation, done: @escaping @Sendable (Outcome) -> Void) {
        let context = Unmanaged.passRetained(Job(invocation: invocation, done: done))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let job = Unmanaged<Job>.fromOpaque(context).takeRetainedValue()
                job.done(job.run())
                return nil
            }, context.toOpaque())
        guard failed == 0 else {
            context.release()
            return done(.notStarted(failed))
        }
        pthread_detach(thread)
    }
}

private final class Job: Sendable {
    let invocation: ChildProcess.Invocation
    let done: @Sendable (ChildProcess.Outcome) -> Void

    init(invocation: ChildProcess.Invocation, done: @escaping @Sendable (ChildProcess.Outcome) -> Void) {
        self.invocation = invocation
        self.done = done
    }

    func run() -> ChildProcess.Outcome {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return .notStarted(errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let (child, failure) = spawn(output: ends[1])
        close(ends[1])
        guard failure == 0 else { return .notStarted(failure) }
        return follow(child, ends[0])
    }

    private func spawn(output: Int32) -> (pid: pid_t, failure: Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if !invocation.isInteractive { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        // Libraries do not mark every descriptor: our connections must not live on in a helper the program leaves.
        for descriptor in OpenDescriptors.all where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // What we ignore, a child would go on ignoring: a shell pipeline relies on SIGPIPE.
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if !invocation.isInteractive {
            posix_spawnattr_setpgroup(&attributes, 0)
            flags |= POSIX_SPAWN_SETPGROUP
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let arguments = ([invocation.path] + invocation.arguments).map { strdup($0) }
        let environment = invocation.environment.map { strdup($0) }
        defer { for text in arguments + environment { free(text) } }
        var pid = pid_t()
        let failure = posix_spawn(&pid, invocation.path, &actions, &attributes, arguments + [nil], environment + [nil])
        return (pid, failure)
    }

    /// Reads until the program has ended: not until the pipe is closed, which a helper left behind may hold for ever.
    private func follow(_ child: pid_t, _ pipe: Int32) -> ChildProcess.Outcome {
        _ = fcntl(pipe, F_SETFL, O_NONBLOCK)
        let end = ContinuousClock.now + invocation.deadline
        var output: [UInt8] = []
        var isOpen = true
        while true {
            var status: Int32 = 0
            let ended = waitpid(child, &status, WNOHANG)
            if isOpen { isOpen = drain(pipe, &output) }
            if output.count > invocation.outputLimit {
                if ended == 0 { kill(child) }
                return .printedTooMuch
            }
            if ended == child {
                let signal = status & 0x7F
                return signal == 0 ? .exited(status: status >> 8 & 0xFF, output: output) : .killed(signal: signal)
            }
            guard ended == 0 || errno == EINTR else { return .notStarted(errno) }
            if ContinuousClock.now >= end {
                kill(child)
                return .timedOut
            }
            // The end of a program makes no noise here unless it closes the pipe: look ten to fifty times a second.
            var entry = pollfd(fd: isOpen ? pipe : -1, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, isOpen ? 100 : 20)
        }
    }

    /// False at the end of the output.
    private func drain(_ pipe: Int32, _ output: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16384)
        while output.count <= invocation.outputLimit {
            let count = read(pipe, &chunk, chunk.count)
            if count > 0 {
                output += chunk[..<count]
            } else if count == 0 {
                return false
            } else if errno != EINTR {
                return errno == EAGAIN
            }
        }
        return true
    }

    private func kill(_ child: pid_t) {
        // Not waited for yet, so the number is still the child's own.
        _ = Glibc.kill(invocation.isInteractive ? child : -child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
}

private enum OpenDescriptors {
    static var all: [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
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
}
