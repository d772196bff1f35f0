import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Crypto
import Glibc
import Hardening
import KubeClient
import KubeModel
import KubeSandbox
import Logging
import Preflight
import Rendering

struct QuickstartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quickstart",
        abstract: "Shows the whole way: an API server, the CRD, sample keys, a sample instance, the operator.",
        discussion:
            "With --cluster the API server is that of your kubeconfig; otherwise an embedded one that runs no container."
    )

    @OptionGroup var options: ClusterOptions

    @Flag(help: "Use the cluster of the kubeconfig instead of the embedded API server.")
    var cluster = false

    @Option(name: [.short, .customLong("filename")], help: "The CaracalDeployment to run.")
    var filename: String

    @Option(help: "Where the embedded server's kubeconfig is written.")
    var sandboxKubeconfig = ".quickstart/kubeconfig"

    @Flag(help: "End once the instance is Ready, instead of reconciling until Ctrl-C.")
    var exitWhenReady = false

    func run() async throws {
        Process.forbidCoreDumps()
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, level: .warning, format: .text) }
        guard let file = try InstanceFile.load(filename).first else { throw Failure("\(filename): no instance") }
        if cluster { return try await show(file, try KubeClient(try options.configuration())) }
        try await withSandbox { client in try await show(file, client) }
    }

    /// Starts the embedded server for as long as the body runs.
    private func withSandbox(_ body: @escaping @Sendable (KubeClient) async throws -> Void) async throws {
        guard let random = SecureRandom.bytes(24) else { throw Failure("the system has no randomness to give") }
        let token = Hex.text(random)
        let sandbox = SandboxCluster()
        let server = SandboxServer(api: SandboxAPI(cluster: sandbox), token: token, logger: Logger(label: "sandbox"))
        let simulation = Simulation(cluster: sandbox)
        let path = sandboxKubeconfig
        if let slash = path.lastIndex(of: "/") { mkdir(String(path[..<slash]), 0o700) }
        defer { unlink(path) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
            group.addTask { await simulation.run() }
            group.addTask { try await server.run(port: 0) { continuation.yield($0) } }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return }
                try SandboxCommand.writeKubeconfig(path, port: port, token: token)
                print("embedded API server on 127.0.0.1:\(port) (no container is run)")
                print("  look with kubectl from another terminal: export KUBECONFIG=$PWD/\(path)")
                try await body(try KubeClient(try KubeConfig(paths: [path]).configuration()))
            }
            try await group.next()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    private func show(_ file: InstanceFile, _ client: KubeClient) async throws {
        let tour = QuickstartTour(client: client, file: file)
        do { try await tour.prepare() } catch let error as KubeError { throw Failure(error.message) }
        let key = try await DigestKeyStore(client: client, namespace: file.instance.key.namespace).load()
        let runtime = OperatorRuntime(
            client: client, settings: OperatorRuntime.Settings(namespace: file.instance.key.namespace, workers: 2),
            digestKey: key, metrics: Metrics(),
            logger: Logger(label: "operator"))
        let isOver = exitWhenReady
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run(healthAddress: nil) }
            group.addTask {
                try await tour.follow()
                if isOver { return }
                print("\nreconciling until Ctrl-C: change or delete something and see it come back")
                fflush(nil)
                try await Task.sleep(for: .seconds(365 * 86400))
            }
            try await group.next()
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }
}
