import KubeModel
import TestSupport
import Testing

/// The same bytes read by another decoder, that of Python.
@Suite struct JSONDifferentialPropertyTests {
    /// Where the two are meant to differ, and who is right for Kubernetes. The program below makes Python agree with each.
    static let differences: [(name: String, input: String, ours: String)] = [
        ("NaN and Infinity are no JSON; Python reads them", "[NaN,Infinity,-Infinity]", "E"),
        ("a lone surrogate is no text; Python keeps it", #""\ud800""#, "E"),
        ("a number beyond Double is refused; Python makes it infinite", "1e999", "E"),
        (
            "a whole number beyond 64 bits becomes a Double; Python keeps it", "18446744073709551616",
            "d43f0000000000000"
        ),
        ("a whole number beyond Double is refused; Python keeps it", "1" + String(repeating: "0", count: 400), "E"),
        ("the last of equal keys wins, here too", #"{"a":1,"a":2}"#, "{s61:i2}"),
        (
            "deeper than our limit is refused", String(repeating: "[", count: 600) + String(repeating: "]", count: 600),
            "E"
        ),
    ]

    private static let program = """
        import json, math, struct, sys
        sys.setrecursionlimit(20000)
        def form(v, depth):
            if depth > 512: raise ValueError
            if v is None: return 'n'
            if v is True: return 't'
            if v is False: return 'f'
            if isinstance(v, int):
                return 'i%d' % v if -2**63 <= v < 2**63 else form(float(v), depth)
            if isinstance(v, float):
                if math.isnan(v) or math.isinf(v): raise ValueError
                return 'd%x' % struct.unpack('>Q', struct.pack('>d', v))[0]
            if isinstance(v, str): return 's' + v.encode('utf-8').hex()
            if isinstance(v, list): return '[' + ','.join(form(x, depth + 1) for x in v) + ']'
            # Values that a later equal key replaces are looked at, too.
            entries = dict([(form(k, 0), form(x, depth + 1)) for k, x in v.pairs])
            return '{' + ','.join(sorted(k + ':' + x for k, x in entries.items())) + '}'
        class Entries:
            def __init__(self, pairs): self.pairs = pairs
        def never(x): raise ValueError
        for line in sys.stdin:
            try: print(form(json.loads(bytes.fromhex(line.strip()).decode('utf-8'), parse_constant=never, object_pairs_hook=Entries), 0))
            except (ValueError, OverflowError, RecursionError): print('E')
        """

    static let isAvailable = Child.run(["python3", "-c", "import json"])?.status == 0

    private static func python(_ inputs: [[UInt8]]) -> [Substring] {
        let lines = inputs.map {
            JSONValue.string(String(decoding: $0.flatMap { hex($0) }, as: UTF8.self)).string ?? ""
        }
        let outcome = Child.run(["python3", "-c", program], input: Array((lines.joined(separator: "\n") + "\n").utf8))
        return String(decoding: outcome?.output ?? [], as: UTF8.self).split(separator: "\n")
    }

    private static func hex(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func ours(_ bytes: [UInt8]) -> String { (try? JSONValue(parsing: bytes))?.exact ?? "E" }

    /// E03. Fails when `01` is read as 1, when a lone surrogate is replaced, and when one of two keys that differ only in
    /// their accents' form is lost.
    @Test(.enabled(if: isAvailable, "python3 is not installed")) func readsWhatPythonReads() {
        Fuzz("json-against-python", iterations: 4).values { random -> [[UInt8]] in
            let corpus = Corpus.inputs("json-decoder").map(\.bytes)
            return corpus
                + (0..<1_000).map { _ in
                    let text = JSONGenerator.document(&random)
                    return random.once(in: 2)
                        ? text : Mutation.apply(text, &random, tokens: Mutation.jsonTokens, others: corpus)
                }
        } shown: { inputs in
            zip(inputs, Self.python(inputs)).first { Self.ours($0) != $1 }.map { String(decoding: $0.0, as: UTF8.self) }
                ?? ""
        } check: { inputs in
            let theirs = Self.python(inputs)
            try must(theirs.count == inputs.count, "python3 gave \(theirs.count) verdicts on \(inputs.count) inputs")
            for (input, verdict) in zip(inputs, theirs) {
                try must(Self.ours(input) == verdict, "\(Self.ours(input)) here, \(verdict) there")
            }
        }
    }

    @Test(.enabled(if: isAvailable, "python3 is not installed")) func differencesAreThoseWeKnow() {
        let theirs = Self.python(Self.differences.map { Array($0.input.utf8) })
        for (difference, verdict) in zip(Self.differences, theirs) {
            #expect(Self.ours(Array(difference.input.utf8)) == difference.ours, "\(difference.name)")
            #expect(verdict == difference.ours, "\(difference.name)")
        }
        #expect(theirs.count == Self.differences.count)
    }
}
