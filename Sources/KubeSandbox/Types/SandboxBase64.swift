/// Standard base64, for Secrets and continue tokens.
enum SandboxBase64 {
    static func encode(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for index in 0..<4 {
                out.append(
                    index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// nil where the text is not base64 of a text.
    static func decode(_ text: String) -> String? {
        guard firstIllegalByte(text) == nil else { return nil }
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            bits = bits << 6 | UInt32(value(byte) ?? 0)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> UInt32(count) & 0xFF))
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Where Go's decoder stops (encoding/base64, which skips line breaks); nil for base64.
    static func firstIllegalByte(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        var place = 0
        for (index, byte) in bytes.enumerated() where byte != 0x0A && byte != 0x0D {
            if byte == UInt8(ascii: "=") {
                guard place % 4 >= 2 else { return index }
                let rest = bytes[index...].filter { $0 != 0x0A && $0 != 0x0D }
                let wanted = 4 - place % 4
                if rest.count < wanted { return bytes.count }
                return rest.count == wanted && rest.allSatisfy { $0 == byte } ? nil : index + 1
            }
            if value(byte) == nil { return index }
            place += 1
        }
        return place % 4 == 0 ? nil : place - place % 4
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
