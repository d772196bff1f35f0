import CCurl

/// The transport over libcurl: HTTP/1.1, a bounded pool of connections, one connection per stream. Streams have a loop
/// of their own: libcurl looks at every transfer of a loop whenever something happens on one, and two dozen watches say
/// nothing most of the time.
package final class CurlTransport: Transport {
    private let exchanges: CurlLoop
    private let streams: CurlLoop
    private let endpoint: @Sendable () throws -> CurlEndpoint
    private let nextID = Locked<UInt64>(0)
    private let slots: Slots

    /// `endpoint` is asked before each exchange, so that renewed certificates are used without a restart.
    /// Connections nobody used for `idleLimit` are closed.
    package init(
        concurrency: Int = 16, idleLimit: Duration = .seconds(30),
        endpoint: @escaping @Sendable () throws -> CurlEndpoint
    ) throws {
        exchanges = try CurlLoop(idleLimit: idleLimit)
        do { streams = try CurlLoop(idleLimit: idleLimit) } catch {
            exchanges.stop()
            throw error
        }
        self.endpoint = endpoint
        slots = Slots(concurrency)
    }

    deinit {
        exchanges.stop()
        streams.stop()
    }

    private func id() -> UInt64 {
        nextID.withLock { id in
            id += 1
            return id
        }
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await slots.acquire()
        defer { slots.release() }
        let (id, endpoint, loop) = (id(), try endpoint(), exchanges)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let sink = CurlTransfer.Sink.buffered { continuation.resume(with: $0) }
                loop.add(CurlTransfer(id: id, request: request, endpoint: endpoint, sink: sink))
                // The handler may have run before the transfer was there to cancel.
                if Task.isCancelled { loop.cancel(id) }
            }
        } onCancel: {
            loop.cancel(id)
        }
    }

    package func stream(_ request: HTTPRequest) async throws -> HTTPStream {
        let (id, endpoint, loop) = (id(), try endpoint(), streams)
        let queue = ByteQueue(resume: { loop.resume(id) }, cancel: { loop.cancel(id) })
        let head = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let sink = CurlTransfer.Sink.streamed(queue) { continuation.resume(with: $0) }
                loop.add(CurlTransfer(id: id, request: request, endpoint: endpoint, sink: sink))
                if Task.isCancelled { loop.cancel(id) }
            }
        } onCancel: {
            loop.cancel(id)
        }
        let reader = StreamReader(queue)
        return HTTPStream(
            status: head.status, headers: head.headers, body: AsyncThrowingStream { try await reader.queue.next() })
    }
}

/// Ends the transfer when the last reader of a stream goes away.
private final class StreamReader: Sendable {
    let queue: ByteQueue
    init(_ queue: ByteQueue) { self.queue = queue }
    deinit { queue.cancel() }
}

/// At most so many requests at once; the rest wait in order.
private final class Slots: Sendable {
    private struct State {
        var free: Int
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
        var nextID: UInt64 = 0
    }
    private let state: Locked<State>

    init(_ count: Int) { state = Locked(State(free: count)) }

    func acquire() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.free == 0 else {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
