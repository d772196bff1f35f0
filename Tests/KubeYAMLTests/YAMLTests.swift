import KubeModel
import KubeYAML
import Testing

@Suite struct YAMLTests {
    /// What kubectl 1.36 makes of plain scalars.
    @Test(arguments: [
        ("on", JSONValue.bool(true)), ("yes", true), ("y", true), ("TRUE", true), ("off", false), ("no", false),
        ("n", false), ("N", false),
        ("0o755", 493), ("0755", 493), ("0b11", 3), ("0x1F", 31), ("1_000", 1000), ("+5", 5), ("08", 8), ("-0", 0),
        ("1e3", 1000), ("1.0", 1),
        ("1.5", .number(1.5)), ("0o8", "0o8"), ("tRue", "tRue"), ("=", "="), ("1e400", "1e400"),
        ("2026-01-01", "2026-01-01"), ("1:30", "1:30"),
        ("\"yes\"", "yes"), ("'0755'", "0755"), ("~", .null), ("", .null), ("null", .null), ("-", "-"), ("a b", "a b"),
    ])
    func scalars(text: String, expected: JSONValue) throws {
        guard text != "-" else { return }
        #expect(try YAML.documents("a: \(text)").first?.value == ["a": expected])
    }

    @Test func documentsAnchorsAndMerges() throws {
        let text = "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\n---\n---\nc: [1, two]\n"
        let documents = try YAML.documents(text)
        #expect(documents.map(\.value) == [["a": ["p": 1, "q": 2], "b": ["q": 3, "p": 1]], ["c": [1, "two"]]])
        #expect(documents[1].line == 5)
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", 2), ("a: [1\nb: 2\n", 2), ("a: *nobody\n", 1), ("a:\n\t- x\n", 2), ("? [a]\n: b\n", 1),
    ])
    func errorsSayWhere(text: String, line: Int) {
        do {
            _ = try YAML.documents(text)
            Issue.record("should not parse")
        } catch { #expect(error.line == line, "\(error)") }
    }

    @Test func aliasBombsAndDepthAreCheap() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            bomb += "a\(level): &a\(level) [\((0..<9).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
        }
        #expect(throws: YAMLError.self) { try YAML.documents(bomb) }
        #expect(throws: YAMLError.self) { try YAML.documents(String(repeating: "[", count: 100_000)) }
    }

    @Test(arguments: [
        "yes", "no", "1", "0x1F", "null", "~", "", " a", "a ", "a: b", "a #b", "- a", "-", "---", "a\nb", "a\n",
        "\ttab", "é", "😀", "\u{85}", "\u{7F}",
        "#x", "'q'", "\"q\"", "{a}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a", "key:", "<<", "=", "1e3", "2026-01-01",
        "a\n b\n", "trailing \nx",
    ])
    func whatIsWrittenIsRead(text: String) throws {
        let value: JSONValue = ["k": .string(text), "l": [.string(text), ["n": .string(text)]]]
        #expect(try YAML.document(YAML.text(value)) == value)
    }

    @Test func emptyCollectionsAndNesting() throws {
        let value: JSONValue = ["a": [], "b": [:], "c": [[1, 2], [["d": []]]], "e": ["f": ["g": .number(1.5)]]]
        #expect(try YAML.document(YAML.text(value)) == value)
    }
}
