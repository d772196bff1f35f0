import CaracalAPI
import Hardening
import KubeClient
import KubeModel

/// Which Postgres server each instance migrates, read once per generation: who shares one is asked at every look.
final class PostgresAddresses: Sendable {
    private struct Instance {
        var uid: String
        var generation: Int64
        var created: String
        var isTerminating: Bool
        /// nil where the spec cannot be read.
        var address: String?
    }

    private struct State {
        var instances: [ObjectKey: Instance] = [:]
        var byAddress: [String: Set<ObjectKey>] = [:]
    }

    private let state = Locked(State())

    /// Takes note of an instance as it is now (nil: gone) and answers who else is concerned: everybody on the server it
    /// came to or went from.
    func note(_ key: ObjectKey, _ object: JSONValue?) -> [ObjectKey] {
        let known = state.withLock { $0.instances[key] }
        if let known, let object, known.uid == object.uid, known.generation == object.generation {
            state.withLock { $0.instances[key]?.isTerminating = object.isTerminating }
            return []
        }
        let new = object.map { object in
            Instance(
                uid: object.uid, generation: object.generation,
                created: object.metadata["creationTimestamp"]?.string ?? "", isTerminating: object.isTerminating,
                address: (try? CaracalInstance(object)).map {
                    PreflightInput.Neighbour.postgres($0.spec, namespace: object.namespace)
                })
        }
        return state.withLock { state in
            // Told by another at the same time, and later news.
            if let now = state.instances[key], let new, now.uid == new.uid, now.generation > new.generation {
                return []
            }
            let (left, joined) = (state.instances[key]?.address, new?.address)
            state.instances[key] = new
            guard left != joined else { return [] }
            if let left {
                state.byAddress[left]?.remove(key)
                if state.byAddress[left]?.isEmpty == true { state.byAddress[left] = nil }
            }
            if let joined { state.byAddress[joined, default: []].insert(key) }
            return Set([left, joined].compactMap(\.self)).flatMap { state.byAddress[$0] ?? [] }
                .filter { $0 != key }.sorted()
        }
    }

    /// The others on the instance's server that are not about to go, in the order of keys.
    func neighbours(of key: ObjectKey) -> [PreflightInput.Neighbour] {
        state.withLock { state in
            guard let own = state.instances[key], let address = own.address else { return [] }
            return (state.byAddress[address] ?? []).sorted().compactMap { other in
                guard other != key, let instance = state.instances[other], !instance.isTerminating else { return nil }
                return PreflightInput.Neighbour(
                    instance: other, postgres: address,
                    isOlder: (instance.created, other) < (own.created, key))
            }
        }
    }
}
