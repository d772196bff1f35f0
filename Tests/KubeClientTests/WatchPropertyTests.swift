import KubeClient
import KubeModel
import TestSupport
import Testing

@Suite struct WatchPropertyTests {
    /// What a watch told, with the object as it is written.
    private static func told(_ event: WatchEvent) -> String {
        switch event {
        case .added(let object): "added \(object.exact)"
        case .modified(let object): "modified \(object.exact)"
        case .deleted(let object): "deleted \(object.exact)"
        case .bookmark(let version): "bookmark \(version)"
        case .failed(let error): "failed \(error.code) \(error.httpStatus)"
        }
    }

    /// The events of a stream that arrives in these pieces, up to the first that is none.
    private static func decode(_ pieces: [ArraySlice<UInt8>], limit: Int = 16 * 1024 * 1024) -> [String] {
        var decoder = LineDecoder(limit: limit)
        var lines: [[UInt8]] = []
        var seen: [String] = []
        do throws(KubeError) {
            for piece in pieces { lines += try decoder.feed(Array(piece)) }
            if let last = try decoder.finish() { lines.append(last) }
        } catch { lines.append(Array("too large".utf8)) }
        for line in lines {
            guard let event = try? WatchEvent(line: line) else { return seen + ["malformed"] }
            seen.append(told(event))
        }
        return seen
    }

    private static func line(_ type: String, _ object: JSONValue) -> [UInt8] {
        JSONValue.object(["type": .string(type), "object": object]).bytes
    }

    private static func object(_ random: inout SplitMix64) -> JSONValue {
        [
            "kind": "Pod", "apiVersion": "v1",
            "metadata": [
                "name": .string(JSONGenerator.text(&random)), "resourceVersion": .string("\(random.below(2_000))"),
            ],
            "spec": JSONGenerator.value(&random, depth: 2),
        ]
    }

    private static let status: JSONValue = [
        "kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version",
    ]

    /// A stream with everything a server or a proxy puts into one.
    private static func stream(_ random: inout SplitMix64, events: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<events {
            switch random.below(14) {
            case 0: bytes += line("BOOKMARK", ["metadata": ["resourceVersion": "77"]])
            case 1: bytes += line("ERROR", status)
            case 2 where random.once(in: 4): bytes += line("SOMETHING", object(&random))
            case 3: bytes += Array("\r\n\n".utf8)
            case 4: bytes += line("MODIFIED", object(&random))
            case 5: bytes += line("DELETED", object(&random))
            default: bytes += line("ADDED", object(&random))
            }
            bytes += Array(random.pick(["\n", "\n", "\r\n"]).utf8)
        }
        if random.once(in: 3) { bytes.removeLast(min(bytes.count, random.below(40))) }
        return bytes
    }

    /// E04, A46. Every place of one cut, and every size of pieces up to 32. Fails when a piece begins
    /// a line anew.
    @Test func everyCutGivesTheSameEvents() throws {
        var random = SplitMix64(seed: Fuzz.seed)
        for events in [1, 4, 8] {
            let stream = Self.stream(&random, events: events)
            let whole = Self.decode([stream[...]])
            for cut in 0...stream.count {
                try #require(Self.decode([stream[..<cut], stream[cut...]]) == whole, "cut at \(cut)")
            }
            for size in 1...32 {
                let pieces = stride(from: 0, to: stream.count, by: size).map {
                    stream[$0..<min($0 + size, stream.count)]
                }
                try #require(Self.decode(pieces) == whole, "pieces of \(size)")
            }
        }
    }

    /// E05, A47: random streams in random pieces, with blank lines, unknown types, an ERROR in the middle and a torn end.
    /// Fails when a piece begins a line anew.
    @Test func piecesDoNotMatter() {
        Fuzz("watch-stream", iterations: 500).bytes { random, _ in
            let stream = Self.stream(&random, events: random.count(upTo: 12))
            return random.once(in: 3) ? Mutation.apply(stream, &random, tokens: Mutation.jsonTokens) : stream
        } check: { stream in
            let whole = Self.decode([stream[...]])
            var random = SplitMix64(seed: UInt64(stream.count))
            for _ in 0..<4 {
                var pieces: [ArraySlice<UInt8>] = []
                var rest = stream[...]
                while !rest.isEmpty {
                    let count = min(rest.count, 1 + random.below(random.pick([2, 64, 4096])))
                    pieces.append(rest.prefix(count))
                    rest = rest.dropFirst(count)
                }
                try must(Self.decode(pieces) == whole, "cut into \(pieces.map(\.count))")
            }
        }
    }

    /// E04: the cap counts a line's bytes, wherever the pieces end. Fails when it is looked at only between pieces.
    @Test func theCapDoesNotDependOnThePieces() {
        let fits = Self.line("ADDED", ["a": "b"])
        let long = Self.line("ADDED", ["a": .string(String(repeating: "x", count: 100))])
        let stream = fits + [0x0A] + long + [0x0A] + fits + [0x0A]
        let single = stream.indices.map { stream[$0...$0] }
        #expect(Self.decode([stream[...]], limit: 80) == Self.decode(single, limit: 80))
        #expect(Self.decode(single, limit: 80).last == "malformed")
        #expect(Self.decode(single, limit: 4096).count == 3)
    }

    /// A91. Any line is an event or an error. A guard against traps; none was seen.
    @Test func anyLineIsAnEventOrAnError() {
        Fuzz("watch-line", iterations: 6_000).bytes { random, corpus in
            let object: JSONValue =
                random.once(in: 2)
                ? JSONGenerator.value(&random)
                : [
                    "kind": random.once(in: 3) ? JSONGenerator.value(&random, depth: 0) : "Status",
                    "code": JSONGenerator.value(&random, depth: 0), "reason": JSONGenerator.value(&random, depth: 0),
                    "message": JSONGenerator.value(&random, depth: 0),
                    "metadata": JSONGenerator.value(&random, depth: 2),
                    "details": [
                        "retryAfterSeconds": JSONGenerator.value(&random, depth: 0),
                        "name": JSONGenerator.value(&random, depth: 0),
                    ],
                ]
            let type = random.pick(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "", "error"])
            let line = Self.line(type, object)
            return random.once(in: 3)
                ? Mutation.apply(line, &random, tokens: Mutation.jsonTokens, others: corpus) : line
        } check: { line in
            guard let event = try? WatchEvent(line: line) else { return }
            if case .failed(let error) = event {
                try must(!"\(error)".isEmpty || error.message.isEmpty, "an error without words")
            }
            _ = Self.told(event)
            _ = KubeError(
                response: HTTPResponse(
                    status: 500, headers: ["retry-after": String(decoding: line, as: UTF8.self)], body: line))
        }
    }
}
