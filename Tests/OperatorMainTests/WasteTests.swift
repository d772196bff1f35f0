import CaracalAPI
import KubeClient
import KubeModel
import KubeRuntime
import TestSupport
import Testing

@testable import OperatorMain

/// What is written, and how often.
@Suite(.serialized, .timeLimit(.minutes(2))) struct WasteTests {
    /// B21, B22, A75. Fails when a status is written for a time that passed.
    @Test func lookingAgainWritesNothing() async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                // Beyond the pace of status writes.
                await one.runtime.queue.quieted(for: .seconds(20))
                let before = try await theatre.client.get(CaracalDeployment.resource, theatre.key)
                let writes = one.transport.writes
                for _ in 0..<20 {
                    one.runtime.queue.add(theatre.key)
                    await one.settle()
                }
                let after = try await theatre.client.get(CaracalDeployment.resource, theatre.key)
                #expect(before["status"] == after["status"])
                #expect(one.transport.writes.count == writes.count)
            }
        }
    }
}
