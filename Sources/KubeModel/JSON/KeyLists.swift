/// Lists of keys that many objects have in common, each held once. Objects of one kind have few shapes, and their keys
/// are half of what they take.
package struct KeyLists: Sendable {
    private struct List: Hashable {
        var keys: [String]

        static func == (left: List, right: List) -> Bool {
            left.keys.elementsEqual(right.keys, by: { $0.hasSameBytes(as: $1) })
        }
        func hash(into hasher: inout Hasher) {
            hasher.combine(keys.count)
            for key in keys { hasher.combine(ExactKey(text: key)) }
        }
    }

    private var known: Set<List> = []

    /// Whoever sends objects whose keys are never the same twice gets no more held than this.
    private static let limit = 1024
    private static let longest = 64

    package init() {}

    package var count: Int { known.count }

    fileprivate mutating func shared(_ keys: [String]) -> [String] {
        let list = List(keys: keys)
        if let at = known.firstIndex(of: list) { return known[at].keys }
        // Without the room an array grows with.
        let exact = keys.map(\.self)
        if known.count < Self.limit, keys.count <= Self.longest { known.insert(List(keys: exact)) }
        return exact
    }
}

extension JSONValue {
    /// The same value in as little memory as it can be had: for what is kept for long.
    package func compact(_ lists: inout KeyLists) -> JSONValue {
        switch self {
        case .array(let items): return .array(items.map { $0.compact(&lists) })
        case .object(let object):
            return .object(
                JSONObject(keys: lists.shared(object.keys), values: object.values.map { $0.compact(&lists) }))
        default: return self
        }
    }
}
