import CaracalCatalog
import Crypto
import KubeModel
import Preflight
import Testing

@Suite struct PreflightTests {
    private let inspector = SecretInspector(key: DigestKey(Array(repeating: 7, count: 32)))

    private func findings(_ values: [String: String], key: String, isOptional: Bool = false) -> [SecretFinding.Problem]
    {
        let data = values.map { (key: $0.key, value: JSONValue.string(Base64.encode(Array($0.value.utf8)))) }
        let state = inspector.inspect(["data": .object(JSONObject(data))])
        let requirement = SecretRequirement(
            key: key, secretName: "s", secretKey: key, isOptional: isOptional, readers: [.sts],
            format: Catalog.caracal.secretKey(key)?.format ?? .pem)
        return SecretPreflight.findings([requirement], states: ["s": state]).map(\.problem)
    }

    @Test func absence() {
        #expect(findings([:], key: "auditHmacKey") == [.keyMissing])
        #expect(findings([:], key: "stsAdminToken", isOptional: true) == [])
    }

    /// Every tool ends PEM with a newline.
    @Test func certificatesMayEndInANewline() {
        #expect(findings(["tls.crt": "-----BEGIN CERTIFICATE-----\n"], key: "tls.crt") == [])
        #expect(findings(["tls.crt": ""], key: "tls.crt").count == 1)
    }

    @Test func factsNeverCarryTheValue() {
        let canary = "CANARY-5f2c"
        for value in [
            canary, "postgres://\(canary):\(canary)@h:1/d?x=\(canary)#\(canary)", "{\"emails\":{\"\(canary)\":1}}",
        ] {
            let state = inspector.inspect(["data": ["k": .string(Base64.encode(Array(value.utf8)))]])
            #expect(!"\(state)".contains(canary), "\(state)")
        }
    }

    private func facts(_ value: String) -> KeyFacts? {
        guard case .present(let keys) = inspector.inspect(["data": ["k": .string(Base64.encode(Array(value.utf8)))]])
        else { return nil }
        return keys["k"]
    }

    @Test func aURLIsTakenApart() throws {
        let url = try #require(
            facts("postgres://u:p%40ss@[2001:DB8::1]:6432/app?sslmode=Verify-Full&sslrootcert=x")?.url)
        #expect(url.scheme == "postgres")
        #expect(url.hosts == ["2001:db8::1"])
        #expect(url.ports == [6432])
        #expect(url.path == "app")
        #expect(url.sslMode == "verify-full")
        #expect(url.namesRootCertificate)
        #expect(url.problem == nil)
        #expect(url.passwordDigest == facts("p@ss")?.digest)
        #expect(facts("postgres://u:p@a,b:1/d")?.url?.hosts == ["a", "b"])
    }

    @Test(arguments: [
        "postgres://u:a/b@h/d", "postgres://u:a@b@h/d", "postgres://u:a%zz@h/d", "postgres://u:a#b@h/d",
        "postgres://u:a?b@h/d", "postgres://u:a@h:70000/d", "postgres://u:a@/d",
    ])
    func loginsThatWereNotEscaped(value: String) {
        let url = facts(value)?.url
        #expect(url?.problem != nil || url?.doubt != nil)
    }

    @Test(arguments: ["changeme", "<your token>", "password", String(repeating: "deadbeef", count: 8)])
    func examplesAreKnown(value: String) { #expect(facts(value)?.isExample == true) }

    @Test func whatWasMadeIsNoExample() {
        #expect(facts("00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0")?.isExample == false)
        #expect(facts("postgres://u:changeme@example.com/d")?.isExample == false)
    }

    @Test(arguments: [
        ("{\"emails\":{\"a@x.io\":\"active\",\"@y.io\":\"locked\"}}", true), ("{}", false), ("[]", false), ("{", false),
        ("{\"emails\":{}}", false), ("{\"emails\":{\"A@x.io\":\"active\"}}", false),
        ("{\"emails\":{\"a@x.io\":\"on\"}}", false), ("{\"emails\":{\"a\":\"active\"}}", false),
    ])
    func allowlists(file: String, isFine: Bool) { #expect((facts(file)?.allowlistProblem == nil) == isFine) }

    @Test func digestsDependOnTheKey() {
        let other = DigestKey(Array(repeating: 8, count: 32))
        let mine = DigestKey(Array(repeating: 7, count: 32))
        #expect(mine.digest(["a"]) != other.digest(["a"]))
        #expect(mine.id != other.id)
        #expect(mine.digest(["ab", "c"]) != mine.digest(["a", "bc"]))
    }
}
