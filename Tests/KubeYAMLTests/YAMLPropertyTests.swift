import Glibc
import KubeModel
import KubeYAML
import TestSupport
import Testing

@Suite struct YAMLPropertyTests {
    private static let tokens = [
        "- ", "? ", ": ", "a: ", "\n", "\n  ", "\n\t", "---\n", "...\n", "&a ", "*a", "<<: *a", "!!int ", "!!str ",
        "!x ", "|\n", ">-\n",
        "'", "\"", "[", "]", "{", "}", ",", "#", "%YAML 1.1\n", "%TAG ! x\n", "0x", "1e999", "9223372036854775808",
        "\u{85}",
        "\u{2028}", "\u{FEFF}", "\u{0}", "é", "\r\n", "\\x", "\\u12", "~", "yes", "@", "`", "|2\n", "|+\n",
    ]

    private static let samples = [
        "a: &x {p: 1, q: [2, three]}\nb: {<<: *x, q: 3}\n---\nc:\n- d\n- |\n  text\n   more\n- >-\n  folded\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  \"k\": 'it''s'\n  n: 0755\n  t: 2026-01-01\n",
        "? [a]\n: b\n", "- !!str 5\n- !!int \"5\"\n- ~\n- .5\n- -0x1F\n", "%YAML 1.1\n---\na\n...\n---\nb\n",
    ]

    /// E07. Any bytes give documents or an error. What is read can be written and read again.
    /// Fails when a position is not checked before it is used, and when a line break of YAML's own is written raw.
    @Test func anyBytesGiveDocumentsOrAnError() {
        Fuzz("yaml-parser", iterations: 6_000).bytes { random, corpus in
            Mutation.apply(
                Array(random.pick(Self.samples).utf8), &random, tokens: Self.tokens,
                others: corpus + Self.samples.map { Array($0.utf8) })
        } check: { bytes in
            guard let documents = try? YAML.documents(String(decoding: bytes, as: UTF8.self)) else { return }
            for document in documents {
                let again = try YAML.document(YAML.text(document.value))
                try must(again.exact == document.value.written.exact, "\(document.value.text) became \(again.text)")
            }
        }
    }

    /// E07. Fails when text that begins with an accented blank, or that holds U+2028, is written as a block.
    @Test func whatIsWrittenIsRead() {
        Fuzz("yaml-round-trip", iterations: 3_000).values { random in
            JSONValue.object(["k": JSONGenerator.value(&random), "l": .array([JSONGenerator.value(&random)])])
        } shown: {
            $0.text
        } check: { value in
            let text = YAML.text(value)
            let again: JSONValue
            do { again = try YAML.document(text) } catch { throw Counterexample("\(error) in\n\(text)") }
            try must(again.exact == value.written.exact, "read back as \(again.text) from\n\(text)")
        }
    }

    /// Each scalar value in a text, as key, value and within lines. Fails when a control character is written raw.
    @Test func everyScalarSurvives() throws {
        for plane in 0...16 {
            var texts = JSONObject()
            for block in 0..<256 {
                var text = ""
                for low in 0..<256 where !(plane > 0 && low % 8 != 0 && low < 248) {
                    guard let scalar = Unicode.Scalar(UInt32(plane << 16 | block << 8 | low)) else { continue }
                    text.unicodeScalars.append(scalar)
                    text += low % 3 == 0 ? " x" : low % 3 == 1 ? " " : ""
                }
                texts["a\(block)"] = .string(text)
                texts["b\(block)"] = .string("x\n" + text.filter { $0 != "\n" } + "\ny")
            }
            let value = JSONValue.object(texts)
            #expect(try YAML.document(YAML.text(value)).exact == value.exact)
        }
    }

    /// What kubectl makes of plain scalars stays so whatever the number's form: against the value itself.
    /// Fails when the smallest of 64 bits is read through a Double.
    @Test func wholeNumbersKeepTheirDigits() {
        Fuzz("yaml-numbers", iterations: 4_000).values { random in
            random.once(in: 3) ? random.pick(JSONGenerator.wholes) : Int64.random(in: .min ... .max, using: &random)
        } check: { number in
            let magnitude = number.magnitude
            let sign = number < 0 ? "-" : ""
            var forms = ["\(number)"]
            if number != .min {
                forms += [
                    "\(sign)0x\(String(magnitude, radix: 16))", "\(sign)0b\(String(magnitude, radix: 2))",
                    "\(sign)0o\(String(magnitude, radix: 8))", "\(sign)0\(String(magnitude, radix: 8))",
                ]
            }
            for form in forms {
                let value = try YAML.document("a: \(form)")["a"]
                try must(value == .integer(number), "\(form) is \(value?.text ?? "nothing")")
            }
        }
    }

