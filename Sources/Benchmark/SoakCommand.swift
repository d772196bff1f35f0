import ArgumentParser
import Glibc
import KubeClient

/// Very many requests through the transport, every tenth of which fails: neither descriptors nor memory may grow.
struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Sends many requests, every tenth reset by the server, and looks for leaks.")

    @Argument(help: "Requests.")
    var requests = 1_000_000

    private static let width = 8

    func validate() throws {
        guard requests >= 1000 else { throw ValidationError("at least 1000 requests") }
    }

    func run() async throws {
        let server = try ResettingServer(every: 10)
        let endpoint = CurlEndpoint(base: "http://127.0.0.1:\(server.port)", host: "127.0.0.1:\(server.port)")
        let transport = try CurlTransport(concurrency: Self.width) { endpoint }
        var first: (descriptors: Int, memory: Double)?
        var (failed, sent) = (0, 0)
        let start = ContinuousClock.now
        for part in 1...10 {
            let count = requests / 10
            failed += try await batch(count, transport)
            sent += count
            // Every connection is idle or gone now; the server's threads take a moment to close theirs.
            try await Task.sleep(for: .milliseconds(300))
            let figures = ProcessFigures.own
            let (descriptors, memory) = (figures.descriptors.count, figures.memory)
            Console.say(
                "\(part * 10) %: \(sent) requests, \(failed) failed, \(descriptors) descriptors, \(Report.text(memory.now)) MiB (highest \(Report.text(memory.peak)))"
            )
            guard let first else {
                first = (descriptors, memory.now)
                continue
            }
            // Both ends of every pooled connection are in this process.
            guard descriptors <= first.descriptors + 2 * Self.width else {
                throw Failure("descriptors grew from \(first.descriptors) to \(descriptors) in \(sent) requests")
            }
            guard memory.now <= first.memory * 1.1 + 2 else {
                throw Failure(
                    "memory grew from \(Report.text(first.memory)) to \(Report.text(memory.now)) MiB in \(sent) requests"
                )
            }
        }
        let seconds = (ContinuousClock.now - start).seconds
        guard failed > 0 else { throw Failure("nothing failed: the server reset no connection that mattered") }
        Console.say(
            "nothing grew; \(Report.text(Double(sent) / seconds)) requests/s; \(server.resets) connections reset; libcurl asked again by itself \(server.seen - sent) times"
        )
    }

    /// How many failed.
    private func batch(_ count: Int, _ transport: CurlTransport) async throws -> Int {
        let body = Array(#"{"kind":"ConfigMap","data":{"a":"\#(String(repeating: "x", count: 900))"}}"#.utf8)
        let headers = [(name: "Content-Type", value: "application/apply-patch+yaml"), (name: "Expect", value: "")]
        let next = Locked(0)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<Self.width {
                group.addTask {
                    var failed = 0
                    while case let index = next.withLock({ next in
                        defer { next += 1 }
                        return next
                    }), index < count {
                        do {
                            let answer = try await transport.send(
                                HTTPRequest("PATCH", "/api/v1/\(index)", headers: headers, body: body))
                            guard answer.status == 200 else { throw Failure("HTTP \(answer.status)") }
                        } catch let error as TransportError {
                            guard [.interrupted, .truncated].contains(error.kind) else { throw error }
                            failed += 1
                        }
                    }
                    return failed
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
