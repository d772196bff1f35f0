import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Glibc
import KubeClient
import KubeModel
import KubeRuntime
import Logging
import Preflight
import Reconciliation
import Rendering

struct ClusterOptions: ParsableArguments {
    @Option(help: "Kubeconfig file. Default: KUBECONFIG, then the pod's service account, then ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "Context of the kubeconfig.")
    var context: String?

    func configuration() throws -> ClientConfiguration {
        do {
            return try KubeConfig.discover(path: kubeconfig, context: context, environment: Environment.all)
        } catch let error as ConfigurationError { throw Failure(error.description) }
    }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs the operator until it is told to stop.")

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "Namespace to watch; * for the whole cluster. Default: the namespace of the context or pod.")
    var namespace: String?

    @Option(help: "Namespace of the operator's own Secret. Default: the namespace of the context or pod.")
    var operatorNamespace: String?

    @Option(help: "Where /healthz, /readyz and /metrics are served; off to switch them off.")
    var healthAddress = "0.0.0.0:8081"

    @Option(help: "text or json.")
    var logFormat: LogFormat = .text

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    @Option(help: "Instances worked on at once.")
    var workers = 4

    @Option(help: "Instances whose pods may roll at once for a reason other than a change of their spec.")
    var concurrentRollouts = 4

    @Flag(
        inversion: .prefixedNo,
        help: "Work only while holding the Lease caracal-operator in the operator's namespace, beside other replicas.")
    var leaderElect = true

    @Option(help: "Seconds others leave the holder of the Lease alone after they saw it renew.")
    var leaseDuration = 15

    @Option(help: "Seconds after its last renewal the holder still writes; less than --lease-duration.")
    var renewDeadline = 10

    @Option(help: "Seconds between renewals.")
    var retryPeriod = 2

    func validate() throws {
        if Logger.Level(rawValue: logLevel) == nil { throw ValidationError("--log-level: \(logLevel) is no level") }
        for (flag, name) in [("--namespace", namespace), ("--operator-namespace", operatorNamespace)] {
            guard let name, !(flag == "--namespace" && name == "*") else { continue }
            let isName =
                (1...63).contains(name.utf8.count) && name.first != "-" && name.last != "-"
                && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
            if !isName { throw ValidationError("\(flag): \"\(name)\" is not the name of a namespace") }
        }
        guard (1...64).contains(workers) else { throw ValidationError("--workers: 1 to 64") }
        guard (1...1000).contains(concurrentRollouts) else {
            throw ValidationError("--concurrent-rollouts: 1 to 1000")
        }
        if leaseTimes == nil {
            throw ValidationError(
                "--lease-duration \(leaseDuration), --renew-deadline \(renewDeadline), --retry-period \(retryPeriod): each must be longer than the next, the deadline at least 1.2 times the period, and the period at least 1 second"
            )
        }
        if healthAddress != "off" { _ = try ListenAddress(healthAddress) }
    }

    private var leaseTimes: LeaseTimes? {
        guard (1...3600).contains(leaseDuration), (1...3600).contains(renewDeadline), (1...3600).contains(retryPeriod)
        else { return nil }
        return LeaseTimes(
            duration: .seconds(leaseDuration), renewDeadline: .seconds(renewDeadline),
            retryPeriod: .seconds(retryPeriod))
    }

    func run() async throws {
        Process.forbidCoreDumps()
        ProcessMemory.limitArenas()
        let level = Logger.Level(rawValue: logLevel) ?? .info
        let format = logFormat
        LoggingSystem.bootstrap { StreamLogHandler(label: $0, level: level, format: format) }
        let logger = Logger(label: "operator")
        let metrics = Metrics()
        var configuration = try cluster.configuration()
        configuration.onRefusal = { file, why in
            // One of a pair is always renewed before the other: the next look, in a minute, finds both.
            logger.warning(
                "new credentials are not used yet", metadata: ["file": "\(file)", "error": "\(why)"])
        }
        let warnings = Locked<Set<String>>([])
        let client = try KubeClient(configuration) { metrics.request(method: $0, status: $1, duration: $2) }
            .warning { text in
                metrics.warned()
                // Once per text, and no more texts than a person reads.
                guard warnings.withLock({ $0.count < 100 && $0.insert(text).inserted }) else { return }
                logger.warning("the API server warns", metadata: ["warning": "\(text)"])
            }
        let server: String
        do { server = try await client.serverVersion() } catch let error as KubeError {
            throw Failure("cannot use the API server (\(configuration.origin)): \(error.message)")
        }
        let watched = namespace == "*" ? nil : try namespace ?? configuration.namespace
        logger.info(
            "starting",
            metadata: [
                "version": "\(OperatorVersion.current)", "server.version": "\(server)",
                "cluster": "\(configuration.origin)",
                "namespace": "\(watched ?? "(all)")",
            ])
        let home = try operatorNamespace ?? configuration.namespace
        let key = try await DigestKeyStore(client: client, namespace: home).load()
        var settings = OperatorRuntime.Settings(namespace: watched)
        settings.workers = workers
        settings.concurrentRollouts = concurrentRollouts
        settings.operatorNamespace = home
        let runtime = OperatorRuntime(
            client: client, settings: settings, election: try election(configuration, home, metrics), digestKey: key,
            metrics: metrics, logger: logger)
        do {
            try await runtime.run(healthAddress: healthAddress == "off" ? nil : ListenAddress(healthAddress))
        } catch let error as LeadershipLost {
            throw Failure("\(error): another replica may be writing now, so this one ends")
        }
        logger.info("stopped")
    }

    private func election(
        _ configuration: ClientConfiguration, _ home: String, _ metrics: Metrics
    ) throws -> OperatorRuntime.Election? {
        guard leaderElect, let leaseTimes else { return nil }
        let host = Environment.all["HOSTNAME"] ?? "caracal-operator"
        // A restarted process is another candidate: it knows nothing of what the one before it has under way.
        let identity = "\(host)_\(String(UInt64.random(in: .min ... .max), radix: 16))"
        return OperatorRuntime.Election(
            client: try KubeClient(configuration) { metrics.request(method: $0, status: $1, duration: $2) },
            lease: ObjectKey(namespace: home, name: OperatorName.lease),
            identity: identity, times: leaseTimes)
    }
}

enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

/// The process's environment as it was at start.
enum Environment {
    static var all: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                result[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}

enum Process {
    /// Secrets pass through memory: none may end in a core file.
    static func forbidCoreDumps() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }
}
