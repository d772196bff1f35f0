import CaracalAPI
import KubeClient
import KubeModel

/// Watches the instances on a connection of its own and notes when each came where.
final class Observer: Sendable {
    struct Progress: Sendable {
        var generation: Int64 = 0
        /// When `status.observedGeneration` was seen to be the generation.
        var currentAt: ContinuousClock.Instant?
        var readyAt: ContinuousClock.Instant?
        /// How often what a person looks for changed: a condition's state or reason, the wave, the migrations.
        var transitions = 0
        var lastFace = ""
    }

    private let client: KubeClient
    private let namespace: String
    private let progress = Locked<[String: Progress]>([:])

    init(client: KubeClient, namespace: String) {
        self.client = client
        self.namespace = namespace
    }

    /// Until cancelled. `started` is called when nothing can be missed any more.
    func run(started: @Sendable () -> Void) async throws {
        let type = CaracalDeployment.resource
        let list = try await client.list(type, namespace: namespace)
        for item in list.items { note(item) }
        var version = list.resourceVersion
        started()
        while !Task.isCancelled {
            for try await event in try await client.watch(type, namespace: namespace, from: version, seconds: 3000) {
                switch event {
                case .added(let object), .modified(let object):
                    version = object.resourceVersion
                    note(object)
                case .deleted(let object):
                    version = object.resourceVersion
                    progress.withLock { $0[object.name] = nil }
                case .bookmark(let reached): version = reached
                case .failed(let error): throw error
                }
            }
        }
    }

    private func note(_ object: JSONValue) {
        let now = ContinuousClock.now
        let conditions = object.at("status", "conditions")?.array ?? []
        let isReady = conditions.contains { $0["type"] == "Ready" && $0["status"] == "True" }
        let isCurrent = object.at("status", "observedGeneration")?.integer == object.generation
        var parts = conditions.map {
            "\($0["type"]?.string ?? "")=\($0["status"]?.string ?? "")/\($0["reason"]?.string ?? "")"
        }
        parts += [object.at("status", "operation", "wave"), object.at("status", "migrations")].map { $0?.text ?? "" }
        let face = parts.joined(separator: " ")
        progress.withLock { progress in
            var entry = progress[object.name] ?? Progress()
            if entry.generation != object.generation {
                entry = Progress()
                entry.generation = object.generation
            }
            if isCurrent { entry.currentAt = entry.currentAt ?? now }
            if isCurrent, isReady { entry.readyAt = entry.readyAt ?? now }
            if object["status"] != nil, face != entry.lastFace { entry.transitions += 1 }
            entry.lastFace = face
            progress[object.name] = entry
        }
    }

    var all: [String: Progress] { progress.withLock { $0 } }

    /// Returns when the fact holds; false where it does not within the limit.
    func wait(_ limit: Duration, until holds: ([String: Progress]) -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while !holds(all) {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}

/// A transport that says who is asking, so that the audit log tells the measurement from what is measured.
struct NamedTransport: Transport {
    let transport: any Transport
    static let userAgent = "caracal-benchmark/1"

    func send(_ request: HTTPRequest) async throws -> HTTPResponse { try await transport.send(named(request)) }
    func stream(_ request: HTTPRequest) async throws -> HTTPStream { try await transport.stream(named(request)) }

    private func named(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.headers.removeAll { $0.name == "User-Agent" }
        request.headers.append((name: "User-Agent", value: Self.userAgent))
        return request
    }
}
