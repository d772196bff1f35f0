import KubeModel

extension YAML {
    /// The value as a block-style YAML document, keys in the order they stand in the value.
    package static func text(_ value: JSONValue) -> String {
        var emitter = YAMLEmitter()
        emitter.block(value, indent: 0, inline: false)
        return emitter.text
    }

    /// Several documents, each introduced by `---`.
    package static func stream(_ values: [JSONValue]) -> String {
        values.map { "---\n" + text($0) }.joined()
    }
}

/// Writes the small, regular part of YAML that Kubernetes manifests need. Text that a reader could take for
/// something else is quoted the way JSON quotes it, which YAML reads as it is.
private struct YAMLEmitter {
    var text = ""

    mutating func block(_ value: JSONValue, indent: Int, inline: Bool) {
        switch value {
        case .object(let object) where !object.isEmpty:
            for (index, entry) in object.enumerated() {
                if index > 0 || !inline { pad(indent) }
                let key = Self.scalar(entry.key)
                // A reader looks no further than 1,024 characters for the colon.
                if key.utf8.count > 1000 {
                    text += "? " + key + "\n"
                    pad(indent)
                    text += ":"
                } else {
                    text += key + ":"
                }
                child(entry.value, indent: indent)
            }
        case .array(let items) where !items.isEmpty:
            for (index, item) in items.enumerated() {
                if index > 0 || !inline { pad(indent) }
                text += "- "
                block(item, indent: indent + 2, inline: true)
            }
        default: text += Self.flow(value) + "\n"
        }
    }

    private mutating func child(_ value: JSONValue, indent: Int) {
        switch value {
        case .object(let object) where !object.isEmpty:
            text += "\n"
            block(value, indent: indent + 2, inline: false)
        case .array(let items) where !items.isEmpty:
            text += "\n"
            block(value, indent: indent, inline: false)
        case .string(let string) where Self.isLiteralBlock(string):
            text += string.hasSuffix("\n") ? " |\n" : " |-\n"
            for line in string.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
                string.hasSuffix("\n") ? 1 : 0)
            {
                if !line.isEmpty { pad(indent + 2) }
                text += line + "\n"
            }
        default: text += " " + Self.flow(value) + "\n"
        }
    }

    private mutating func pad(_ indent: Int) { text += String(repeating: " ", count: indent) }

    private static func flow(_ value: JSONValue) -> String {
        switch value {
        case .string(let string): scalar(string)
        default: value.text
        }
    }

    /// Several plain lines, without anything a block scalar would change.
    private static func isLiteralBlock(_ text: String) -> Bool {
        // By bytes, because a blank that carries an accent is another character to Swift but not to a reader of YAML; and
        // without the line separators, which are line breaks to it.
        text.contains("\n") && text.utf8.first != 0x20 && !text.hasPrefix("\n") && !text.hasSuffix("\n\n")
            && text.unicodeScalars.allSatisfy {
                $0 == "\n" || (0x20..<0x7F).contains($0.value)
                    || (0xA0..<0xD800).contains($0.value) && $0 != "\u{2028}" && $0 != "\u{2029}"
            }
            && !text.split(separator: "\n", omittingEmptySubsequences: false).contains { $0.hasSuffix(" ") }
    }

    private static func scalar(_ text: String) -> String {
        guard YAMLScalar.resolve(text) == .string(text), text != "<<", text != "=", isPlainSafe(text) else {
            return JSONValue.string(text).text
        }
        return text
    }

    private static func isPlainSafe(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, last != UInt8(ascii: ":"), last != 0x20 else {
            return false
        }
        if indicators.contains(first) {
            guard first == UInt8(ascii: "-"), text.utf8.count > 1, text.utf8.dropFirst().first != 0x20,
                !text.hasPrefix("---")
            else { return false }
        }
        guard text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return false }
        // Other readers take 2026-01-31 for a date and 1:30 for a number.
        if first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9"), text.contains("-") || text.contains(":") {
            return false
        }
        return !text.contains(": ") && !text.contains(" #")
    }

    private static let indicators = Set("-?:,[]{}#&*!|>'\"%@` ".utf8)
}
