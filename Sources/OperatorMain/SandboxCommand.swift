import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Crypto
import Glibc
import KubeModel
import KubeSandbox
import Logging
import NIOCore

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Serves an in-memory Kubernetes API on loopback, for trying things out and for tests.",
        discussion: """
            kubectl works against it with the kubeconfig it writes (mode 0600, with a random token). It plays the controllers \
            and the kubelet, runs no container, and forgets everything when it ends. It is not the truth: a real API server is.
            """)

    @Option(help: "Where to write the kubeconfig.")
    var kubeconfig: String

    @Option(help: "Port; 0 takes a free one.")
    var port = 0

    @Option(help: "Milliseconds a pod takes to become ready.")
    var podDelay = 300

    @Option(help: "File for one line of JSON per request, as a real API server writes its audit log at level Metadata.")
    var auditLog: String?

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port: 0 to 65535") }
        guard (0...600_000).contains(podDelay) else { throw ValidationError("--pod-delay: 0 to 600000") }
    }

    func run() async throws {
        guard let random = SecureRandom.bytes(24) else { throw Failure("the system has no randomness to give") }
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, level: .info, format: .text) }
        let logger = Logger(label: "sandbox")
        let token = Hex.text(random)
        let cluster = SandboxCluster()
        let server = SandboxServer(
            api: SandboxAPI(cluster: cluster), token: token, logger: logger, audit: try audit())
        let simulation = Simulation(cluster: cluster, podDelay: .milliseconds(podDelay))
        let signals = StopSignals()
        let (path, chosen) = (kubeconfig, port)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await simulation.run() }
                group.addTask {
                    try await server.run(port: chosen) { port in
                        try Self.writeKubeconfig(path, port: port, token: token)
                        print("sandbox listens on 127.0.0.1:\(port); KUBECONFIG=\(path)")
                        fflush(nil)
                    }
                }
                group.addTask { _ = await signals.next() }
                try await group.next()
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) { throw error }
                }
            }
        } catch is CancellationError {} catch let error as IOError {
            throw Failure("cannot listen on 127.0.0.1:\(chosen): \(ListenAddress.reason(error))")
        }
        unlink(path)
    }

    private func audit() throws -> (@Sendable (JSONValue) -> Void)? {
        guard let auditLog else { return nil }
        let file = try LineFile(auditLog)
        return { event in file.append(event.text) }
    }

    /// The token is part of the server's path, because kubectl sends no bearer over plain HTTP.
    static func writeKubeconfig(_ path: String, port: Int, token: String) throws {
        let text = """
            apiVersion: v1
            kind: Config
            current-context: sandbox
            clusters: [{name: sandbox, cluster: {server: "http://127.0.0.1:\(port)/\(token)"}}]
            contexts: [{name: sandbox, context: {cluster: sandbox, user: sandbox, namespace: default}}]
            users: [{name: sandbox, user: {}}]

            """
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        try Files.write(text, to: descriptor)
    }
}
