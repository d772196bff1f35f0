import KubeModel
import KubeSandbox
import Testing

@Suite struct FaultTests {
    /// The next matching requests fail, and no other; afterwards everything is as before.
    @Test func faultsAreInjectedAsOftenAsAsked() async {
        let faults = FaultPlan()
        let api = SandboxAPI(cluster: SandboxCluster(), faults: faults)
        func status(_ method: String, _ target: String) async -> Int {
            guard case .document(let status, _) = await api.respond(SandboxRequest(method: method, target: target))
            else {
                return 0
            }
            return status
        }
        faults.add(FaultPlan.Fault(method: "GET", target: "/namespaces", code: 503, count: 2))
        #expect(await status("GET", "/api/v1/pods") == 200)
        #expect(await status("GET", "/api/v1/namespaces") == 503)
        #expect(await status("GET", "/api/v1/namespaces/default") == 503)
        #expect(await status("GET", "/api/v1/namespaces") == 200)
    }
}
