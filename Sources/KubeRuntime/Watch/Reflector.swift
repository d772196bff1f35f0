import KubeClient
import KubeModel
import Logging

/// Receives what a reflector sees. Called in order, by one task.
package protocol ObjectSink: Sendable {
    /// The complete truth as of now; whatever is not in it is gone.
    func replace(_ objects: [JSONValue])
    func upsert(_ object: JSONValue)
    func remove(_ object: JSONValue)
    /// Reading failed; what is known may be old. nil when it works again.
    func interrupted(_ error: KubeError?)
}

/// Keeps a sink in step with a collection, or with one object by name, for ever.
package struct Reflector: Sendable {
    package enum Source: Sendable {
        case collection(namespace: String?, Selector)
        /// Needs only `get` and `watch` on that one name.
        case named(ObjectKey)
    }

    private let client: KubeClient
    private let type: ResourceType
    private let source: Source
    private let sink: any ObjectSink
    private let logger: Logger

    package init(
        _ client: KubeClient, _ type: ResourceType, _ source: Source, into sink: any ObjectSink, logger: Logger
    ) {
        self.client = client
        self.type = type
        self.source = source
        self.sink = sink
        self.logger = logger
    }

    /// Returns only when cancelled.
    package func run() async throws {
        var state = ReflectorState()
        var lastComplaint = ""
        while true {
            try Task.checkCancellation()
            let pause: Duration
            do {
                switch state.step {
                case .list:
                    let (items, version) = try await list()
                    sink.replace(items)
                    sink.interrupted(nil)
                    state.listed(resourceVersion: version)
                    pause = .zero
                    lastComplaint = ""
                case .watch(let version): pause = try await watch(from: version, &state)
                }
            } catch let error as KubeError {
                sink.interrupted(error)
                pause = state.failed(error)
                complain(error, &lastComplaint)
            }
            if pause > .zero { try await Task.sleep(for: pause) }
        }
    }

    /// Once for each new reason: what cannot be read is not kept, and nobody would know why.
    private func complain(_ error: KubeError, _ last: inout String) {
        let isRoutine = error.code == .expired || error.code == .transport(.interrupted)
        logger.log(
            level: isRoutine || error.message == last ? .debug : .warning, "cannot read",
            metadata: ["resource": "\(type.qualifiedName)", "error": "\(error.message)"])
        if !isRoutine { last = error.message }
    }

    private func list() async throws -> ([JSONValue], String?) {
        switch source {
        case .collection(let namespace, let selector):
            let list = try await client.list(type, namespace: namespace, selector: selector)
            return (list.items, list.resourceVersion)
        case .named(let key):
            do {
                // Not its own version: that is when it was last changed, which may be older than what the server
                // remembers. Watches of one object begin at the present and look again once they are open.
                return ([try await client.get(type, key)], nil)
            } catch let error as KubeError where error.code == .notFound { return ([], nil) }
        }
    }

    private func watch(from version: String?, _ state: inout ReflectorState) async throws -> Duration {
        let started = ContinuousClock.now
        var sawEvent = false
        let (namespace, selector): (String?, Selector) =
            switch source {
            case .collection(let namespace, let selector): (namespace, selector)
            case .named(let key): (key.namespace, Selector(fields: "metadata.name=\(key.name)"))
            }
        // Spread over time, so that all watches do not end and begin together.
        let seconds = Int.random(in: 300...600)
        let events = try await client.watch(
            type, namespace: namespace, selector: selector, from: version, seconds: seconds)
        sink.interrupted(nil)
        if version == nil { sink.replace(try await list().0) }
        for try await event in events {
            sawEvent = true
            switch event {
            case .added(let object), .modified(let object):
                sink.upsert(object)
                state.advanced(to: object.resourceVersion)
            case .deleted(let object):
                sink.remove(object)
                state.advanced(to: object.resourceVersion)
            case .bookmark(let version): state.advanced(to: version)
            case .failed(let error): throw error
            }
        }
        try Task.checkCancellation()
        return state.ended(wasShort: !sawEvent && ContinuousClock.now - started < .seconds(1))
    }
}

extension KubeClient {
    fileprivate func watch(
        _ type: ResourceType, namespace: String?, selector: Selector, from version: String?, seconds: Int
    ) async throws -> AsyncThrowingStream<WatchEvent, any Error> {
        try await watch(type, namespace: namespace, selector: selector, from: version ?? "", seconds: seconds)
    }
}
