import Testing

@testable import Benchmark

@Suite struct AuditLogTests {
    private func line(
        _ id: String, _ stage: String, _ verb: String, _ uri: String, object: String = "{}", code: Int = 200,
        agent: String = "caracal-operator/0.1"
    ) -> String {
        #"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"\#(id)","stage":"\#(stage)","verb":"\#(verb)","#
            + #""requestURI":"\#(uri)","userAgent":"\#(agent)","objectRef":\#(object),"responseStatus":{"code":\#(code)}}"#
    }

    private func requests(_ lines: String...) -> [AuditedRequest] {
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        return AuditLog.requests(in: bytes[...])
    }

    // Fails when each stage of a request is counted, as a real server writes several.
    @Test func aRequestWithSeveralStagesIsOne() {
        let uri = "/api/v1/namespaces/a/pods?watch=1"
        let all = requests(
            line("1", "RequestReceived", "watch", uri, code: 0), line("1", "ResponseStarted", "watch", uri),
            line("2", "ResponseComplete", "list", "/api/v1/namespaces/a/pods"))
        #expect(all.map(\.verb) == ["watch", "list"])
        #expect(all.map(\.code) == [200, 200])
    }

    // Fails when the measurement's own requests are taken for the operator's.
    @Test func onlyTheOperatorsRequestsCount() {
        let uri = "/api/v1/namespaces/a/pods"
        let all = requests(
            line("1", "ResponseComplete", "list", uri, agent: NamedTransport.userAgent),
            line("2", "ResponseComplete", "list", uri, agent: "kubectl/v1.36"), "not JSON")
        #expect(all.isEmpty)
    }

    @Test func aSubresourceIsNamedWithItsGroup() {
        let object = #"{"resource":"caracaldeployments","apiGroup":"caracal.run","subresource":"status","name":"a"}"#
        let uri = "/apis/caracal.run/v1alpha1/namespaces/x/caracaldeployments/a/status?force=true"
        let request = requests(line("1", "ResponseComplete", "patch", uri, object: object))[0]
        #expect(request.resource == "caracaldeployments.caracal.run/status")
        #expect(request.path.hasSuffix("/a/status"))
        #expect(request.isWrite)
    }

    // Fails when a kind of request is forgotten, or the Lease's renewal is a complaint.
    @Test func steadyMeansLeaseAndWatchesOnly() {
        func complaints(_ verb: String, _ uri: String, _ resource: String, seconds: Double = 20) -> [String] {
            let object = resource.isEmpty ? "{}" : #"{"resource":"\#(resource)","apiGroup":"coordination.k8s.io"}"#
            return SteadyState.complaints(
                requests(line("1", "ResponseComplete", verb, uri, object: object)), seconds: seconds)
        }
        #expect(complaints("patch", "/apis/coordination.k8s.io/v1/namespaces/a/leases/x", "leases").isEmpty)
        #expect(complaints("watch", "/x?watch=1", "pods").isEmpty)
        #expect(complaints("get", "/apis/coordination.k8s.io/v1/namespaces/a/leases/x", "leases").count == 1)
        #expect(complaints("get", "/a/leases/x", "leases", seconds: 3600).isEmpty, "its own declared look")
        #expect(complaints("patch", "/x/status", "pods").count == 1)
        #expect(complaints("list", "/x", "pods").count == 1)
        #expect(complaints("list", "/x", "pods", seconds: 3600).isEmpty, "the declared look at everything")
    }

    // Fails when what is declared once per period may come as often as it likes.
    @Test func whatIsDeclaredIsCounted() {
        let object = #"{"resource":"pods"}"#
        let many = (0..<5).map { line("\($0)", "ResponseComplete", "list", "/x", object: object) }
        let all = AuditLog.requests(in: Array((many.joined(separator: "\n") + "\n").utf8)[...])
        #expect(SteadyState.complaints(all, seconds: 3600).count == 3)
    }

    // Fails when each page counts as a list of its own, and when the two looks at a named Secret are one too many.
    @Test func pagesAreOneListAndSecretsAreReadTwice() {
        let lines =
            ["limit=500", "limit=500&continue=a", "limit=500&continue=b"].enumerated().map { number, query in
                line("\(number)", "ResponseComplete", "list", "/x?\(query)", object: #"{"resource":"pods"}"#)
            }
            + (3..<7).map {
                line("\($0)", "ResponseComplete", "get", "/secrets/x", object: #"{"resource":"secrets","name":"x"}"#)
            }
        let all = AuditLog.requests(in: Array((lines.joined(separator: "\n") + "\n").utf8)[...])
        #expect(SteadyState.complaints(all, seconds: 1800).count == 2)
        #expect(SteadyState.complaints(all, seconds: 3600).isEmpty)
    }

    @Test func requestsAreAddedUpByMethod() {
        let text = """
            # TYPE rest_client_requests_total counter
            rest_client_requests_total{code="200",method="PATCH"} 40
            rest_client_requests_total{code="201",method="PATCH"} 5
            rest_client_requests_total{code="<error>",method="GET"} 1
            """
        #expect(OperatorProcess.requests(inMetrics: text) == ["PATCH": 45, "GET": 1])
    }
}
