/// A client certificate with its key, made for tests and good for nothing else: no authority signed it.
package struct TestPair: Sendable {
    package var certificate: String
    package var key: String

    private init(certificate: String, key: String) {
        func pem(_ label: String, _ body: String) -> String {
            var text = "-----BEGIN \(label)-----\n"
            var rest = Substring(body)
            while !rest.isEmpty {
                text += rest.prefix(64) + "\n"
                rest = rest.dropFirst(64)
            }
            return text + "-----END \(label)-----\n"
        }
        self.certificate = pem("CERTIFICATE", certificate)
        self.key = pem("PRIVATE KEY", key)
    }

    package static let first = TestPair(
        certificate: "MIIBeDCCAR+gAwIBAgIUUWiTGuRYUz9ta86POpPNXxQjX5YwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGdGVzdC1h"
            + "MCAXDTI2MTEyNDEwMjgxMVoYDzIxMjYxMDMxMTAyODExWjARMQ8wDQYDVQQDDAZ0ZXN0LWEwWTATBgcqhkjOPQIB"
            + "BggqhkjOPQMBBwNCAAQsObZPRGoZIJv+CSndvH7S0/hXHoh9prwmdFU3tkEkANR4u5lsld1qQKImEqMhp2TgMkL4"
            + "mmbaWPt8MyWDad6mo1MwUTAdBgNVHQ4EFgQUqAsDDzGz3lY/3ZGIW8VQ75ZKTAkwHwYDVR0jBBgwFoAUqAsDDzGz"
            + "3lY/3ZGIW8VQ75ZKTAkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBY3w4IvkL1qdHQMsQFc2h6"
            + "D5zlucP4UKojP0xRRJhbmwIgWDNw1Oyt1kgRgQR1QkYHnAHswxzBZ/vmgd8thQ1ZrpY=",
        key: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg++95SgKkz0vfMxQ7MIwObFX1D66I0bBKSEJpzOnE"
            + "JwuhRANCAAQsObZPRGoZIJv+CSndvH7S0/hXHoh9prwmdFU3tkEkANR4u5lsld1qQKImEqMhp2TgMkL4mmbaWPt8"
            + "MyWDad6m")
    package static let second = TestPair(
        certificate: "MIIBeTCCAR+gAwIBAgIUCuvW9eUPW9Y55Jcsw2xVEaDVizswCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGdGVzdC1i"
            + "MCAXDTI2MTEyNDEwMjgxMVoYDzIxMjYxMDMxMTAyODExWjARMQ8wDQYDVQQDDAZ0ZXN0LWIwWTATBgcqhkjOPQIB"
            + "BggqhkjOPQMBBwNCAATNegFkT/ehy81VNdZlnO1ojScy4iRh8hfz1rGBZq9qd8taUy2agAqKVL6YMcvb4x1m0lcx"
            + "ZiYFBaUX3fTcSZ15o1MwUTAdBgNVHQ4EFgQUxvjDOA/Y9cQ/ojLV+OgDNuNblbUwHwYDVR0jBBgwFoAUxvjDOA/Y"
            + "9cQ/ojLV+OgDNuNblbUwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAYp1YIAOslNWAKdHGUaPgA"
            + "rMPg+hMqixFW5a082wO4nwIhAKfvE0W4PyUDtRWGD/hxLHVHE4MwBSAboEnzQ0rMfPQq",
        key: "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgE7ExjByqlD2viwf9UqxUxqcxqo57ktgUpmiIdHnY"
            + "fGqhRANCAATNegFkT/ehy81VNdZlnO1ojScy4iRh8hfz1rGBZq9qd8taUy2agAqKVL6YMcvb4x1m0lcxZiYFBaUX"
            + "3fTcSZ15")
}
