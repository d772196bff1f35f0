import KubeClient
import KubeModel
import KubeRuntime
import Rendering

/// Which optional kinds the cluster offers. Asked at start and from time to time: a monitoring stack may come later.
package final class KindRegistry: Sendable {
    private let client: KubeClient
    private let found = Locked<Set<String>>([])

    package init(client: KubeClient) { self.client = client }

    package var available: Set<String> { found.withLock { $0 } }

    /// Returns the kinds that are new. A group that cannot be asked keeps its last answer: an outage of discovery must
    /// not look like the absence of a kind.
    package func refresh() async throws -> [ResourceType] {
        var new: [ResourceType] = []
        for types in Dictionary(grouping: ResourceCatalog.optionalKinds, by: \.gvk.apiVersion).values {
            guard let gvk = types.first?.gvk,
                let kinds = try? await client.kinds(group: gvk.group, version: gvk.version)
            else { continue }
            for type in types where kinds.contains(type.gvk.kind) {
                let isNew = found.withLock { $0.insert(type.optionalID).inserted }
                if isNew { new.append(type) }
            }
        }
        try Task.checkCancellation()
        return new
    }

    /// Looks again every ten minutes, for ever: one request per group.
    package func run(watching stores: ClusterStores, requeue: @Sendable () -> Void) async throws {
        while true {
            try await Task.sleep(for: .seconds(600))
            let new = try await refresh()
            for type in new { stores.watch(type) }
            if !new.isEmpty { requeue() }
        }
    }
}
