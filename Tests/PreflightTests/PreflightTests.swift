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

    private let good = "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"

    @Test func aProperKeyPasses() { #expect(findings(["secretStoreKek": good], key: "secretStoreKek") == []) }

    @Test(arguments: [
        "", "00", "zz", "0x00", String(repeating: "0", count: 64), String(repeating: "ab", count: 31), "abc",
    ])
    func shapesTheServicesRefuse(value: String) {
        #expect(findings(["secretStoreKek": value], key: "secretStoreKek").count == 1)
    }

    @Test func blanksAndNewlinesAreNotHex() {
        #expect(findings(["auditHmacKey": good + "\n"], key: "auditHmacKey").count == 1)
        #expect(findings(["auditHmacKey": " " + good], key: "auditHmacKey").count == 1)
    }

    @Test func hmacKeysMayBeLonger() {
        #expect(findings(["auditHmacKey": good + good], key: "auditHmacKey") == [])
        #expect(findings(["auditHmacKey": String(good.prefix(62))], key: "auditHmacKey").count == 1)
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

    @Test func urlsByScheme() {
        #expect(findings(["redisUrl": "rediss://:x@h:6379"], key: "redisUrl") == [])
        #expect(findings(["redisUrl": "http://h"], key: "redisUrl").count == 1)
        #expect(findings(["redisUrl": "h:6379"], key: "redisUrl").count == 1)
    }

    @Test func findingsNeverCarryTheValue() {
        let canary = "CANARY-5f2c"
        for problem in findings(["auditHmacKey": canary], key: "auditHmacKey") {
            #expect(!"\(problem)".contains(canary))
        }
    }

    @Test func digestsDependOnTheKey() {
        let other = DigestKey(Array(repeating: 8, count: 32))
        let mine = DigestKey(Array(repeating: 7, count: 32))
        #expect(mine.digest(["a"]) != other.digest(["a"]))
        #expect(mine.id != other.id)
        #expect(mine.digest(["ab", "c"]) != mine.digest(["a", "bc"]))
    }
}
