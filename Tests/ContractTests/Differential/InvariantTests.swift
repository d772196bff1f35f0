import KubeModel
import Testing

/// What every answer of the API keeps to, whoever gives it: for machines without a real server.
@Suite(.timeLimit(.minutes(2))) struct InvariantTests {
    /// Fails when a write that changes nothing is stored, or when a status write counts a generation.
    @Test(arguments: [1, 2, 3] as [UInt64]) func randomRequestsKeepTheRules(seed: UInt64) async throws {
        var server = ServerUnderTest.sandbox(namespace: "invariants")
        try await DifferentialTests.prepare(server)
        var generator = RequestGenerator(seed: seed)
        var highest: UInt64 = 0
        var generations: [String: Int64] = [:]
        for step in 0..<1000 {
            let request = generator.next()
            let answer = try await server.answer(request).answer
            let place: Comment = "seed \(seed), step \(step): \(request)"
            let document = answer.document
            #expect(document.object != nil, place)
            #expect(document["kind"]?.string?.isEmpty == false, place)
            let isTypedPatch = document["message"]?.string?.hasPrefix("failed to ") == true
            let isBadCreate = document["message"]?.string?.hasPrefix("resourceVersion should not be set") == true
            #expect(answer.status < 500 || isTypedPatch || isBadCreate, place)
            #expect((document["kind"] == "Status") || answer.status < 300, place)
            guard let version = UInt64(document.resourceVersion), answer.status < 300 else { continue }
            if request.isPersistentWrite, document["kind"] != "Status", request.method == "POST" {
                #expect(version > highest, place)
            }
            highest = max(highest, version)
            // A Scale shows no generation, and its write counts one.
            if request.path.hasSuffix("/scale") { generations[document.uid] = nil }
            guard request.isPersistentWrite, document.generation > 0 else { continue }
            let before = generations[document.uid]
            if request.path.hasSuffix("/status"), let before { #expect(document.generation == before, place) }
            if let before { #expect(document.generation >= before && document.generation <= before + 1, place) }
            generations[document.uid] = document.generation
        }
    }

    /// client-go asks for streaming lists first, and lists where they are refused; where they are not it waits for the end
    /// of a list that never comes. Fails when the option is read over.
    @Test(.timeLimit(.minutes(1))) func streamingListsAreRefused() async throws {
        let server = ServerUnderTest.sandbox(namespace: "streaming")
        let answer = try await server.send(
            "GET",
            "/api/v1/configmaps?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            "application/json", nil)
        #expect(answer.status == 422)
        #expect(answer.document["reason"] == "Invalid")
        #expect(answer.document.at("details", "causes")?[0]?["field"] == "sendInitialEvents")
    }
}
