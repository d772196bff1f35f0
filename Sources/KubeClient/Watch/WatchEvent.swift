import Glibc
import KubeModel

package enum WatchEvent: Sendable {
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
    /// Nothing happened up to here.
    case bookmark(resourceVersion: String)
    /// The server ends the watch with a `Status` inside a 200 answer.
    case failed(KubeError)

    /// From one line of the stream.
    package init(line: [UInt8]) throws(KubeError) {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: line, leavingOut: "managedFields") } catch {
            throw KubeError(.malformedResponse, message: "watch event: \(error)")
        }
        let object = value["object"] ?? .null
        switch value["type"]?.string {
        case "ADDED": self = .added(object)
        case "MODIFIED": self = .modified(object)
        case "DELETED": self = .deleted(object)
        case "BOOKMARK": self = .bookmark(resourceVersion: object.resourceVersion)
        case "ERROR": self = .failed(KubeError(status: object, httpStatus: Int(object["code"]?.integer ?? 500)))
        default:
            throw KubeError(.malformedResponse, message: "watch event of unknown type \(value["type"]?.text ?? "")")
        }
    }
}

/// Cuts a byte stream into lines, however it was chunked. A last line without newline is delivered by `finish`.
package struct LineDecoder: Sendable {
    private var partial: [UInt8] = []
    private var isTooLong = false
    /// The largest object the API server stores is far smaller.
    private let limit: Int

    package init(limit: Int = 16 * 1024 * 1024) { self.limit = limit }

    package mutating func feed(_ bytes: [UInt8]) throws(KubeError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        // What came whole before a line that is too long is still told; the next call then throws.
        if isTooLong { throw tooLong }
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = Self.newline(in: rest)
            let piece = rest[..<(end ?? rest.endIndex)]
            guard partial.count + piece.count <= limit else {
                (isTooLong, partial) = (true, [])
                guard lines.isEmpty else { return lines }
                throw tooLong
            }
            partial += piece
            guard let end else { break }
            if let line = take() { lines.append(line) }
            rest = rest[(end + 1)...]
        }
        return lines
    }

    private static func newline(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, let found = memchr(start, 0x0A, buffer.count) else { return nil }
            return bytes.startIndex + (UnsafeRawPointer(found) - start)
        }
    }

    /// What is left at the end of the stream.
    package mutating func finish() throws(KubeError) -> [UInt8]? {
        if isTooLong { throw tooLong }
        return take()
    }

    private var tooLong: KubeError {
        KubeError(.malformedResponse, message: "a watch event is larger than \(limit) bytes")
    }

    private mutating func take() -> [UInt8]? {
        if partial.last == 0x0D { partial.removeLast() }
        defer { partial = [] }
        return partial.isEmpty ? nil : partial
    }
}
