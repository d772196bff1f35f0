/// Why bytes are not JSON, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package var message: String
    /// Byte offset into the text.
    package var offset: Int

    package var description: String { "invalid JSON at byte \(offset): \(message)" }
}

extension JSONValue {
    /// How deeply arrays and objects may nest. The API server itself stops at 10,000; no object of ours or of a
    /// user comes near this one, and recursion within it cannot exhaust a thread's stack.
    package static let depthLimit = 512

    package init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

    /// Parses one JSON document (RFC 8259). Never traps, whatever the bytes. Members called `leavingOut`, wherever they
    /// are, are read over: `managedFields` are half of many objects, and making values of them costs as much as the rest.
    package init(parsing bytes: [UInt8], leavingOut: String? = nil) throws(JSONError) {
        var result: Result<JSONValue, JSONError> = .success(.null)
        bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer, leavingOut: leavingOut)
            do throws(JSONError) { result = .success(try parser.document()) } catch { result = .failure(error) }
        }
        self = try result.get()
    }

    /// As above, for a list: each element of its `items` is handed over as soon as it is read, and is not in the value.
    /// A list of five hundred objects takes twenty times its bytes when all are there at once. What was handed over
    /// before an error counts for nothing.
    package init(parsing bytes: [UInt8], leavingOut: String?, item: (JSONValue) -> Void) throws(JSONError) {
        let result = withoutActuallyEscaping(item) { item in
            bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONError> in
                var parser = JSONParser(buffer, leavingOut: leavingOut, item: item)
                do throws(JSONError) { return .success(try parser.document()) } catch { return .failure(error) }
            }
        }
        self = try result.get()
    }
}

/// A recursive-descent parser over bytes: about 90 MB/s, and one string allocation per value.
private struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let leavingOut: String?
    private let item: ((JSONValue) -> Void)?
    private var at = 0
    /// What belongs to objects and arrays that are not at their end yet: each is made once, as large as it is.
    private var members: [JSONObject.Element] = []
    private var elements: [JSONValue] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, leavingOut: String?, item: ((JSONValue) -> Void)? = nil) {
        (self.bytes, self.leavingOut, self.item) = (bytes, leavingOut, item)
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard at == bytes.count else { throw error("text after the end of the document") }
        return value
    }

    /// `item` takes the elements, where the value is an array.
    private mutating func value(depth: Int, item: ((JSONValue) -> Void)? = nil) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.depthLimit else { throw error("nested deeper than \(JSONValue.depthLimit) levels") }
        skipBlanks()
        guard at < bytes.count else { throw error("unexpected end") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth, item: item)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        at += 1
        let first = members.count
        skipBlanks()
        if take("}") { return .object(JSONObject()) }
        while true {
            skipBlanks()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("expected a quoted key") }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw error("expected ':' after a key") }
            if key == leavingOut {
                try skip(depth: depth + 1)
            } else if depth == 0, let item, key == "items" {
                members.append((key, try value(depth: depth + 1, item: item)))
            } else {
                members.append((key, try value(depth: depth + 1)))
            }
            skipBlanks()
            if take(",") { continue }
            guard take("}") else { throw error("expected ',' or '}'") }
            defer { members.removeSubrange(first...) }
            return .object(JSONObject(members[first...]))
        }
    }

    private mutating func array(depth: Int, item: ((JSONValue) -> Void)?) throws(JSONError) -> JSONValue {
        at += 1
        let first = elements.count
        skipBlanks()
        if take("]") { return .array([]) }
        while true {
            let element = try value(depth: depth + 1)
            if let item { item(element) } else { elements.append(element) }
            skipBlanks()
            if take(",") { continue }
            guard take("]") else { throw error("expected ',' or ']'") }
            defer { elements.removeSubrange(first...) }
            return .array(Array(elements[first...]))
        }
    }

    /// Reads over a value. Objects and arrays are followed by their brackets alone, so that what is left out costs
    /// little; what is wrong within it may pass.
    private mutating func skip(depth: Int) throws(JSONError) {
        skipBlanks()
        guard at < bytes.count else { throw error("unexpected end") }
        guard bytes[at] == UInt8(ascii: "{") || bytes[at] == UInt8(ascii: "[") else {
            _ = try value(depth: depth)
            return
        }
        var open = 0
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): open -= 1
            case UInt8(ascii: "\""):
                at += 1
                while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                    at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
                }
            default: break
            }
            at += 1
            if open == 0 { return }
        }
        throw error("unexpected end")
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        var all: UInt8 = 0
        while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 {
            all |= bytes[at]
            at += 1
        }
        guard at < bytes.count else { throw error("unterminated string") }
        if bytes[at] == UInt8(ascii: "\"") {
            defer { at += 1 }
            let part = UnsafeBufferPointer(rebasing: bytes[start..<at])
            // ASCII is UTF-8 as it stands: nothing to check.
            if all < 0x80 {
                return String(unsafeUninitializedCapacity: part.count) { $0.initialize(fromContentsOf: part) }
            }
            return try text(part, from: start)
        }
        return try escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var unescaped = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return try text(unescaped[...], from: start)
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &unescaped)
            case 0..<0x20: throw error("control character in a string")
            default:
                unescaped.append(byte)
                at += 1
            }
        }
        throw error("unterminated string")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard at < bytes.count else { throw error("unterminated escape") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(8)
        case UInt8(ascii: "f"): out.append(12)
        case UInt8(ascii: "n"): out.append(10)
        case UInt8(ascii: "r"): out.append(13)
        case UInt8(ascii: "t"): out.append(9)
        case UInt8(ascii: "u"):
            var unit = try hex4()
            if (0xD800..<0xDC00).contains(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let low = try hex4()
                guard (0xDC00..<0xE000).contains(low) else { throw error("lone surrogate") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw error("lone surrogate") }
            out.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw error("unknown escape")
        }
    }

    private mutating func hex4() throws(JSONError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("unterminated escape") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt32
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(bytes[at] - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(bytes[at] - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(bytes[at] - UInt8(ascii: "A")) + 10
            default: throw error("bad hexadecimal digit")
            }
            value = value << 4 | digit
            at += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        var isWhole = true
        _ = take("-")
        let digits = at
        skipDigits()
        guard at > digits else { throw error("unexpected character") }
        if bytes[digits] == UInt8(ascii: "0"), at - digits > 1 { throw error("leading zero in a number") }
        if take(".") {
            isWhole = false
            let fraction = at
            skipDigits()
            guard at > fraction else { throw error("digits expected after the decimal point") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            let exponent = at
            skipDigits()
            guard at > exponent else { throw error("digits expected in the exponent") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let double = Double(text), double.isFinite else { throw error("number out of range") }
        return .number(double)
    }

    private mutating func skipDigits() {
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
    }

    private mutating func skipBlanks() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count, (0..<count).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] }) else {
            throw error("unexpected character")
        }
        at += count
        return value
    }

    private func text(_ utf8: some Sequence<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw JSONError(message: "string is not UTF-8", offset: start)
        }
        return text
    }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: at) }
}
