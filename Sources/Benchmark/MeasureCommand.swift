import ArgumentParser
import Glibc
import KubeClient
import KubeModel

struct MeasureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures one operator against one API server.")

    @Option(help: "The operator's binary.")
    var `operator`: String

    @Option(help: "Kubeconfig of the API server.")
    var kubeconfig: String

    @Option(
        help: "The API server's audit log (audit.k8s.io/v1, JSON lines). Without it requests are not told by resource.")
    var auditLog: String?

    @Option(help: "Where the operator's log goes.")
    var log: String

    @Option(name: [.short, .customLong("filename")], help: "The CaracalDeployment whose copies are made.")
    var filename: String

    @Option(help: "The kept figures.")
    var baseline: String

    @Flag(help: "Keep this run's figures instead of comparing with the kept ones.")
    var record = false

    @Option(help: "Instances created one after the other, for latency and CPU.")
    var serial = 20

    @Option(help: "Instances that wait when the operator starts.")
    var backlog = 20

    @Option(help: "Seconds in which nothing changes.")
    var steady = 20

    @Option(help: "Secrets, and pods, of somebody else; 0 leaves that out.")
    var foreign = 2000

    @Option(help: "How often a thousand objects the operator caches come and go; 0 leaves that out.")
    var bursts = 3

    func validate() throws {
        guard (2...10_000).contains(serial), (2...10_000).contains(backlog) else {
            throw ValidationError("--serial, --backlog: 2 to 10000")
        }
        guard (1...86_400).contains(steady) else { throw ValidationError("--steady: 1 to 86400") }
        guard (0...1000).contains(bursts) else { throw ValidationError("--bursts: 0 to 1000") }
        guard (0...100_000).contains(foreign) else { throw ValidationError("--foreign: 0 to 100000") }
    }

    func run() async throws {
        let configuration: ClientConfiguration
        do { configuration = try KubeConfig(paths: [kubeconfig]).configuration() } catch let error
            as ConfigurationError
        { throw Failure(error.description) }
        let source = configuration.endpointSource
        let client = KubeClient(
            configuration, transport: NamedTransport(transport: try CurlTransport { try source.current() }))
        let namespace = "bench-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        let stage = Stage(client: client, namespace: namespace, binary: `operator`, sample: filename)
        let measurement = Measurement(
            stage: stage, observer: Observer(client: client, namespace: namespace), configuration: configuration,
            kubeconfig: kubeconfig, audit: auditLog.map(AuditLog.init), log: log,
            sizes: .init(serial: serial, backlog: backlog, steadySeconds: steady, foreign: foreign, bursts: bursts))
        let server: String
        let report: Report
        do {
            server = try await client.serverVersion()
            report = try await measurement.run()
        } catch {
            await stage.remove()
            throw (error as? KubeError).map { Failure("the benchmark's own request failed: \($0.message)") } ?? error
        }
        await stage.remove()
        Console.say("\n\(report.table)\n")
        try judge(report, server)
    }

    private func judge(_ report: Report, _ server: String) throws {
        var complaints = report.complaints
        if record {
            let note: JSONObject = [
                "date": .string(Timestamp.now().date), "cores": .integer(Int64(ProcessFigures.cores)),
                "server": .string(server),
            ]
            try TextFile.write(report.baseline(note: note).prettyText + "\n", to: baseline)
            Console.say("kept in \(baseline)")
        } else {
            let kept: JSONValue
            do { kept = try JSONValue(parsing: try TextFile.read(baseline)) } catch {
                throw Failure("\(baseline): \(error). Make one with hack/bench --record")
            }
            complaints += report.regressions(against: kept)
        }
        guard complaints.isEmpty else { throw Failure(complaints.joined(separator: "\n")) }
        Console.say(record ? "recorded" : "no figure is worse than what was kept")
    }
}
