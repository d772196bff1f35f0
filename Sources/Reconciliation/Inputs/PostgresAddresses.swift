import CaracalAPI
import Hardening
import KubeClient
import KubeModel
import KubeRuntime

/// Which Postgres server each instance migrates, read once per generation: who shares one is asked at every look. The
/// cache of instances keeps who is on which (see ``owners(of:)``); here is what its bytes would have to be read for.
final class PostgresAddresses: Sendable {
    private struct Instance {
        var uid: String
        var generation: Int64
        var created: String
        var isTerminating: Bool
        /// nil where the spec cannot be read.
        var address: String?
    }

    private let known = Locked<[ObjectKey: Instance]>([:])

    /// The server, as the owner of the instances that are on it. Called with each state of an instance that is kept.
    func owners(of object: JSONValue) -> [ObjectKey] {
        let key = object.key
        let last = known.withLock { $0[key] }
        var instance =
            last.flatMap { $0.uid == object.uid && $0.generation == object.generation ? $0 : nil }
            ?? Instance(
                uid: object.uid, generation: object.generation,
                created: object.metadata["creationTimestamp"]?.string ?? "", isTerminating: false,
                address: (try? CaracalInstance(object)).map {
                    PreflightInput.Neighbour.postgres($0.spec, namespace: object.namespace)
                })
        instance.isTerminating = object.isTerminating
        let now = instance
        known.withLock { $0[key] = now }
        return now.address.map { [Self.owner($0)] } ?? []
    }

    /// An address is no name of an object.
    private static func owner(_ address: String) -> ObjectKey { ObjectKey(namespace: "", name: address) }

    /// Another of the same name may be there by now.
    func forget(_ key: ObjectKey, uid: String) {
        known.withLock { known in
            if known[key]?.uid == uid { known[key] = nil }
        }
    }

    /// The others on the instance's server that are not about to go, in the order of keys.
    func neighbours(of key: ObjectKey, in instances: ObjectStore) -> [PreflightInput.Neighbour] {
        guard let own = known.withLock({ $0[key] }), let address = own.address else { return [] }
        let others = instances.keys(of: Self.owner(address))
        return known.withLock { known in
            others.compactMap { other in
                guard other != key, let instance = known[other], !instance.isTerminating else { return nil }
                return PreflightInput.Neighbour(
                    instance: other, postgres: address, isOlder: (instance.created, other) < (own.created, key))
            }
        }
    }
}
