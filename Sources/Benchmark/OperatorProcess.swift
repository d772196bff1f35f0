import Glibc
import KubeClient

/// The operator's binary as a child process, seen only as a cluster sees it: through its requests, its health address
/// and the kernel.
struct OperatorProcess: Sendable {
    let figures: ProcessFigures
    let startedAt: ContinuousClock.Instant
    private let health: CurlTransport

    /// Starts `binary run` with a health address of its own on loopback; what it logs goes to `log`.
    static func start(_ binary: String, kubeconfig: String, namespace: String, log: String) throws -> OperatorProcess {
        let port = try freePort()
        let arguments = [
            binary, "run", "--kubeconfig", kubeconfig, "--namespace", namespace, "--operator-namespace", namespace,
            "--health-address", "127.0.0.1:\(port)",
        ]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The measuring process's own sockets are no business of the operator's.
        for descriptor in ProcessFigures.own.descriptors where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        let texts = arguments.map { strdup($0) }
        defer { for text in texts { free(text) } }
        var pid = pid_t()
        let endpoint = CurlEndpoint(base: "http://127.0.0.1:\(port)", host: "127.0.0.1:\(port)")
        let health = try CurlTransport(concurrency: 1) { endpoint }
        let started = ContinuousClock.now
        let failure = posix_spawn(&pid, binary, &actions, nil, texts + [nil], environ)
        guard failure == 0 else { throw Failure("\(binary): \(String(cString: strerror(failure)))") }
        return OperatorProcess(figures: ProcessFigures(pid: pid), startedAt: started, health: health)
    }

    /// Waits until `/readyz` says that every cache is filled; how long that took since the start.
    func untilReady(_ limit: Duration = .seconds(60)) async throws -> Duration {
        while true {
            if let answer = try? await health.send(HTTPRequest("GET", "/readyz")), answer.status == 200 {
                return ContinuousClock.now - startedAt
            }
            guard isRunning else { throw Failure("the operator ended at start: see operator.log") }
            guard ContinuousClock.now - startedAt < limit else {
                throw Failure("the operator was not ready within \(limit): see operator.log")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// `rest_client_requests_total` by method, whatever the code.
    func requests() async throws -> [String: Int] { Self.requests(inMetrics: try await metrics()) }

    /// Looks at an instance, of every result.
    func reconciles() async throws -> Int {
        try await metrics().split(separator: "\n").filter { $0.hasPrefix("controller_runtime_reconcile_total{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }

    private func metrics() async throws -> String {
        String(decoding: try await health.send(HTTPRequest("GET", "/metrics")).body, as: UTF8.self)
    }

    static func requests(inMetrics text: String) -> [String: Int] {
        var totals: [String: Int] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("rest_client_requests_total{") {
            guard let method = line.firstRange(of: "method=\""), let space = line.lastIndex(of: " "),
                let count = Int(line[line.index(after: space)...])
            else { continue }
            totals[String(line[method.upperBound...].prefix { $0 != "\"" }), default: 0] += count
        }
        return totals
    }

    /// SIGTERM, and SIGKILL for one that does not end in time, which is a failure.
    func stop() async throws {
        guard isRunning else { throw Failure("the operator ended by itself: see operator.log") }
        kill(figures.pid, SIGTERM)
        let end = ContinuousClock.now + .seconds(15)
        while isRunning {
            guard ContinuousClock.now < end else {
                abandon()
                throw Failure("the operator did not end within 15 s of SIGTERM: see operator.log")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// For when the measurement failed: nothing stays behind.
    func abandon() {
        guard isRunning else { return }
        kill(figures.pid, SIGKILL)
        var status: Int32 = 0
        waitpid(figures.pid, &status, 0)
    }

    private var isRunning: Bool {
        var status: Int32 = 0
        return waitpid(figures.pid, &status, WNOHANG) == 0
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        guard let port = Loopback.bind(descriptor) else { throw Failure("no port on loopback") }
        return port
    }
}

enum Loopback {
    /// Binds the socket to a free port of 127.0.0.1.
    static func bind(_ descriptor: Int32) -> UInt16? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address.sin_port) : nil
    }
}
