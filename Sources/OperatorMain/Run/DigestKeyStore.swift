import CaracalAPI
import Crypto
import KubeClient
import KubeModel
import Preflight

/// The key under which Secrets are fingerprinted, kept in a Secret of the operator's own. The install ships it empty,
/// so that `get` and `patch` on that one name are enough.
struct DigestKeyStore {
    let client: KubeClient
    let namespace: String

    private static let field = "key"

    func load() async throws -> DigestKey {
        let key = ObjectKey(namespace: namespace, name: OperatorName.digestKeySecret)
        do {
            let secret = try await client.get(.secrets, key)
            if let bytes = Self.value(secret) { return DigestKey(bytes) }
            let fresh = try Self.fresh()
            // With the version it was read at: of two operators that fill it at once, one loses and reads again.
            let patch: JSONValue = [
                "metadata": ["resourceVersion": .string(secret.resourceVersion)],
                "data": [Self.field: .string(Base64.encode(fresh))],
            ]
            do { try await client.patch(.secrets, key, .merge, patch, fieldManager: FieldManager.objects) } catch let
                error as KubeError where error.code == .conflict
            {
                return try await load()
            }
            return DigestKey(fresh)
        } catch let error as KubeError where error.code == .notFound { return try await create(key) } catch let error
            as KubeError
        {
            throw Failure("Secret \(key) cannot be read or filled: \(error.message)")
        }
    }

    private func create(_ key: ObjectKey) async throws -> DigestKey {
        let fresh = try Self.fresh()
        let secret: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)],
            "data": [Self.field: .string(Base64.encode(fresh))],
        ]
        do {
            try await client.create(.secrets, secret)
            return DigestKey(fresh)
        } catch let error as KubeError where error.code == .alreadyExists { return try await load() } catch let error
            as KubeError
        {
            throw Failure(
                "Secret \(key) does not exist and cannot be made: \(error.message). Apply manifests/install.yaml, which ships it"
            )
        }
    }

    private static func value(_ secret: JSONValue) -> [UInt8]? {
        guard let text = secret.at("data", field)?.string, let bytes = Base64.decode(text), bytes.count >= 32 else {
            return nil
        }
        return bytes
    }

    private static func fresh() throws -> [UInt8] {
        guard let bytes = SecureRandom.bytes(32) else { throw Failure("the system has no randomness to give") }
        return bytes
    }
}
