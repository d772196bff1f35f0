import CaracalAPI
import KubeClient
import KubeModel
import TestSupport
import Testing

/// E06: what our encoder writes is what the server reads, and the other way round.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CodecContractTests {
    private func map(_ name: String, _ namespace: String, _ data: JSONObject, annotations: JSONObject = [:])
        -> JSONValue
    {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace), "annotations": .object(annotations)],
            "data": .object(data),
        ]
    }

    /// A85, A86, E06: every scalar value between letters and between blanks, by apply and back.
    /// Fails when U+2028 is written raw: the blanks beside it are gone, as those beside a line break of YAML's own.
    @Test(arguments: ContractServer.available)
    func everyScalarSurvives(server: ContractServer) async throws {
        try await server.with { client, namespace in
            for plane in UInt32(0)...16 {
                var data = JSONObject()
                for block in UInt32(0)..<16 {
                    var text = ""
                    for low in UInt32(0)..<4096 where plane + block + low > 0 {
                        guard let scalar = Unicode.Scalar(plane << 16 | block << 12 | low) else { continue }
                        text += "a"
                        text.unicodeScalars.append(scalar)
                        text += "b "
                        text.unicodeScalars.append(scalar)
                        text += " "
                    }
                    data["b\(block)"] = .string(text)
                }
                try await client.apply(.configMaps, map("plane-\(plane)", namespace, data), fieldManager: "one")
                let read = try await client.get(.configMaps, ObjectKey(namespace: namespace, name: "plane-\(plane)"))
                for entry in data where read.at("data", entry.key)?.exact != entry.value.exact {
                    Issue.record(
                        "\(entry.key) of plane \(plane): \(Self.difference(entry.value, read.at("data", entry.key)))")
                }
            }
        }
    }

    /// A85, A86: texts that are nothing but what is odd, and their sums, as values and as annotations.
    /// Fails when U+0085 is written raw.
    @Test(arguments: ContractServer.available)
    func oddTextsSurvive(server: ContractServer) async throws {
        try await server.with { client, namespace in
            let scalars = JSONGenerator.trickyScalars.filter { $0 != "\0" }.map { String(Character($0)) }
            var random = SplitMix64(seed: Fuzz.seed)
            var texts = scalars + JSONGenerator.trickyTexts
            texts += (0..<400).map { _ in random.pick(texts) + random.pick([" ", "  ", "\n", ""]) + random.pick(texts) }
            let data = JSONObject(texts.enumerated().map { ("t\($0)", .string($1)) })
            let annotations = JSONObject(texts.enumerated().map { ("example.com/t\($0)", .string($1)) })
            try await client.apply(
                .configMaps, map("odd", namespace, data, annotations: annotations), fieldManager: "one")
            let read = try await client.get(.configMaps, ObjectKey(namespace: namespace, name: "odd"))
            for (index, text) in texts.enumerated() {
                let value = JSONValue.string(text)
                #expect(read.at("data", "t\(index)")?.exact == value.exact, "\(value.text)")
                #expect(
                    read.at("metadata", "annotations", "example.com/t\(index)")?.exact == value.exact, "\(value.text)")
            }
        }
    }

    /// A88. Fails when a whole number passes through Double.
    @Test(arguments: ContractServer.available)
    func wholeNumbersKeepAll64Bits(server: ContractServer) async throws {
        try await server.with { client, namespace in
            let numbers: [Int64] = [.max, .max - 1, 9_007_199_254_740_993, 0]
            for (index, number) in numbers.enumerated() {
                let pod: JSONValue = [
                    "terminationGracePeriodSeconds": .integer(number), "containers": [["name": "c", "image": "a/b"]],
                ]
                var deployment: JSONValue = [
                    "apiVersion": "apps/v1", "kind": "Deployment",
                    "metadata": ["name": .string("d\(index)"), "namespace": .string(namespace)],
                    "spec": ["replicas": 0, "selector": ["matchLabels": ["a": "b"]]],
                ]
                deployment.set(["spec", "template", "metadata", "labels"], ["a": "b"])
                deployment.set(["spec", "template", "spec"], pod)
                let stored = try await client.apply(.deployments, deployment, fieldManager: "one")
                #expect(
                    stored.at("spec", "template", "spec", "terminationGracePeriodSeconds") == .integer(number))
            }
        }
    }

    /// A89: six digits are taken and come back; none, three and nine are refused.
    /// Fails when a MicroTime is written with as many digits as the moment has.
    @Test(arguments: ContractServer.available)
    func microTimesHaveSixDigits(server: ContractServer) async throws {
        try await server.with { client, namespace in
            func lease(_ name: String, _ time: String) -> JSONValue {
                [
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": ["name": .string(name), "namespace": .string(namespace)],
                    "spec": ["holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": .string(time)],
                ]
            }
            let moments: [Double] = [1_795_464_157, 1_795_464_157.25, 1_795_464_157.123456, 1_795_464_157.999999]
            for (index, seconds) in moments.enumerated() {
                let text = Timestamp(seconds: seconds).microTime
                let stored = try await client.apply(.leases, lease("l\(index)", text), fieldManager: "one")
                #expect(stored.at("spec", "renewTime")?.string == text)
            }
            for text in ["2026-11-23T20:02:37Z", "2026-11-23T20:02:37.123Z", "2026-11-23T20:02:37.123456789Z"] {
                let code = await refusal { try await client.create(.leases, lease("x", text)) }
                Self.expect(server, knownIssue: "takes any text for a MicroTime") { #expect(code == 400, "\(text)") }
            }
        }
    }

    /// A87: the reader behind apply takes keys of 1,024 characters at most, both quotes and escapes as written included:
    /// 1,022 plain ones. Such a key comes as far as the ConfigMap's own check. Fails when that place is assumed one further.
    @Test(arguments: ContractServer.available)
    func longKeysEndInTheReader(server: ContractServer) async throws {
        try await server.with { client, namespace in
            for (length, code) in [(253, 0), (1022, 422), (1023, 400), (1025, 400), (5000, 400)] {
                let data: JSONObject = [String(repeating: "k", count: length): "v"]
                let found = await refusal {
                    try await client.apply(.configMaps, map("k", namespace, data), fieldManager: "one")
                }
                Self.expect(server, knownIssue: "takes any key") { #expect(found == code, "\(length) characters") }
            }
        }
    }

    /// What the embedded server is known not to do; nobody relies on it there.
    private static func expect(_ server: ContractServer, knownIssue: Comment, _ body: () -> Void) {
        guard server == .sandbox else { return body() }
        withKnownIssue(knownIssue, isIntermittent: true, body)
    }

    /// The HTTP status a request is refused with; 0 where it is not.
    private func refusal(_ body: () async throws -> Void) async -> Int {
        do {
            try await body()
            return 0
        } catch let error as KubeError { return error.httpStatus } catch { return -1 }
    }

    private static func difference(_ wanted: JSONValue, _ found: JSONValue?) -> String {
        let (a, b) = (Array((wanted.string ?? "").unicodeScalars), Array((found?.string ?? "").unicodeScalars))
        let at = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
        func shown(_ scalars: [Unicode.Scalar]) -> String {
            scalars[max(0, at - 3)..<min(scalars.count, at + 4)].map { "U+" + String($0.value, radix: 16) }.joined(
                separator: " ")
        }
        return "wanted …\(shown(a))…, found …\(shown(b))…"
    }
}
