import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeModel
import KubeSchema
import TestSupport
import Testing

@Suite struct SchemaPropertyTests {
    private static let json: JSONValue = {
        let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
        return crd.at("spec", "versions")?[0]?.at("schema", "openAPIV3Schema") ?? [:]
    }()

    /// Random documents against our own CRD: pruned, judged, and judged again as a change. What pruning leaves has nothing
    /// unknown left. A guard against traps; none was seen.
    @Test func anyDocumentIsJudged() throws {
        let schema = try StructuralSchema(Self.json)
        let wild = SchemaGenerator(Self.json, wrongOnceIn: 12)
        Fuzz("crd-validation", iterations: 600).values { random in
            switch random.below(3) {
            case 0: JSONGenerator.value(&random)
            case 1: wild.value(&random)
            default: wild.mutated(try random.pick(Fixture.allCases).document, &random)
            }
        } shown: {
            $0.text
        } check: { document in
            let pruned = schema.prune(document).value
            try must(schema.prune(pruned).unknown.isEmpty, "pruning twice finds something unknown")
            let found = schema.violations(document)
            try must(found == schema.violations(document), "the verdict changes")
            _ = schema.violations(pruned, old: document)
            for violation in found { try must(!violation.detail.isEmpty, "a violation without words") }
        }
    }

    private static let words = [
        "self", "oldSelf", "self.a", "self.s", "self.l", "self.m", "x", "1", "0", "-1", "9223372036854775807", "1.5",
        "1e9", "'a'", "\"é\"",
        "true", "false", "null", "size(", "self.l.all(x, ", "self.l.map(x, ", "self.m.exists(k, ", "has(self.a)",
        ".size()",
        ".matches('^(a+)+$')", ".startsWith('a')", ".contains('')", "[0]", "['k']", "[9223372036854775807]", "(", ")",
        "[", "]", ",", "?", ":",
        "&&", "||", "!", "-", "+", "*", "/", "%", "==", "!=", "<", ">=", " in ", ".", "int(", "string(", "'\\n'", "$",
        "{}",
    ]

    /// Random rules over random values: refused when the schema is read, or judged. A guard against
    /// traps; the long rules below are where one was.
    @Test func anyRuleIsRefusedOrJudged() {
        Fuzz("cel", iterations: 8_000).values { random -> (String, JSONValue) in
            var rule = (0..<1 + random.count(upTo: 12)).map { _ in random.pick(words) }.joined()
            if random.once(in: 2) {
                let sides = (0..<3).map { _ in random.pick(words.filter { !$0.hasSuffix("(") && !$0.hasSuffix(", ") }) }
                rule = "\(sides[0]) \(random.pick(["==", "+", "/", "%", "<", "in", "&&", "-", "*"])) \(sides[1])"
                if random.once(in: 2) { rule = "self.l.exists(x, \(rule)) || \(sides[2])" }
            }
            let object: JSONValue = [
                "a": JSONGenerator.value(&random, depth: 0), "s": .string(JSONGenerator.text(&random)),
                "l": .array((0..<random.below(4)).map { _ in JSONGenerator.value(&random, depth: 1) }),
                "m": ["k": JSONGenerator.value(&random, depth: 0)],
            ]
            return (rule, random.once(in: 5) ? JSONGenerator.value(&random) : object)
        } check: { rule, value in
            guard let schema = try? StructuralSchema(Self.holder(rule)) else { return }
            try must(schema.violations(value) == schema.violations(value), "the verdict changes")
            _ = schema.violations(value, old: value)
        }
    }

    private static func holder(_ rule: String) -> JSONValue {
        [
            "x-kubernetes-preserve-unknown-fields": true,
            "x-kubernetes-validations": [["rule": .string(rule), "message": "no"]],
        ]
    }

    private let words = Self.words

    /// Rules as deep or as long as the text allows. Fails where the parser counts its depth in some places only: the process
    /// ends for want of stack.
    @Test(arguments: longRules.indices) func longRulesAreRefusedOrJudged(index: Int) {
        guard let schema = try? StructuralSchema(Self.holder(Self.longRules[index])) else { return }
        _ = schema.violations(["a": 1])
    }

    private static let longRules = [
        String(repeating: "!", count: 200_000) + "true", String(repeating: "-", count: 200_000) + "1 == 1",
        "true" + String(repeating: " && true", count: 50_000),
        "self" + String(repeating: ".a", count: 100_000) + " == 1",
        "self" + String(repeating: "[0]", count: 100_000) + " == 1", String(repeating: "(", count: 100_000),
        String(repeating: "has(", count: 100_000), String(repeating: "[", count: 100_000),
        "true" + String(repeating: " ? true : true", count: 50_000),
        "1" + String(repeating: " + 1", count: 50_000) + " > 0",
        "['aaaaaaaa']" + String(repeating: ".map(x, x + x)", count: 60) + ".size() > 0",
    ]

    /// Comprehensions within comprehensions multiply. Fails where nothing counts the work.
    @Test func workIsBounded() throws {
        let rule = (0..<12).map { "self.l.all(x\($0), " }.joined() + "true" + String(repeating: ")", count: 12)
        let schema = try StructuralSchema(Self.holder(rule))
        let found = schema.violations(["l": .array((0..<50).map { .integer($0) })])
        #expect(found.count == 1)
    }

    /// Go's regular expressions and CEL's functions see code points, Swift's own see characters.
    /// Fails where a text is looked at as characters.
    @Test(arguments: [
        ("self.s.matches('^[0-9]+$')", "٣", false), ("self.s.matches('^\\\\d+$')", "٣", false),
        ("self.s.matches('^[A-Z]$')", "\u{212A}", false),
        ("self.s.matches('^.$')", "e\u{301}", false), ("self.s.matches('^a$')", "a\n", false),
        ("self.s.matches('^a.b$')", "a\nb", false),
        ("self.s.matches('^e.$')", "e\u{301}", true), ("self.s.contains('\\n')", "a\r\nb", true),
        ("self.s.contains('/')", "a/\u{301}", true), ("self.s.startsWith('e')", "e\u{301}", true),
        ("self.s.endsWith('a')", "a\u{301}", false),
        ("self.s == 'é'", "e\u{301}", false), ("self.s.matches('^\\\\w+$')", "é", false),
    ])
    func textsAreCodePoints(rule: String, text: String, holds: Bool) throws {
        let schema = try StructuralSchema(Self.holder(rule))
        #expect(schema.violations(["s": .string(text)]).isEmpty == holds)
    }
}
