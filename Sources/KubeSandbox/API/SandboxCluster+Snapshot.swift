import KubeModel

/// The whole state at one moment, to begin again from, and what happened since.
extension SandboxCluster {
    package struct Snapshot: Sendable {
        fileprivate var storage: ObjectStorage
        fileprivate var infos: [ResourceInfo]
    }

    package func snapshot() -> Snapshot { Snapshot(storage: storage, infos: infos) }

    /// Only for a cluster that nobody watches yet.
    package func restore(_ snapshot: Snapshot) {
        storage = snapshot.storage
        infos = snapshot.infos
    }

    /// One change of one object, as a watch would have told it.
    package struct Happening: Sendable, Hashable {
        /// `ADDED`, `MODIFIED` or `DELETED`.
        package var change: String
        package var kind: String
        package var name: String
    }

    package func happenings(after revision: UInt64 = 0) -> [Happening] {
        storage.history.filter { $0.revision > revision }.map {
            Happening(change: $0.kind.rawValue, kind: $0.object.gvk.kind, name: $0.object.name)
        }
    }

    package var latestRevision: UInt64 { storage.revision }
}
