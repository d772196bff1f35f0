import Crypto
import KubeModel

/// What may be known of one key's value outside this module: its shape, never its content.
package struct KeyFacts: Sendable, Equatable {
    package var byteCount: Int
    /// Bytes it decodes to where it is strict hexadecimal: even, no prefix, no blanks, no newline.
    package var hexByteCount: Int?
    package var hasBlanksAround: Bool
    package var isWeakPattern: Bool
    package var scheme: String?
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
        var facts: [String: KeyFacts] = [:]
        for entry in secret["data"]?.object ?? [:] {
            guard let text = entry.value.string, let value = Base64.decode(text) else { continue }
            facts[entry.key] = inspect(value)
        }
        return .present(facts)
    }

    private func inspect(_ value: [UInt8]) -> KeyFacts {
        let text = String(decoding: value, as: UTF8.self)
        let decoded = Self.hexBytes(value)
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        return KeyFacts(
            byteCount: value.count, hexByteCount: decoded?.count,
            hasBlanksAround: value.first.map(blanks.contains) ?? false || value.last.map(blanks.contains) ?? false,
            isWeakPattern: decoded.map(Self.isWeak) ?? false, scheme: Self.scheme(text), digest: key.digest(of: value))
    }

    private static func scheme(_ text: String) -> String? {
        guard let end = text.firstIndex(of: ":"), text[end...].hasPrefix("://") else { return nil }
        let scheme = text[..<end]
        return scheme.allSatisfy { $0.isASCII && $0.isLetter } && !scheme.isEmpty ? scheme.lowercased() : nil
    }

    private static func hexBytes(_ value: [UInt8]) -> [UInt8]? {
        guard value.count % 2 == 0, !value.isEmpty else { return nil }
        var out: [UInt8] = []
        for index in stride(from: 0, to: value.count, by: 2) {
            guard let high = digit(value[index]), let low = digit(value[index + 1]) else { return nil }
            out.append(high << 4 | low)
        }
        return out
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
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
