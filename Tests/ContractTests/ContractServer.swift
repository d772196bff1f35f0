import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeClient
import KubeModel
import KubeSandbox
import TestSupport
import Testing

/// The servers the contract is held against: the sandbox always, a real one where `KUBECONFIG_CONTRACT` names a kubeconfig.
enum ContractServer: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sandbox, real

    var testDescription: String { rawValue }

    static var available: [ContractServer] { kubeconfig == nil ? [.sandbox] : [.sandbox, .real] }

    static var kubeconfig: String? {
        getenv("KUBECONFIG_CONTRACT").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    static let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))

    /// Runs the body with a client, the CRD and a namespace of its own.
    func with(_ body: @escaping @Sendable (KubeClient, String) async throws -> Void) async throws {
        let namespace = "contract-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        let run: @Sendable (KubeClient) async throws -> Void = { client in
            try await client.apply(.customResourceDefinitions, Self.crd, fieldManager: "contract")
            try await client.create(
                .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
            while (try? await client.list(CaracalDeployment.resource, namespace: namespace)) == nil {
                await Task.yield()
            }
            try await body(client, namespace)
            let home = try await client.get(.namespaces, ObjectKey(namespace: "", name: namespace))
            try await client.delete(.namespaces, home.key, uid: home.uid)
        }
        if self == .real, let path = Self.kubeconfig {
            return try await run(try KubeClient(try KubeConfig(paths: [path]).configuration()))
        }
        try await InProcessSandbox.with { client, _ in try await run(client) }
    }
}
