import KubeClient
import KubeModel

/// What goes wrong with a request, and with how many.
package struct Fault: Sendable {
    package enum Action: Sendable {
        /// Never sent.
        case refuse(TransportError.Kind)
        /// Sent and carried out; the answer is lost.
        case loseReply
        /// Never sent; this is the answer.
        case answer(HTTPResponse)
        /// The process dies with the request: before it is sent, when it was carried out and not answered, or right
        /// after the answer.
        case crash(Moment)
        /// A stream ends after so many bytes.
        case cut(afterBytes: Int)
        /// Lines of a stream are dropped, or told several times.
        case repeatLines(times: Int)
        /// Lines of a stream that hold this text are lost for good: what comes after them is told.
        case loseLines(holding: String)
    }

    package enum Moment: String, Sendable, CaseIterable { case beforeSending, beforeReply, afterReply }

    package var action: Action
    /// How many matching requests pass before it, and how many it strikes.
    package var skip: Int
    package var count: Int
    package var matches: @Sendable (HTTPRequest) -> Bool

    package init(
        _ action: Action, skip: Int = 0, count: Int = 1, _ matches: @escaping @Sendable (HTTPRequest) -> Bool
    ) {
        self.action = action
        self.skip = skip
        self.count = count
        self.matches = matches
    }

    /// Everything that changes something.
    @Sendable package static func isWrite(_ request: HTTPRequest) -> Bool {
        request.method != "GET" && !request.target.contains("dryRun=All")
    }
}

/// A transport that fails as it is told to, over one that works: the same faults for the embedded API server and a real
/// one, counted by request, so that a run can be had again.
package final class FaultTransport: Transport {
    private struct State {
        var faults: [Fault] = []
        var isDead = false
        var log: [Entry] = []
        var streams = 0
    }

    package struct Entry: Sendable, Hashable {
        package var method: String
        package var path: String
        /// 0 where no answer came.
        package var status: Int
    }

    private let inner: any Transport
    private let state: Locked<State>
    /// Yields when a crash has struck.
    package let crashes: AsyncStream<Void>
    private let crashed: AsyncStream<Void>.Continuation

    package init(_ inner: any Transport, faults: [Fault] = []) {
        self.inner = inner
        state = Locked(State(faults: faults))
        (crashes, crashed) = AsyncStream.makeStream(of: Void.self)
    }

    package func add(_ fault: Fault) { state.withLock { $0.faults.append(fault) } }
    package func clear() { state.withLock { $0.faults = [] } }

    /// Every request that was answered or not, in the order it ended; watches apart.
    package var log: [Entry] { state.withLock { $0.log } }
    /// Streams asked for so far.
    package var streams: Int { state.withLock { $0.streams } }
    package var writes: [Entry] { log.filter { $0.method != "GET" } }
    /// Without status and Events: the last pods may still be on their way into those when everything else is at rest.
    package var objectWrites: [Entry] {
        writes.filter { !$0.path.hasSuffix("/status") && !$0.path.contains("/events") }
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        switch try await pass(request) {
        case .answer(let response): return response
        case .lastAnswer(let response):
            crashed.yield()
            return response
        case .noAnswer:
            crashed.yield()
            try await forever()
            throw CancellationError()
        }
    }

    /// What becomes of a request, for a server that stands between and has the process at the other end killed.
    package enum Passage: Sendable {
        case answer(HTTPResponse)
        /// The process dies once it has this answer.
        case lastAnswer(HTTPResponse)
        /// The process dies now.
        case noAnswer
    }

    /// As `send`, but a crash is told instead of acted out.
    package func pass(_ request: HTTPRequest) async throws -> Passage {
        switch try await strike(request) {
        case .refuse(let kind):
            note(request, 0)
            throw TransportError(kind, "injected: \(kind.rawValue)")
        case .answer(let response):
            note(request, response.status)
            return .answer(response)
        case .loseReply:
            _ = try await inner.send(request)
            note(request, 0)
            throw TransportError(.interrupted, "injected: the reply is lost")
        case .crash(.beforeSending): return .noAnswer
        case .crash(let moment):
            let response = try await inner.send(request)
            note(request, response.status)
            return moment == .beforeReply ? .noAnswer : .lastAnswer(response)
        case .cut, .repeatLines, .loseLines, nil:
            let response = try await inner.send(request)
            note(request, response.status)
            return .answer(response)
        }
    }

    package func stream(_ request: HTTPRequest) async throws -> HTTPStream {
        let fault = try await strike(request)
        state.withLock { $0.streams += 1 }
        switch fault {
        case .refuse(let kind): throw TransportError(kind, "injected: \(kind.rawValue)")
        case .answer(let response):
            return HTTPStream(
                status: response.status, headers: response.headers,
                body: AsyncThrowingStream { continuation in
                    continuation.yield(response.body)
                    continuation.finish()
                })
        default: break
        }
        let stream = try await inner.stream(request)
        let source = FaultySource(stream.body, fault)
        return HTTPStream(
            status: stream.status, headers: stream.headers, body: AsyncThrowingStream { try await source.next() })
    }

    /// A dead process sends nothing more and hears nothing more.
    private func strike(_ request: HTTPRequest) async throws -> Fault.Action? {
        let (isDead, action) = state.withLock { state -> (Bool, Fault.Action?) in
            if state.isDead { return (true, nil) }
            for index in state.faults.indices
            where state.faults[index].count > 0 && state.faults[index].matches(request) {
                if state.faults[index].skip > 0 {
                    state.faults[index].skip -= 1
                    continue
                }
                state.faults[index].count -= 1
                if case .crash = state.faults[index].action { state.isDead = true }
                return (false, state.faults[index].action)
            }
            return (false, nil)
        }
        if isDead { try await forever() }
        return action
    }

    private func forever() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        throw CancellationError()
    }

    private func note(_ request: HTTPRequest, _ status: Int) {
        // A dry run changes nothing.
        if request.target.contains("dryRun=All") { return }
        let path = String(request.target.prefix { $0 != "?" })
        state.withLock { $0.log.append(Entry(method: request.method, path: path, status: status)) }
    }
}

/// A stream's bytes, spoilt.
private actor FaultySource {
    private var bytes: AsyncThrowingStream<[UInt8], any Error>.Iterator
    private let fault: Fault.Action?
    private var count = 0
    private var decoder = LineDecoder()

    init(_ body: AsyncThrowingStream<[UInt8], any Error>, _ fault: Fault.Action?) {
        bytes = body.makeAsyncIterator()
        self.fault = fault
    }

    func next() async throws -> [UInt8]? {
        var iterator = bytes
        defer { bytes = iterator }
        guard let chunk = try await iterator.next(isolation: #isolation) else { return nil }
        switch fault {
        case .cut(let limit):
            count += chunk.count
            guard count > limit else { return chunk }
            throw TransportError(.truncated, "injected: cut")
        case .repeatLines(let times):
            return try decoder.feed(chunk).flatMap { line in
                Array(repeating: line + [0x0A], count: times).flatMap(\.self)
            }
        case .loseLines(let text):
            return try decoder.feed(chunk).filter { !String(decoding: $0, as: UTF8.self).contains(text) }
                .flatMap { $0 + [0x0A] }
        default: return chunk
        }
    }
}
