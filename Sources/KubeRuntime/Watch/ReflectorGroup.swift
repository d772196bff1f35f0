import KubeClient

/// Runs reflectors that are added while it runs, until they are stopped: Secrets by name, kinds whose CRD appears later.
package final class ReflectorGroup: Sendable {
    /// Ends one reflector, and it alone.
    package struct Handle: Sendable {
        fileprivate let end: AsyncStream<Void>.Continuation
        package func stop() { end.finish() }
    }

    private typealias Addition = (reflector: Reflector, ended: AsyncStream<Void>)
    private let additions: AsyncStream<Addition>
    private let continuation: AsyncStream<Addition>.Continuation

    package init() { (additions, continuation) = AsyncStream.makeStream(of: Addition.self) }

    @discardableResult
    package func add(_ reflector: Reflector) -> Handle {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        continuation.yield((reflector, ended))
        return Handle(end: end)
    }

    /// Returns only when cancelled; every reflector ends with it.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await (reflector, ended) in additions {
                group.addTask {
                    try await withThrowingTaskGroup(of: Void.self) { pair in
                        pair.addTask { try await reflector.run() }
                        pair.addTask { for await _ in ended {} }
                        try await pair.next()
                        pair.cancelAll()
                        do { while try await pair.next() != nil {} } catch is CancellationError {}
                    }
                }
            }
        }
        try Task.checkCancellation()
    }
}
