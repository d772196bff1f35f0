import Glibc
import KubeClient

/// `caracal-operator run` as a process of its own, to be stopped, continued and killed.
package final class OperatorProcess: Sendable {
    package struct End: Sendable {
        /// nil where a signal ended it.
        package var code: Int32?
        package var signal: Int32?
        package var at: ContinuousClock.Instant
    }

    package struct Failure: Error {
        package var message: String
        package init(message: String) { self.message = message }
    }

    private struct State {
        var end: End?
        var waiters: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    package let pid: pid_t
    /// Where its output goes.
    package let log: String
    private let state = Locked(State())

    /// Runs while the body runs, and is killed afterwards if it still does.
    package static func with<Result: Sendable>(
        _ arguments: [String], environment: [String: String?] = [:], log: String,
        _ body: (OperatorProcess) async throws -> Result
    ) async throws -> Result {
        let process = try OperatorProcess(arguments, environment: environment, log: log)
        do {
            let result = try await body(process)
            await process.kill()
            return result
        } catch {
            await process.kill()
            throw error
        }
    }

    private init(_ arguments: [String], environment: [String: String?], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // Sockets and locks of the test's own process would outlive it in one that was left over.
        for descriptor in STDERR_FILENO + 1..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        let program = "\(Child.productDirectory)/caracal-operator"
        var argv = ([program, "run"] + arguments).map { strdup($0) } + [nil]
        var envp = Child.variables(environment).map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, nil, &argv, &envp)
        guard code == 0 else {
            throw Failure(message: "\(program): \(String(cString: strerror(code))); build it first")
        }
        self.pid = pid
        self.log = log
        reap()
    }

    /// A thread of its own waits for the end: Swift's threads are few.
    private func reap() {
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<OperatorProcess>.fromOpaque(context).takeRetainedValue().untilEnd()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private func untilEnd() {
        // Left unreaped until the lock is held, so that no signal can go to a process that got the same number since.
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        let at = ContinuousClock.now
        let waiters = state.withLock { state in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            state.end = End(code: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal, at: at)
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.finish() }
    }

    package func send(_ signal: Int32) { state.withLock { if $0.end == nil { _ = Glibc.kill(pid, signal) } } }

    package var end: End? { state.withLock { $0.end } }

    /// Returns when it has ended, or `nil` when cancelled.
    @discardableResult
    package func ended() async -> End? {
        let (done, continuation) = AsyncStream.makeStream(of: Void.self)
        let id = state.withLock { state -> UInt64 in
            state.nextID += 1
            if state.end == nil { state.waiters[state.nextID] = continuation } else { continuation.finish() }
            return state.nextID
        }
        for await _ in done {}
        state.withLock { $0.waiters[id] = nil }
        return end
    }

    /// `kill -9`, and the end of it.
    package func kill() async {
        send(SIGKILL)
        await ended()
    }

    /// The last lines it wrote, for a failed test's message.
    package func lastLines(_ count: Int = 8) -> String {
        guard let file = fopen(log, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let read = fread(&chunk, 1, chunk.count, file), read > 0 { bytes += chunk[..<read] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(count).joined(separator: "\n")
    }
}
