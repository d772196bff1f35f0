import KubeModel

extension SandboxCluster {
    func get(_ info: ResourceInfo, _ key: ObjectKey) throws(APIFailure) -> JSONValue {
        guard let object = storage.get(storageName(info), key) else { throw APIFailure.notFound(info, key.name) }
        return EventFaces.shown(object, as: info)
    }

    /// Items and the revision they were read at, taken together: a watch from there misses nothing.
    struct Page: Sendable {
        var items: [JSONValue]
        var next: String?
        /// nil where a selector leaves it unknown, as in a real server.
        var left: Int?
        var revision: UInt64
    }

    func list(_ info: ResourceInfo, namespace: String?, selector: SelectorMatch, limit: Int?, after token: String?)
        throws(APIFailure) -> Page
    {
        var revision = storage.revision
        var last: String?
        if let token, !token.isEmpty {
            guard let read = ContinueToken.read(token) else { throw APIFailure.badContinueToken }
            if read.revision < storage.compacted { throw APIFailure.expired }
            (revision, last) = (read.revision, read.last)
        }
        // A list goes on as of the time it was begun.
        var all = storage.list(storageName(info), namespace: namespace, at: revision)
        if let last { all.removeAll { !("\($0.key)" > last) } }
        let items = all.filter(selector.matches)
        let page = limit.map { $0 > 0 ? Array(items.prefix($0)) : items } ?? items
        let left = items.count - page.count
        // A full page is followed by another where there is any object behind it, selected or not.
        let isFull = page.count == limit && !selector.namesOne && all.last?.key != page.last?.key
        let next = left > 0 || isFull ? page.last.map { ContinueToken.text(revision, "\($0.key)") } : nil
        return Page(
            items: page.map { EventFaces.shown($0, as: info) }, next: next,
            left: selector.isEmpty ? left : nil, revision: revision)
    }
}

/// `revision/namespace/name`, told to clients as something they cannot read.
enum ContinueToken {
    static func text(_ revision: UInt64, _ last: String) -> String { SandboxBase64.encode("\(revision)/\(last)") }

    static func read(_ text: String) -> (revision: UInt64, last: String)? {
        guard let plain = SandboxBase64.decode(text), let slash = plain.firstIndex(of: "/"),
            let revision = UInt64(plain[..<slash])
        else { return nil }
        return (revision, String(plain[plain.index(after: slash)...]))
    }
}
