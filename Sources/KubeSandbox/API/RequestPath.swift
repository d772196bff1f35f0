/// A request's target, taken apart.
struct RequestPath: Sendable {
    var group = ""
    var version = ""
    var namespace: String?
    var plural = ""
    var name: String?
    var subresource: String?
    var query: [String: String] = [:]
    var segments: [String] = []

    init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        for item in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[Self.decode(pair[0])] = pair.count > 1 ? Self.decode(pair[1]) : ""
        }
        segments = parts[0].split(separator: "/").map { Self.decode($0) }
        var rest = segments[...]
        switch rest.popFirst() {
        case "api": version = rest.popFirst() ?? ""
        case "apis":
            group = rest.popFirst() ?? ""
            version = rest.popFirst() ?? ""
        default: return
        }
        if rest.first == "namespaces", rest.count >= 3 {
            rest.removeFirst()
            namespace = rest.removeFirst()
        }
        plural = rest.popFirst() ?? ""
        name = rest.popFirst()
        subresource = rest.popFirst()
    }

    var isDryRun: Bool { query["dryRun"] == "All" }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest.removeFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
