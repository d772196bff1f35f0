import KubeModel
import KubeSchema
import Testing

@Suite struct CELTests {
    private func judge(_ rule: String, _ value: JSONValue, old: JSONValue? = nil) throws -> [String] {
        let schema: JSONValue = [
            "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "x-kubernetes-validations": [["rule": .string(rule), "message": "no"]],
        ]
        return try StructuralSchema(schema).violations(value, old: old).map(\.detail)
    }

    @Test(arguments: [
        "self.a == 1", "self.a + 1 == 2", "self.s.startsWith('ab') && self.s.endsWith('c')", "self.s.matches('^a.c$')",
        "size(self.l) == 3",
        "self.l.size() > 2", "self.l.all(x, x > 0)", "self.l.exists(x, x == 2)", "self.l.exists_one(x, x == 2)",
        "2 in self.l", "has(self.a)",
        "!has(self.z)", "has(self.z) || true", "self.z == 1 || true", "true || self.z == 1",
        "self.a == 1 ? true : false", "self.m['k'] == 'v'",
        "'k' in self.m", "self.m.all(k, k == 'k')", "self.l.filter(x, x > 1).size() == 2",
        "self.l.map(x, x * 2) == [2, 4, 6]", "string(self.a) == '1'",
        "!(self.s.contains('z'))", "-self.a < 0 && self.a >= 1 && self.a <= 1", "7 / 2 == 3 && 7 % 2 == 1",
    ])
    func holds(rule: String) throws {
        #expect(try judge(rule, ["a": 1, "s": "abc", "l": [1, 2, 3], "m": ["k": "v"]]) == [])
    }

    @Test(arguments: ["self.a == 2", "self.z == 1", "self.z == 1 && true", "self.a.size() == 1", "1 / 0 == 1"])
    func failsWithTheMessage(rule: String) throws {
        let found = try judge(rule, ["a": 1])
        #expect(found.count == 1)
        #expect(found.first?.contains("no") == true)
    }

    @Test(arguments: [
        "self.", "foo == 1", "self.a.unknown()", "now() == 1", "self.a ==", "(self.a", "'open", "self.l.all(x)", "a$b",
    ])
    func unknownCELIsRefusedWhenTheSchemaIsRead(rule: String) {
        #expect(throws: CELError.self) { try judge(rule, [:]) }
    }

    @Test func transitionRulesNeedAnOldValue() throws {
        #expect(try judge("self.a == oldSelf.a", ["a": 1]) == [])
        #expect(try judge("self.a == oldSelf.a", ["a": 1], old: ["a": 2]).count == 1)
    }
}