    /// kubectl's keys are texts made of what the scalar means: `on: 1` is "true". Fails when a key is taken as it is written.
    @Test(arguments: [
        ("on: 1", "true"), ("no: 1", "false"), ("1: 1", "1"), ("0x10: 1", "16"), ("1.5: 1", "1.5"), ("\"on\": 1", "on"),
        ("'1_000': 1", "1_000"), ("!!str on: 1", "on"), ("a: 1", "a"), ("=: 1", "="),
    ])
    func keysAreWhatTheyMean(text: String, key: String) throws {
        #expect(try YAML.document(text).object?.keys == [key])
    }

    /// E07. Documents that cost far more than their size say: a limit answers, and soon. Thread time, not the clock.
    /// Fails when paths are kept however long they are, and when directives are compared each with each.
    @Test(arguments: hostile.indices) func hostileDocumentsAreCheap(index: Int) {
        var before = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before)
        let documents = try? YAML.documents(Self.hostile[index].text())
        var after = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after)
        #expect(after.tv_sec - before.tv_sec < 5, "\(Self.hostile[index].name)")
        let held = (documents ?? []).reduce(0) { $0 + $1.positions.keys.reduce(0) { $0 + $1.utf8.count } }
        #expect(held < 64 * 1024 * 1024, "\(Self.hostile[index].name)")
    }

    static let hostile: [(name: String, text: @Sendable () -> String)] = [
        (
            "a long key over many fields",
            {
                "? " + String(repeating: "k", count: 100_000) + "\n: {" + (0..<2_000).map { "a\($0): 1," }.joined()
                    + "}"
            }
        ),
        (
            "long keys nested",
            {
                (0..<90).map { _ in "{" + String(repeating: "k", count: 1000) + ": " }.joined()
                    + "[" + String(repeating: "1,", count: 2_000) + "]" + String(repeating: "}", count: 90)
            }
        ),
        ("directives", { (0..<20_000).map { "%TAG !t\($0)! x\n" }.joined() + "--- a\n" }),
        ("documents", { String(repeating: "--- a\n", count: 100_000) }),
        ("sequences", { String(repeating: "- ", count: 200_000) }),
        ("flow", { String(repeating: "{a: [", count: 100_000) }),
        ("anchors", { (0..<20_000).map { "- &a\($0) *a\(max(0, $0 - 1))\n" }.joined() }),
        ("merges", { "a: &a {b: 1}\n" + (0..<10_000).map { "k\($0): {<<: [*a, *a, *a]}\n" }.joined() }),
        ("quotes", { "a: '" + String(repeating: "''", count: 200_000) }),
        ("folds", { "a: >\n" + String(repeating: "  x\n\n", count: 100_000) }),
        ("too large", { String(repeating: "#", count: 4_000_000) }),
    ]

    /// Fails when directives are not counted: each is compared with all before it.
    @Test func directivesAreFew() throws {
        let directives = { (count: Int) in (0..<count).map { "%TAG !t\($0)! x\n" }.joined() + "--- a\n" }
        #expect(try YAML.document(directives(100)) == "a")
        #expect(throws: YAMLError.self) { try YAML.document(directives(101)) }
    }

    /// Encodings other than UTF-8, and marks of byte order, are an error or read as what they are.
    @Test(arguments: [
        [0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61], [0xEF, 0xBB, 0xBF, 0x61, 0x3A, 0x20, 0x31],
        [0x61, 0x3A, 0x20, 0xC3],
        [0x61, 0x00], [0x80],
    ])
    func oddEncodings(bytes: [UInt8]) throws {
        let value = try? YAML.document(String(decoding: bytes, as: UTF8.self))
        #expect(
            value == nil || bytes.first == 0xEF && value == ["a": 1]
                || value?.string?.unicodeScalars.contains("\u{FFFD}") == true || value?["a"]?.string == "\u{FFFD}")
    }
}

extension JSONValue {
    /// What a reader makes of the value's text: whole numbers below 2^53 are written without a fraction.
    fileprivate var written: JSONValue {
        switch self {
        case .number(let number) where number.magnitude < 9_007_199_254_740_992:
            Int64(exactly: number).map(JSONValue.integer) ?? self
        case .array(let items): .array(items.map(\.written))
        case .object(let object): .object(object.mapValues(\.written))
        default: self
        }
    }
}
