import KubeModel

/// Builds request targets. Every part is checked and percent-encoded: an empty name would otherwise turn the deletion
/// of an object into that of its collection.
package enum ResourcePath {
    package static func collection(_ type: ResourceType, namespace: String?) throws(KubeError) -> String {
        let root = type.gvk.group.isEmpty ? "/api/\(type.gvk.version)" : "/apis/\(type.gvk.group)/\(type.gvk.version)"
        guard type.isNamespaced, let namespace else { return "\(root)/\(type.plural)" }
        return "\(root)/namespaces/\(try segment(namespace))/\(type.plural)"
    }

    package static func object(_ type: ResourceType, _ key: ObjectKey, subresource: String? = nil) throws(KubeError)
        -> String
    {
        let collection = try collection(type, namespace: type.isNamespaced ? key.namespace : nil)
        return "\(collection)/\(try segment(key.name))" + (subresource.map { "/\($0)" } ?? "")
    }

    package static func query(_ items: [(name: String, value: String)]) -> String {
        items.isEmpty ? "" : "?" + items.map { "\($0.name)=\(encode($0.value))" }.joined(separator: "&")
    }

    private static func segment(_ text: String) throws(KubeError) -> String {
        // Bytes, not characters: a slash that carries an accent is a slash to whoever reads the request.
        let signs: Set<UInt8> = [UInt8(ascii: "/"), UInt8(ascii: "%"), 0]
        guard !text.isEmpty, text != ".", text != "..", !text.utf8.contains(where: signs.contains) else {
            throw KubeError(.invalidRequest, message: "\"\(text)\" cannot be a name in a request")
        }
        return encode(text)
    }

    private static func encode(_ text: String) -> String {
        text.utf8.reduce(into: "") { out, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                out += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
    }
}
