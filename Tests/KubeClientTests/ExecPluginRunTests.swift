import Glibc
import TestSupport
import Testing

@testable import KubeClient

/// One run of a program: bounds of time and size, and nothing left behind (A38, C30).
@Suite struct ExecPluginRunTests {
    private func run(_ script: String, deadline: Duration = .seconds(60), limit: Int = 1024 * 1024) async
        -> ChildProcess.Outcome
    {
        var invocation = ChildProcess.Invocation(
            path: "/bin/sh", arguments: ["-c", script], environment: ["PATH=/usr/bin:/bin"], deadline: deadline)
        invocation.outputLimit = limit
        let settled = invocation
        return await withCheckedContinuation { continuation in
            ChildProcess.run(settled) { continuation.resume(returning: $0) }
        }
    }

    /// Waits until nobody holds a FIFO open for writing any more; false after ten seconds.
    private func isAbandoned(_ fifo: Int32) -> Bool {
        var entry = pollfd(fd: fifo, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 10_000) == 1 && entry.revents & Int16(POLLHUP) != 0
    }

    // Fails when the output is read once instead of to its end: a pipe holds 64 KiB.
    @Test func largeOutputIsReadWhole() async {
        let outcome = await run("head -c 300000 /dev/zero | tr '\\0' x; exit 0")
        guard case .exited(0, let output) = outcome else { Issue.record("\(outcome)"); return }
        #expect(output == [UInt8](repeating: UInt8(ascii: "x"), count: 300_000))
    }

    // Fails when what the program started is left running: only the shell itself is killed.
    @Test func aHangIsKilledWithEverythingItStarted() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/fifo"
        mkfifo(path, 0o600)
        let fifo = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(fifo) }
        let outcome = await run("exec 3>\(path); (trap '' TERM; sleep 600) & sleep 600", deadline: .milliseconds(300))
        #expect(outcome == .timedOut)
        #expect(isAbandoned(fifo))
    }

    // Fails when the output has no bound: `yes` fills the memory.
    @Test func outputIsBounded() async throws {
        #expect(await run("yes", limit: 100_000) == .printedTooMuch)
    }

    // Fails when the end of the output is waited for: the helper keeps the pipe open for ten minutes.
    @Test func aHelperLeftBehindIsNotWaitedFor() async throws {
        let directory = try TemporaryDirectory()
        let outcome = await run("sleep 600 & echo $! > \(directory.path)/pid; echo done")
        let helper = try #require(pid_t(directory.read("pid").split(separator: "\n").first ?? ""))
        kill(helper, SIGKILL)
        #expect(outcome == .exited(status: 0, output: Array("done\n".utf8)))
    }

    // Fails when the program's end is only noticed by its pipe: this one closes it and goes on.
    @Test func closedOutputDoesNotEndTheWait() async {
        #expect(await run("exec 1>&-; exit 7") == .exited(status: 7, output: []))
        #expect(await run("exec 1>&-; sleep 600", deadline: .milliseconds(200)) == .timedOut)
    }

    // Fails when ignored signals are handed on: libcurl makes us ignore SIGPIPE, and `yes | head` would complain.
    @Test func signalsAreTheProgramsOwn() async throws {
        _ = try CurlTransport { CurlEndpoint(base: "http://127.0.0.1:1", host: "127.0.0.1:1") }
        guard case .exited(0, let output) = await run("grep SigIgn /proc/self/status") else {
            Issue.record("grep failed"); return
        }
        let mask = String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace).last ?? ""
        #expect(try #require(UInt64(mask, radix: 16)) & (1 << UInt64(SIGPIPE - 1)) == 0)
    }

    @Test func whatCannotStartIsSaid() async {
        let invocation = ChildProcess.Invocation(
            path: "/no/such/program", arguments: [], environment: [], deadline: .seconds(1))
        let outcome = await withCheckedContinuation { continuation in
            ChildProcess.run(invocation) { continuation.resume(returning: $0) }
        }
        #expect(outcome == .notStarted(ENOENT))
    }
}
