import Glibc
import KubeModel
import Testing

/// Random requests, the same to the embedded server and to a real one: the answers must be the same. Where there is no real
/// server, the embedded one's answers must at least keep the API's own rules.
///
/// `DIFFERENTIAL_SEED` and `DIFFERENTIAL_REQUESTS` replay a run or make it longer.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DifferentialTests {
    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

    private static let seed = number("DIFFERENTIAL_SEED") ?? UInt64.random(in: 0..<1_000_000)
    private static let count = Int(number("DIFFERENTIAL_REQUESTS") ?? 1000)
    /// After so many differences the rest says nothing new.
    private static let limit = Int(number("DIFFERENTIAL_LIMIT") ?? 5)

    static func prepare(_ server: ServerUnderTest) async throws {
        let namespace: JSONValue = .string(server.namespace)
        let crd = ContractServer.crd
        _ = try await server.send(
            "PATCH",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/\(crd.name)?fieldManager=contract&force=true",
            "application/apply-patch+yaml", crd)
        _ = try await server.send(
            "POST", "/api/v1/namespaces", "application/json",
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": namespace]])
        // A pod needs the account that a controller makes elsewhere.
        _ = try await server.send(
            "POST", "/api/v1/namespaces/\(server.namespace)/serviceaccounts", "application/json",
            ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "default"]])
        let path =
            "/apis/\(ContractServer.crd.at("spec", "group")?.string ?? "")/v1alpha1/namespaces/\(server.namespace)/caracaldeployments"
        while try await server.send("GET", path, "application/json", nil).status != 200 { await Task.yield() }
    }

    /// Fails when the sandbox answers any of it otherwise, e.g. when ownership is not taken from others on a forced apply.
    @Test(.enabled(if: ContractServer.kubeconfig != nil)) func theSandboxAnswersAsARealServer() async throws {
        let namespace = "differential-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        var sandbox = ServerUnderTest.sandbox(namespace: namespace)
        var real = try ServerUnderTest.real(kubeconfig: ContractServer.kubeconfig ?? "", namespace: namespace)
        try await Self.prepare(sandbox)
        try await Self.prepare(real)
        var generator = RequestGenerator(seed: Self.seed)
        let mask = AnswerMask(namespace: namespace)
        var tally: [String: Int] = [:]
        var differences = 0
        for step in 0..<Self.count where differences < Self.limit {
            let request = generator.next()
            let (theirs, ours) = (try await real.answer(request), try await sandbox.answer(request))
            if let excluded = Exclusion.all.first(where: { $0.holds(request, theirs.answer, ours.answer) }) {
                tally[excluded.name, default: 0] += 1
                try await Self.forget(request, [real, sandbox])
                continue
            }
            let wanted = mask.masked(theirs.answer.document)
            let found = mask.masked(ours.answer.document)
            let isSame =
                theirs.answer.status == ours.answer.status && wanted == found
                && theirs.isNewVersion == ours.isNewVersion
            guard !isSame else { continue }
            differences += 1
            Issue.record(
                """
                seed \(Self.seed), step \(step): \(request)
                real    \(theirs.answer.status) version \(theirs.isNewVersion ? "new" : "same") \(Difference.text(wanted, found))
                sandbox \(ours.answer.status) version \(ours.isNewVersion ? "new" : "same") \(Difference.text(found, wanted))
                """)
            try await Self.forget(request, [real, sandbox])
        }
        _ = try await real.send("DELETE", "/api/v1/namespaces/\(namespace)", "application/json", nil)
        print("differential: seed \(Self.seed), \(Self.count) requests, \(differences) differences, excluded: \(tally)")
    }

    /// After a difference both start again without the object.
    private static func forget(_ request: GeneratedRequest, _ servers: [ServerUnderTest]) async throws {
        for server in servers {
            var path = request.path.replacing("{ns}", with: server.namespace)
            if request.method == "POST", let name = request.body?.name, !name.isEmpty { path += "/\(name)" }
            for subresource in ["/status", "/scale"] where path.hasSuffix(subresource) {
                path.removeLast(subresource.count)
            }
            guard path.split(separator: "/").count > 5 || path.hasPrefix("/api/"), request.method != "GET" else {
                continue
            }
            _ = try await server.send(
                "PATCH", path, "application/merge-patch+json", ["metadata": ["finalizers": .null]])
            _ = try await server.send("DELETE", path, "application/json", nil)
            _ = try await server.send(
                "PATCH", path, "application/merge-patch+json", ["metadata": ["finalizers": .null]])
        }
    }
}

/// What of one document another does not have: whole answers are too long to read.
enum Difference {
    static func text(_ one: JSONValue, _ other: JSONValue) -> String {
        one == other ? "(the same body)" : lines(one, other, "").prefix(8).joined(separator: "; ")
    }

    private static func lines(_ one: JSONValue, _ other: JSONValue?, _ path: String) -> [String] {
        switch (one, other) {
        case (.object(let left), .object(let right)?):
            return left.flatMap { entry in
                right[entry.key] == entry.value ? [] : lines(entry.value, right[entry.key], "\(path).\(entry.key)")
            } + right.keys.filter { left[$0] == nil }.map { "\(path).\($0) is absent" }
        case (.array(let left), .array(let right)?) where left.count == right.count:
            return zip(left, right).enumerated().flatMap { index, pair in
                pair.0 == pair.1 ? [] : lines(pair.0, pair.1, "\(path)[\(index)]")
            }
        case (.array(let left), .array(let right)?) where left.contains(where: right.contains):
            return left.filter { !right.contains($0) }.map { "\(path) has \($0.text.prefix(900))" }
        default: return ["\(path) = \(one.text.prefix(1200))"]
        }
    }
}
