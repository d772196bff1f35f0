import CaracalAPI
import CaracalCatalog
import Crypto
import Hardening
import KubeClient
import KubeModel
import KubeRuntime
import KubeSandbox
import Logging
import Preflight
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// No value of a Secret leaves the place that looks at it: not in an object, an event, a status, a log line, a metric, or
/// anything else that was ever sent. Fails when any finding, obstacle or log quotes what it found.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CanaryTests {
    @Test func noValueIsEverWrittenSaidOrLogged() async throws {
        try await InProcessSandbox.with(simulated: true) { client, _ in
            let said = Said()
            let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
            try await client.apply(.customResourceDefinitions, crd, fieldManager: "test")
            try await client.create(
                .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "caracal"]])
            let original = Theatre.secret
            try await client.create(.secrets, original)
            for certificate in try SampleCertificates.secrets(Fixture.production.context()) {
                said.watchFor(certificate)
                try await client.create(.secrets, certificate)
            }
            said.watchFor(original)
            let metrics = Metrics()
            let endpoint = client.configuration.endpoint
            let recorded = KubeClient(client.configuration, transport: said.transport(try CurlTransport { endpoint }))
            let runtime = OperatorRuntime(
                client: recorded, settings: OperatorRuntime.Settings(namespace: "caracal", workers: 2),
                digestKey: DigestKey(Array(repeating: 1, count: 32)), metrics: metrics,
                logger: Logger(label: "operator") { _ in said.handler })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await runtime.run(healthAddress: nil) }
                group.addTask {
                    let operation = Operation(client: client)
                    var secret = original
                    try await operation.apply()
                    try await operation.wait(for: "Converged")
                    // Every key in turn holds what no service would take, and then what it held before.
                    for key in secret["data"]?.object?.keys ?? [] {
                        let old = secret.at("data", key)
                        let bad = "CANARY-\(key)-\u{1F424} \n"
                        secret.set(["data", key], .string(Base64.encode(Array(bad.utf8))))
                        said.watchFor(secret)
                        try await client.patch(
                            .secrets, secret.key, .merge, ["data": [key: secret.at("data", key) ?? ""]])
                        secret.set(["data", key], old)
                    }
                    try await client.wait(CaracalDeployment.resource, operation.key) {
                        $0.flatMap { Operation.condition($0, "PreflightPassed")?["status"] } == "False"
                    }
                    await runtime.queue.quieted()
                    for type in ResourceCatalog.kinds + [.pods, CaracalDeployment.resource, .events] {
                        guard let list = try? await client.list(type, namespace: "caracal") else { continue }
                        for object in list.items { said.hear("\(type.plural) \(object.text)") }
                    }
                    said.hear(
                        metrics.text(
                            Metrics.Gauges(
                                queue: runtime.queue.figures, instances: 1, isLeading: true, contested: 0, watches: []))
                    )
                }
                try await group.next()
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            #expect(said.count > 100, "something was heard at all")
            #expect(said.leaks == [])
        }
    }
}

/// Everything the operator said, and the values it must not have said.
private final class Said: Sendable {
    private struct State {
        var texts: [String] = []
        var canaries: Set<String> = []
    }
    private let state = Locked(State())

    func hear(_ text: String) { state.withLock { $0.texts.append(text) } }
    var count: Int { state.withLock { $0.texts.count } }

    /// Values as they are, as Base64, and the passwords within URLs.
    func watchFor(_ secret: JSONValue) {
        for entry in secret["data"]?.object ?? [:] {
            guard let encoded = entry.value.string, let bytes = Base64.decode(encoded) else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            // What is public, or too short to be told from other text.
            guard entry.key != "tls.crt", text.utf8.count >= 12 else { continue }
            var found = [encoded, text]
            if let at = text.lastIndex(of: "@"), let colon = text[..<at].lastIndex(of: ":") {
                found.append(String(text[text.index(after: colon)..<at]))
            }
            state.withLock { $0.canaries.formUnion(found.filter { $0.utf8.count >= 12 }) }
        }
    }

    var leaks: [String] {
        state.withLock { state in
            state.canaries.flatMap { canary in
                state.texts.filter { $0.contains(canary) }.map { String($0.prefix(120)) }
            }
        }
    }

    var handler: any LogHandler { Ear(said: self) }

    func transport(_ inner: some Transport) -> some Transport { Recorder(said: self, inner: inner) }

    private struct Recorder<Inner: Transport>: Transport {
        let said: Said
        let inner: Inner
        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            said.hear("\(request.method) \(request.target) \(String(decoding: request.body ?? [], as: UTF8.self))")
            return try await inner.send(request)
        }
        func stream(_ request: HTTPRequest) async throws -> HTTPStream {
            said.hear(request.target)
            return try await inner.stream(request)
        }
    }

    private struct Ear: LogHandler {
        let said: Said
        var logLevel: Logger.Level = .trace
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { said.hear("log: \(event.message) \(event.metadata ?? [:])") }
    }
}
