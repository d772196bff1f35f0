/// An object that keeps its keys in the order they were written. Kubernetes objects have few keys, so lookup is
/// linear over two flat arrays; maps that grow (ConfigMap data, labels of hostile size) get an index.
package struct JSONObject: Sendable {
    package private(set) var keys: [String] = []
    package private(set) var values: [JSONValue] = []
    private var index: [ExactKey: Int]?

    private static let indexFrom = 32

    package init() {}

    /// The last value wins where a key is repeated, as in the API server's own decoder.
    package init(_ entries: some Collection<(key: String, value: JSONValue)>) {
        keys.reserveCapacity(entries.count)
        values.reserveCapacity(entries.count)
        for entry in entries { self[entry.key] = entry.value }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { values[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let at?, let value?): values[at] = value
            case (let at?, nil):
                keys.remove(at: at)
                values.remove(at: at)
                reindex()
            case (nil, let value?):
                keys.append(key)
                values.append(value)
                if index != nil {
                    index?[ExactKey(text: key)] = keys.count - 1
                } else if keys.count > Self.indexFrom {
                    reindex()
                }
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[ExactKey(text: key)] }
        return keys.firstIndex { $0.hasSameBytes(as: key) }
    }

    private mutating func reindex() {
        index = nil
        guard keys.count > Self.indexFrom else { return }
        index = Dictionary(uniqueKeysWithValues: zip(keys.lazy.map(ExactKey.init), keys.indices))
    }

    /// The same object with its keys in byte order.
    package var sorted: JSONObject {
        JSONObject(map { $0 }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }

    package func mapValues(_ transform: (JSONValue) throws -> JSONValue) rethrows -> JSONObject {
        var copy = self
        copy.values = try values.map(transform)
        return copy
    }

    package func filter(_ isIncluded: (String, JSONValue) -> Bool) -> JSONObject {
        JSONObject(map { $0 }.filter { isIncluded($0.key, $0.value) })
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> AnyIterator<(key: String, value: JSONValue)> {
        var next = 0
        return AnyIterator {
            guard next < keys.count else { return nil }
            defer { next += 1 }
            return (key: keys[next], value: values[next])
        }
    }
}

/// Equality does not see the order of keys.
extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        if left.keys.elementsEqual(right.keys, by: { $0.hasSameBytes(as: $1) }) { return left.values == right.values }
        return left.allSatisfy { right[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        var sum = 0
        for entry in self {
            var own = Hasher()
            own.combine(ExactKey(text: entry.key))
            own.combine(entry.value)
            sum &+= own.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (key: $0.0, value: $0.1) })
    }
}
