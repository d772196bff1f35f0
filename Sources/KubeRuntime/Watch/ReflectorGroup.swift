import KubeClient

/// Runs reflectors that are added while it runs: Secrets by name, kinds whose CRD appears later.
package final class ReflectorGroup: Sendable {
    private let additions: AsyncStream<Reflector>
    private let continuation: AsyncStream<Reflector>.Continuation

    package init() { (additions, continuation) = AsyncStream.makeStream(of: Reflector.self) }

    package func add(_ reflector: Reflector) { continuation.yield(reflector) }

    /// Returns only when cancelled; every reflector ends with it.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for await reflector in additions { group.addTask { try await reflector.run() } }
        }
        try Task.checkCancellation()
    }
}
