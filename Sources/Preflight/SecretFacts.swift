import Crypto
import KubeModel

/// What may be known of one key's value outside this module: its shape, never its content.
package struct KeyFacts: Sendable, Equatable {
    package var byteCount: Int
    /// Bytes it decodes to where it is strict hexadecimal: even, no prefix, no blanks, no newline.
    package var hexByteCount: Int?
    package var hasBlanksBefore: Bool
    package var hasBlanksBehind: Bool
    package var isWeakPattern: Bool
    /// A value that stands in documentation, or that says itself that it wants replacing.
    package var isExample: Bool
    package var url: URLFacts?
    /// Why the value is no allowlist the console can read; nil where it is one.
    package var allowlistProblem: String?
    /// Of `tls.crt` alone.
    package var certificate: CertificateFacts?
    /// Keyed digest; tells equal from different and nothing else.
    package var digest: String
}

/// What was found under the name of one Secret.
package enum SecretState: Sendable, Equatable {
    /// Not looked at yet.
    case unknown
    case missing
    /// The operator may not read it.
    case forbidden
    case present([String: KeyFacts])
}

/// The key under which fingerprints are made, and a name for it that gives nothing away.
package struct DigestKey: Sendable {
    private let bytes: [UInt8]
    package let id: String

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        id = Hex.text(KeyedDigest.hmacSHA256(key: bytes, message: Array("key id".utf8)).prefix(4))
    }

    package func digest(_ parts: [String]) -> String {
        var message: [UInt8] = []
        for part in parts { message += Array("\(part.utf8.count):".utf8) + Array(part.utf8) }
        return Hex.text(KeyedDigest.hmacSHA256(key: bytes, message: message).prefix(16))
    }

    fileprivate func digest(of value: [UInt8]) -> String {
        Hex.text(KeyedDigest.hmacSHA256(key: bytes, message: value).prefix(16))
    }
}

/// Turns Secrets into facts. The only place that sees values; nothing here prints, stores or returns one.
package struct SecretInspector: Sendable {
    private let key: DigestKey

    package init(key: DigestKey) { self.key = key }

    /// The facts of every key of a Secret as the API returns it.
    package func inspect(_ secret: JSONValue) -> SecretState {
        var values: [String: [UInt8]] = [:]
        for entry in secret["data"]?.object ?? [:] {
            if let text = entry.value.string { values[entry.key] = Base64.decode(text) }
        }
        var facts = values.mapValues(inspect)
        if let certificate = values["tls.crt"] {
            facts["tls.crt"]?.certificate = CertificateFacts(certificate: certificate, key: values["tls.key"])
        }
        return .present(facts)
    }

    private func inspect(_ value: [UInt8]) -> KeyFacts {
        let text = String(decoding: value, as: UTF8.self)
        let decoded = HexDigits.bytes(value)
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        return KeyFacts(
            byteCount: value.count, hexByteCount: decoded?.count,
            hasBlanksBefore: value.first.map(blanks.contains) ?? false,
            hasBlanksBehind: value.last.map(blanks.contains) ?? false,
            isWeakPattern: decoded.map(Self.isWeak) ?? (Set(value).count < 3),
            isExample: ExampleValues.contains(text, decoded: decoded),
            // Readers cut what follows the value (caracal-runtime.md §3).
            url: URLFacts(Self.withoutTrailingBlanks(text)) { key.digest(of: $0) },
            allowlistProblem: AllowlistFacts.problem(value),
            digest: key.digest(of: value))
    }

    private static func withoutTrailingBlanks(_ text: String) -> String {
        var text = Substring(text)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// The patterns the services themselves refuse: one byte repeated, runs that go up or down by one, two bytes
    /// repeated (caracal-runtime.md §4).
    private static func isWeak(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 2 else { return true }
        let pairs = zip(bytes, bytes.dropFirst())
        return pairs.allSatisfy { $0 == $1 } || pairs.allSatisfy { $1 == $0 &+ 1 } || pairs.allSatisfy { $1 == $0 &- 1 }
            || zip(bytes, bytes.dropFirst(2)).allSatisfy { $0 == $1 }
    }
}

/// Values that people copy from documentation, or leave standing where they meant to put their own.
enum ExampleValues {
    private static let words: Set<String> = [
        "changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me", "secret", "password", "postgres",
        "caracal", "admin", "test", "example", "todo", "tbd", "none", "null", "xxx", "your-token-here",
    ]
    private static let markers = ["changeme", "change-me", "replace-me", "replace_with", "your-", "<", "example"]

    static func contains(_ text: String, decoded: [UInt8]?) -> Bool {
        let lower = text.lowercased()
        if words.contains(lower) { return true }
        // A URL may well lead to a host that is called like this.
        if lower.utf8.count <= 64, !lower.contains("://"), markers.contains(where: lower.hasPrefix) { return true }
        guard let decoded, decoded.count >= 8 else { return false }
        // deadbeef…, 0123456789abcdef…: a short piece over and over.
        return [4, 8].contains { period in
            decoded.count >= period * 2 && zip(decoded, decoded.dropFirst(period)).allSatisfy { $0 == $1 }
        }
    }
}
