import Crypto
import Testing

@Suite struct CryptoTests {
    /// RFC 4231, test case 2.
    @Test func hmac() {
        let digest = KeyedDigest.hmacSHA256(
            key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8))
        #expect(Hex.text(digest) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zm9v!", "=Zg="])
    func notBase64(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func randomnessDiffers() { #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32)) }
}
