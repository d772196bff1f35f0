import KubeClient
import KubeModel
import Testing

/// Leader election stands on this kind.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LeaseContractTests {
    static let specs: [(spec: JSONValue, message: String?)] = [
        (["renewTime": "2026-01-01T00:00:00.123456Z", "holderIdentity": "a", "leaseDurationSeconds": 15], nil),
        (["renewTime": .null], nil),
        (
            ["renewTime": "2026-01-01T00:00:00Z"],
            "Lease in version \"v1\" cannot be handled as a Lease: parsing time \"2026-01-01T00:00:00Z\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\""
        ),
        (
            ["acquireTime": "2026-01-01T00:00:00.1234567Z"],
            "Lease in version \"v1\" cannot be handled as a Lease: parsing time \"2026-01-01T00:00:00.1234567Z\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"7Z\" as \"Z07:00\""
        ),
        (
            ["renewTime": 5],
            "Lease in version \"v1\" cannot be handled as a Lease: json: cannot unmarshal number into Go struct field LeaseSpec.spec.renewTime of type string"
        ),
        (
            ["leaseDurationSeconds": 0],
            "Lease.coordination.k8s.io \"l\" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"
        ),
        (
            ["leaseDurationSeconds": -2, "leaseTransitions": -1],
            "Lease.coordination.k8s.io \"l\" is invalid: [spec.leaseDurationSeconds: Invalid value: -2: must be greater than 0, spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0]"
        ),
    ]

    /// Fails when the sandbox takes a time as it comes.
    @Test(arguments: ContractServer.available)
    func leasesAreRefusedInTheServersWords(server: ContractServer) async throws {
        try await server.with { client, namespace in
            for (spec, message) in Self.specs {
                let lease: JSONValue = [
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": ["name": "l", "namespace": .string(namespace)], "spec": spec,
                ]
                var refusal: String?
                do { try await client.create(.leases, lease, dryRun: true) } catch let error as KubeError {
                    refusal = error.message
                }
                #expect(refusal == message)
            }
        }
    }
}
