extension JSONValue {
    /// The document as bytes, safe for every place the API reads it.
    ///
    /// Server-side apply bodies are read by a YAML parser, so `/` is never escaped, U+007F–U+009F, U+2028, U+2029,
    /// U+FFFE and U+FFFF are written as `\uXXXX`, and everything else from U+00A0 on (astral characters included) is
    /// written raw: a raw U+0085 would silently be stored as a space, the blanks beside a raw U+2028 would silently be
    /// lost, and a surrogate-pair escape is refused.
    package var bytes: [UInt8] {
        var writer = JSONWriter(indentation: nil)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// The document as text, indented by two spaces.
    package var prettyText: String {
        var writer = JSONWriter(indentation: 2)
        writer.write(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The document as text on one line.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

private struct JSONWriter {
    var bytes: [UInt8] = []
    let indentation: Int?

    init(indentation: Int?) { self.indentation = indentation }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let flag): append(flag ? "true" : "false")
        case .integer(let number): append(String(number))
        case .number(let number): append(Self.text(of: number))
        case .string(let text): write(text)
        case .array(let items):
            list(UInt8(ascii: "["), UInt8(ascii: "]"), items, depth: depth) { writer, item in
                writer.write(item, depth: depth + 1)
            }
        case .object(let object):
            list(UInt8(ascii: "{"), UInt8(ascii: "}"), object, depth: depth) { writer, entry in
                writer.write(entry.key)
                writer.append(writer.indentation == nil ? ":" : ": ")
                writer.write(entry.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<S: Sequence>(
        _ open: UInt8, _ close: UInt8, _ items: S, depth: Int, _ item: (inout JSONWriter, S.Element) -> Void
    ) {
        bytes.append(open)
        var isFirst = true
        for element in items {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            newline(depth + 1)
            item(&self, element)
        }
        if !isFirst { newline(depth) }
        bytes.append(close)
    }

    private mutating func newline(_ depth: Int) {
        guard let indentation else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * indentation))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var copy = text
        let isPlain = copy.withUTF8 { utf8 in
            guard utf8.allSatisfy(Self.isPlain) else { return false }
            bytes.append(contentsOf: utf8)
            return true
        }
        if !isPlain { escape(text) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Stands for itself, and is a scalar of its own.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: append("\\\"")
            case 0x5C: append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFFFE, 0xFFFF:
                let hex = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
            default: bytes.append(contentsOf: String(Character(scalar)).utf8)
            }
        }
    }

    /// Whole numbers are written without a fraction up to 2^53, as Go writes them; JSON has no infinity or NaN, so
    /// those become null.
    private static func text(of number: Double) -> String {
        guard number.isFinite else { return "null" }
        if number.magnitude < 9_007_199_254_740_992, let whole = Int64(exactly: number) { return String(whole) }
        return "\(number)"
    }
}
