import KubeClient
import KubeModel
import TestSupport
import Testing

@Suite struct RequestPropertyTests {
    /// As the API server reads a part of a target.
    private static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: Array(rest.prefix(2)), as: UTF8.self), radix: 16), rest.count >= 2
            else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    private static let parts = [
        "", ".", "..", "/", "%", "%2F", "a", "b-1", "é", "\u{301}", " ", "?", "#", "&", "=", ";", ":", "\\", "\0", "\n",
        "+", "😀",
        "~", "prod", "\u{2028}",
    ]

    private static func text(_ random: inout SplitMix64) -> String {
        (0...random.below(4)).map { _ in random.pick(parts) }.joined()
    }

    /// E14, A92. A name is one part of the path, and comes back as it was; or it is refused.
    /// Fails when `..` is not refused, and when `+` is left as it is.
    @Test func namesStayOnePart() {
        Fuzz("url-path", iterations: 6_000).values { random in
            (Self.text(&random), Self.text(&random))
        } check: { namespace, name in
            guard let path = try? ResourcePath.object(.pods, ObjectKey(namespace: namespace, name: name)) else {
                return
            }
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            try must(parts.count == 7, "\(path) has \(parts.count) parts")
            for (part, text) in [(parts[4], namespace), (parts[6], name)] {
                try must(Self.decoded(part) == Array(text.utf8), "\(part) is read as another name")
                try must(!text.isEmpty && text != "." && text != "..", "\(text) is a part")
                try must(!text.utf8.contains { $0 == 0x2F || $0 == 0x25 || $0 == 0 }, "\(text) is a part")
            }
        }
    }

    /// A92. Fails while the signs are looked for among characters instead of bytes.
    @Test(arguments: ["a/\u{301}b", "..%\u{301}", "/\u{200D}"])
    func signsThatCarryAnAccentAreRefused(name: String) {
        #expect(throws: KubeError.self) { try ResourcePath.object(.pods, ObjectKey(namespace: "n", name: name)) }
    }

    /// E14, A93. Selectors are passed as text; what encodes them is the query. Whatever the text, the server reads that text
    /// as one value of that name. Fails when `&` or `+` is left as it is.
    @Test func queriesComeBackAsTheyWere() {
        Fuzz("url-query", iterations: 6_000).values { random -> [String] in
            let selectors = [
                "a in (b,c)", "a notin (b)", "a!=b", "!a", "a", "example.com/a=\(String(repeating: "v", count: 63))",
                "a==b,c=d",
                "metadata.name=a+b", "x&limit=1", "a=b#c",
            ]
            return (0..<random.count(upTo: 4)).map { _ in
                random.once(in: 2) ? random.pick(selectors) : Self.text(&random)
            }
        } check: { values in
            let names = ["labelSelector", "fieldSelector", "continue", "fieldManager"]
            let query = ResourcePath.query(zip(names, values).map { (name: $0, value: $1) })
            try must(query.isEmpty == values.isEmpty, "\(query) for nothing")
            guard !values.isEmpty else { return }
            let items = query.dropFirst().split(separator: "&", omittingEmptySubsequences: false)
            try must(items.count == values.count, "\(query) has \(items.count) items")
            for (item, (name, value)) in zip(items, zip(names, values)) {
                let parts = item.split(separator: "=", omittingEmptySubsequences: false)
                try must(parts.count == 2 && parts[0] == name, "\(item) is no item")
                try must(Self.decoded(parts[1]) == Array(value.utf8), "\(item) is read as another value")
                try must(parts[1].utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2B }, "\(item) is not encoded")
            }
        }
    }
}
