import KubeClient
import KubeModel
import Logging

/// Receives what a reflector sees. Called in order, by one task.
package protocol ObjectSink: Sendable {
    /// What of an object is kept. It is asked of each object of a list as it is read, and the list may fail after that.
    func keep(_ object: JSONValue) -> KeptObject
    /// The complete truth as of `resourceVersion` (nil: as of now), of each object what ``keep(_:)`` made of it; whatever
    /// is not in it is gone.
    func replace(_ objects: [ObjectKey: KeptObject], at resourceVersion: String?)
    func upsert(_ object: JSONValue)
    func remove(_ object: JSONValue)
    /// Nothing happened up to here.
    func advanced(to resourceVersion: String)
    /// Reading failed; what is known may be old. nil when it works again.
    func interrupted(_ error: KubeError?)
    /// The server said something.
    func heard()
    /// What is known, for the audit; nil where there is none to be done.
    func versions() -> [ObjectKey: ObjectVersion]?
}

extension ObjectSink {
    package func keep(_ object: JSONValue) -> KeptObject { KeptObject(object, packed: false) }
    package func replace(_ objects: [JSONValue], at resourceVersion: String?) {
        replace(Dictionary(objects.map { ($0.key, keep($0)) }) { $1 }, at: resourceVersion)
    }
    package func advanced(to resourceVersion: String) {}
    package func heard() {}
    package func versions() -> [ObjectKey: ObjectVersion]? { nil }
}

/// How long a reflector waits for what. Another value than the default is for tests alone.
package struct ReflectorTimes: Sendable {
    /// How long the server is asked to keep a watch open; spread, so that not all end and begin together.
    package var watchSeconds = 300...600
    package var silenceLimit = KubeClient.silenceLimit
    /// How often what is known is compared with what there is: servers have lost events for good
    /// (kubernetes/kubernetes#123072). The look happens where a watch ends anyway.
    package var auditInterval = Duration.seconds(1800)
    package init() {}
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
    private let budget: RetryBudget
    private let times: ReflectorTimes
    private let logger: Logger

    package init(
        _ client: KubeClient, _ type: ResourceType, _ source: Source, into sink: any ObjectSink,
        budget: RetryBudget = RetryBudget(), times: ReflectorTimes = ReflectorTimes(), logger: Logger
    ) {
        self.client = client
        self.type = type
        self.source = source
        self.sink = sink
        self.budget = budget
        self.times = times
        self.logger = logger
    }

    /// Returns only when cancelled.
    package func run() async throws {
        var state = ReflectorState()
        var lastComplaint = ""
        var lastAudit = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            let pause: Duration
            do {
                switch state.step {
                case .list:
                    let (items, version) = try await list()
                    sink.replace(items, at: version)
                    sink.interrupted(nil)
                    sink.heard()
                    state.listed(resourceVersion: version)
                    lastAudit = .now
                    pause = .zero
                    lastComplaint = ""
                case .watch(let version):
                    let wasShort = try await watch(from: version, &state)
                    pause = state.ended(
                        wasShort: wasShort, isAuditDue: ContinuousClock.now - lastAudit >= times.auditInterval)
                case .audit:
                    state.audited(foundDifferences: try await differs())
                    lastAudit = .now
                    pause = .zero
                }
            } catch let error as KubeError {
                sink.interrupted(error)
                pause = budget.spend(state.failed(error, random: .random(in: 0..<1)))
                complain(error, &lastComplaint)
            }
            if pause > .zero { try await Task.sleep(for: pause) }
        }
    }

    /// Once for each new reason: what cannot be read is not kept, and nobody would know why.
    private func complain(_ error: KubeError, _ last: inout String) {
        let routine: Set<KubeError.Code> = [.expired, .transport(.interrupted), .transport(.truncated)]
        let isRoutine = routine.contains(error.code)
        logger.log(
            level: isRoutine || error.message == last ? .debug : .warning, "cannot read",
            metadata: ["resource": "\(type.qualifiedName)", "error": "\(error.message)"])
        if !isRoutine { last = error.message }
    }

    private func list() async throws -> ([ObjectKey: KeptObject], String?) {
        switch source {
        case .collection(let namespace, let selector):
            let list = try await client.list(
                type, namespace: namespace, selector: selector
            ) { ($0.key, sink.keep($0)) }
            return (Dictionary(list.items) { $1 }, list.resourceVersion)
        case .named(let key):
            do {
                // Not its own version: that is when it was last changed, which may be older than what the server
                // remembers. Watches of one object begin at the present and look again once they are open.
                return ([key: sink.keep(try await client.get(type, key))], nil)
            } catch let error as KubeError where error.code == .notFound { return ([:], nil) }
        }
    }

    /// True where something is known that is not so, or the other way round. What changed between the end of the watch
    /// and this look counts too: reading everything once more than needed does no harm.
    private func differs() async throws -> Bool {
        // One object is as quickly read as compared.
        guard case .collection(let namespace, let selector) = source else { return true }
        guard let known = sink.versions() else { return false }
        let actual = try await client.versions(type, namespace: namespace, selector: selector)
        sink.heard()
        guard known != actual else { return false }
        logger.notice(
            "reading again: what is known differs from what there is",
            metadata: ["resource": "\(type.qualifiedName)", "known": "\(known.count)", "there": "\(actual.count)"])
        return true
    }

    /// True where the watch ended at once without a word.
    private func watch(from version: String?, _ state: inout ReflectorState) async throws -> Bool {
        let started = ContinuousClock.now
        var sawEvent = false
        let (namespace, selector): (String?, Selector) =
            switch source {
            case .collection(let namespace, let selector): (namespace, selector)
            case .named(let key): (key.namespace, Selector(fields: "metadata.name=\(key.name)"))
            }
        let events = try await client.watch(
            type, namespace: namespace, selector: selector, from: version ?? "",
            seconds: Int.random(in: times.watchSeconds), silenceLimit: times.silenceLimit)
        sink.interrupted(nil)
        sink.heard()
        if version == nil { sink.replace(try await list().0, at: nil) }
        for try await event in events {
            sawEvent = true
            sink.heard()
            switch event {
            case .added(let object), .modified(let object):
                sink.upsert(object)
                state.advanced(to: object.resourceVersion)
            case .deleted(let object):
                sink.remove(object)
                state.advanced(to: object.resourceVersion)
            case .bookmark(let version):
                sink.advanced(to: version)
                state.advanced(to: version)
            case .failed(let error): throw error
            }
        }
        try Task.checkCancellation()
        return !sawEvent && ContinuousClock.now - started < .seconds(1)
    }
}
