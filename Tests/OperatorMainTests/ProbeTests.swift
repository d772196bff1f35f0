import CaracalAPI
import Glibc
import KubeClient
import KubeModel
import KubeSandbox
import Reconciliation
import TestSupport
import Testing

@testable import KubeRuntime
@testable import OperatorMain

/// What a kubelet asks, and what it is told.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ProbeTests {
    private static let away = HTTPResponse(status: 503, body: Array("x".utf8))

    /// B50. Ready once every cache was read, whoever leads; not while one cannot be read. Alive all the while. Fails when a
    /// standby is not ready, and when the first list counts for ever.
    @Test func readyMeansThatEverythingCanBeRead() async throws {
        try await Theatre.open { theatre in
            let port = try await RealTheatre.freePort()
            let election = OperatorRuntime.Election(
                client: theatre.client, lease: ObjectKey(namespace: theatre.namespace, name: OperatorName.lease),
                identity: "two")
            try await theatre.client.create(
                .leases,
                [
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": ["name": .string(OperatorName.lease), "namespace": .string(theatre.namespace)],
                    "spec": ["holderIdentity": "one", "leaseDurationSeconds": 300],
                ])
            let isBroken: @Sendable (HTTPRequest) -> Bool = { $0.target.contains("/services?") }
            try await theatre.operate(
                faults: [Fault(.answer(Self.away), count: .max, isBroken)],
                settings: { $0.times.watchSeconds = 1...1 }, election: election,
                health: ListenAddress("127.0.0.1:\(port)")
            ) { standby in
                let probe = try Probe(port: port)
                try await probe.wait(
                    "/readyz", for: (503, "services: not read yet\nservices: HTTP 503: x\n"))
                #expect(try await probe.ask("/healthz").status == 200)
                standby.transport.clear()
                try await probe.wait("/readyz", for: (200, "ok\n"))
                #expect(!standby.runtime.leadership.mayWrite(), "another leads")
                standby.transport.add(Fault(.answer(Self.away), count: .max, isBroken))
                try await probe.wait("/readyz", for: (503, "services: HTTP 503: x\n"))
                #expect(
                    try await probe.ask("/healthz").status == 200, "an API server that is away is no reason to restart")
                standby.transport.clear()
                try await probe.wait("/readyz", for: (200, "ok\n"))
            }
        }
    }

    /// A100. A leader whose work never ends goes on renewing its Lease, so the kubelet must hear of it: the probe fails and
    /// says why. Fails when only watches are looked at.
    @Test func aLeaderThatIsStuckIsNotAlive() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
                // A queue nobody else takes from.
                let queue = WorkQueue()
                var liveness = Liveness(
                    queue: queue, stores: one.runtime.stores, leadership: one.runtime.leadership)
                #expect(liveness.complaints() == [])
                // Taken up, and never done.
                queue.add(ObjectKey(namespace: "n", name: "stuck"))
                let (stuck, _) = try await queue.next()
                liveness.longestRun = .zero
                #expect(liveness.complaints().first?.hasPrefix("a reconciliation has been running for ") == true)
                queue.done(stuck)
                #expect(liveness.complaints() == [])
                // A watch that nobody has heard of for too long, though nothing failed.
                liveness.longestSilence = .zero
                #expect(liveness.complaints().contains("pods: the watch no longer works"))
            }
        }
    }

    /// C58, B50. A standby that gets a tenth of a processor, while an instance is installed and changed beneath it, answers
    /// its probes in time, knows everything, and writes nothing. Fails when a standby may write.
    @Test func aStarvedStandbyAnswersItsProbes() async throws {
        try await Theatre.open { theatre in
            try await theatre.client.create(
                .leases,
                [
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": ["name": .string(OperatorName.lease), "namespace": .string(theatre.namespace)],
                    "spec": ["holderIdentity": "one", "leaseDurationSeconds": 300],
                ])
            let directory = try TemporaryDirectory()
            let port = try await RealTheatre.freePort()
            try directory.write("kubeconfig", Self.kubeconfig(theatre.client.configuration.endpoint.base))
            try await OperatorProcess.with(
                [
                    "--kubeconfig", "\(directory.path)/kubeconfig", "--namespace", theatre.namespace,
                    "--operator-namespace", theatre.namespace, "--health-address", "127.0.0.1:\(port)",
                ], environment: ["HOSTNAME": "two"], log: "\(directory.path)/log"
            ) { standby in
                let probe = try Probe(port: port)
                try await probe.wait("/readyz", for: (200, "ok\n"))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await Self.starve(standby) }
                    try await theatre.operate { _ in
                        for team in 0..<5 {
                            try await theatre.apply {
                                $0.set(["spec", "podDefaults"], ["labels": ["team": .string("\(team)")]])
                            }
                            try await theatre.wait(for: "Converged")
                            for path in ["/healthz", "/readyz"] {
                                // As patient as manifests/install.yaml has the kubelet be.
                                #expect(try await probe.ask(path, within: .seconds(5)).status == 200, "\(path)")
                            }
                        }
                    }
                    group.cancelAll()
                }
                standby.send(SIGCONT)
                #expect(standby.end == nil, "\(standby.lastLines())")
                let log = directory.read("log")
                #expect(!log.contains("leading") && !log.contains("applied"), "\(log)")
            }
        }
    }

    /// Ten milliseconds of a hundred, until cancelled.
    private static func starve(_ process: OperatorProcess) async {
        while !Task.isCancelled {
            process.send(SIGSTOP)
            await Bell().wait(until: .now + .milliseconds(90))
            process.send(SIGCONT)
            await Bell().wait(until: .now + .milliseconds(10))
        }
    }

    private static func kubeconfig(_ server: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: s
        clusters: [{name: s, cluster: {server: "\(server)"}}]
        contexts: [{name: s, context: {cluster: s, user: s}}]
        users: [{name: s, user: {}}]

        """
    }
}

/// A kubelet's questions.
private struct Probe {
    private let transport: CurlTransport

    init(port: Int) throws {
        let endpoint = CurlEndpoint(base: "http://127.0.0.1:\(port)", host: "127.0.0.1:\(port)")
        transport = try CurlTransport(concurrency: 2) { endpoint }
    }

    func ask(_ path: String, within limit: Duration = .seconds(10)) async throws -> (status: Int, text: String) {
        let answer = try await transport.send(HTTPRequest("GET", path, timeout: limit))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    /// Asks until it is told so.
    func wait(_ path: String, for wanted: (status: Int, text: String)) async throws {
        while true {
            try Task.checkCancellation()
            if let answer = try? await ask(path), answer == wanted { return }
            await Task.yield()
        }
    }
}
