import CaracalAPI
import Hardening
import KubeClient
import KubeModel
import KubeRuntime

/// Which Postgres server each instance migrates, read once per generation: who shares one is asked at every look.
final class PostgresAddresses: Sendable {
    private struct Source: Equatable {
        var uid: String
        var generation: Int64
    }

    private let known = Locked<[ObjectKey: (source: Source, address: String?)]>([:])

    /// As the owner of the instances that share it; nil where the spec cannot be read.
    func owner(of object: JSONValue) -> ObjectKey? {
        let (key, source) = (object.key, Source(uid: object.uid, generation: object.generation))
        if let entry = known.withLock({ $0[key] }), entry.source == source {
            return entry.address.map { ObjectKey(namespace: "", name: $0) }
        }
        let address = (try? CaracalInstance(object)).map {
            PreflightInput.Neighbour.postgres($0.spec, namespace: object.namespace)
        }
        known.withLock { $0[key] = (source, address) }
        return address.map { ObjectKey(namespace: "", name: $0) }
    }

    func forget(_ key: ObjectKey) { known.withLock { $0[key] = nil } }
}
