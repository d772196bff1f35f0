/// An object that keeps its keys in the order they were written. Kubernetes objects have few keys, so lookup is
/// linear over one flat array; maps that grow (ConfigMap data, labels of hostile size) get an index.
package struct JSONObject: Sendable {
    package typealias Element = (key: String, value: JSONValue)

    private var entries: [Element] = []
    private var index: [ExactKey: Int]?

    private static let indexFrom = 32

    package init() {}

    /// The last value wins where a key is repeated, as in the API server's own decoder.
    package init(_ entries: some Collection<Element>) {
        self.entries.reserveCapacity(entries.count)
        for entry in entries {
            if let known = position(of: entry.key) {
                self.entries[known].value = entry.value
            } else {
                append(entry.key, entry.value)
            }
        }
    }

    package var keys: [String] { entries.map(\.key) }
    package var values: [JSONValue] { entries.map(\.value) }
    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { entries[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let at?, let value?): entries[at].value = value
            case (let at?, nil):
                entries.remove(at: at)
                reindex()
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// A key that is not there.
    private mutating func append(_ key: String, _ value: JSONValue) {
        entries.append((key, value))
        if index != nil {
            index?[ExactKey(text: key)] = entries.count - 1
        } else if entries.count > Self.indexFrom {
            reindex()
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[ExactKey(text: key)] }
        for place in entries.indices where entries[place].key.hasSameBytes(as: key) { return place }
        return nil
    }

    private mutating func reindex() {
        index = nil
        guard entries.count > Self.indexFrom else { return }
        index = Dictionary(uniqueKeysWithValues: entries.indices.map { (ExactKey(text: entries[$0].key), $0) })
    }

    /// The same object with its keys in byte order.
    package var sorted: JSONObject {
        JSONObject(entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }

    package func mapValues(_ transform: (JSONValue) throws -> JSONValue) rethrows -> JSONObject {
        var copy = self
        copy.entries = try entries.map { ($0.key, try transform($0.value)) }
        return copy
    }

    package func filter(_ isIncluded: (String, JSONValue) -> Bool) -> JSONObject {
        JSONObject(entries.filter { isIncluded($0.key, $0.value) })
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Element]> { entries.makeIterator() }
}

/// Equality does not see the order of keys.
extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        for (place, entry) in left.entries.enumerated() {
            // Mostly both have the same order.
            let isInPlace = right.entries[place].key.hasSameBytes(as: entry.key)
            guard let other = isInPlace ? right.entries[place].value : right[entry.key], other == entry.value else {
                return false
            }
        }
        return true
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
