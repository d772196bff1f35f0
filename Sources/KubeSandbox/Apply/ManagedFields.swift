import KubeModel

/// Who owns which field, and what an apply does to a document: structured-merge-diff's `merge.Updater` with the managers
/// the API server puts around it (k8s.io/apimachinery/pkg/util/managedfields).
///
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/
struct ManagedFields {
    struct Owner: Hashable {
        var manager: String
        var operation: String
        var subresource: String

        /// The order of managers in messages: by name, and those of a subresource first.
        fileprivate var rank: String { "\(manager)|\(operation)|\(subresource.isEmpty ? "~" : subresource)" }

        /// As conflict messages name a manager.
        func text(_ apiVersion: String) -> String {
            let scope = subresource.isEmpty ? "" : " with subresource \"\(subresource)\""
            return "\"\(manager)\"\(scope)\(operation == "Update" ? " using \(apiVersion)" : "")"
        }
    }

    private struct Entry {
        var fields: FieldSet
        var time: String
    }

    private var entries: [Owner: Entry] = [:]
    private let type: FieldType
    private let apiVersion: String
    /// Fields a write through this door never changes, so nobody comes to own them through it.
    private let ignored: FieldSet

    init(_ object: JSONValue?, type: FieldType, apiVersion: String, ignored: FieldSet) {
        self.type = type
        self.apiVersion = apiVersion
        self.ignored = ignored
        for entry in object?.metadata["managedFields"]?.array ?? [] {
            let owner = Owner(
                manager: entry["manager"]?.string ?? "", operation: entry["operation"]?.string ?? "",
                subresource: entry["subresource"]?.string ?? "")
            entries[owner] = Entry(
                fields: FieldSet(json: entry["fieldsV1"] ?? [:]), time: entry["time"]?.string ?? "")
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Appliers first, then by time and name.
    var json: JSONValue? {
        guard !entries.isEmpty else { return nil }
        func rank(_ owner: Owner, _ entry: Entry) -> [String] {
            [owner.operation, entry.time, owner.manager, owner.subresource]
        }
        let sorted = entries.sorted { rank($0.key, $0.value).lexicographicallyPrecedes(rank($1.key, $1.value)) }
        return .array(
            sorted.map { owner, entry in
                var json: JSONObject = [
                    "manager": .string(owner.manager), "operation": .string(owner.operation),
                    "apiVersion": .string(apiVersion), "fieldsType": "FieldsV1",
                    "fieldsV1": entry.fields.json,
                ]
                if !entry.time.isEmpty { json["time"] = .string(entry.time) }
                if !owner.subresource.isEmpty { json["subresource"] = .string(owner.subresource) }
                return .object(json)
            })
    }

    /// Identity and what the server writes belong to nobody (the server's `stripMetaManager`).
    private static let identity: FieldSet = {
        var set = FieldSet()
        for field in ["apiVersion", "kind", "metadata"] { set.insert(["f:\(field)"]) }
        for field in [
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields",
            "resourceVersion",
        ] { set.insert(["f:metadata", "f:\(field)"]) }
        return set
    }()

    /// Objects written before anybody was tracked belong to `before-first-apply`.
    mutating func adopt(_ live: JSONValue, time: String) {
        guard entries.isEmpty else { return }
        update(
            from: nil, to: live, owner: Owner(manager: "before-first-apply", operation: "Update", subresource: ""),
            time: time)
    }

    // MARK: Update

    /// After a create, update or patch: the writer owns what it changed.
    mutating func update(from old: JSONValue?, to new: JSONValue, owner: Owner, time: String) {
        let changes = TypedDocument(value: Self.bare(old), type: type).comparison(to: Self.bare(new)).without(ignored)
        release(changes, except: nil)
        let mine = changes.modified.union(changes.added).subtractingTrees(ignored).subtracting(Self.identity)
        if !mine.isEmpty {
            entries[owner] = Entry(fields: mine.union(entries[owner]?.fields ?? FieldSet()), time: time)
        }
        capUpdaters()
    }

    /// The document without its record of owners, which is not a field of its own.
    private static func bare(_ document: JSONValue?) -> JSONValue? {
        guard var document else { return nil }
        document.set(["metadata", "managedFields"], nil)
        return document
    }

    /// Takes changed and removed fields from everybody else.
    private mutating func release(_ changes: TypedDocument.Comparison, except owner: Owner?) {
        let touched = changes.modified.union(changes.added).union(changes.removed)
        for (other, entry) in entries where other != owner {
            let left = entry.fields.subtracting(touched)
            entries[other] = left.isEmpty ? nil : Entry(fields: left, time: entry.time)
        }
    }

    /// At most ten updaters are told apart: the oldest become `ancient-changes`.
    private mutating func capUpdaters() {
        let limit = 10
        let bucket = Owner(manager: "ancient-changes", operation: "Update", subresource: "")
        var updaters = entries.filter { $0.key.operation == "Update" }
            .sorted { ($0.value.time, $0.key.manager) < ($1.value.time, $1.key.manager) }[...]
        guard updaters.count > limit, let first = updaters.popFirst() else { return }
        entries[first.key] = nil
        var merged = Entry(
            fields: first.value.fields.union(entries[bucket]?.fields ?? FieldSet()), time: first.value.time)
        while updaters.count >= limit, let next = updaters.popFirst() {
            entries[next.key] = nil
            merged = Entry(fields: merged.fields.union(next.value.fields), time: next.value.time)
        }
        entries[bucket] = merged
    }

    // MARK: Apply

    struct Conflict {
        var owner: Owner
        var path: [String]
    }

    /// The live document after an apply: ours put in, what we no longer name and nobody else owns taken out. nil where that
    /// changes nothing. With conflicts and no `force`, nothing is changed.
    mutating func apply(_ document: JSONValue, to live: JSONValue, owner: Owner, force: Bool, time: String)
        -> (object: JSONValue?, conflicts: [Conflict])
    {
        let old = TypedDocument(value: Self.bare(live), type: type)
        let last = entries[owner]?.fields
        let applied = TypedDocument(value: document, type: type).fieldSet.subtractingTrees(ignored)
        let before = entries
        entries[owner] = Entry(fields: applied, time: entries[owner]?.time ?? time)
        let new = pruned(old.merged(document), last: last)
        let changes = old.comparison(to: new.value).without(ignored)
        let touched = changes.modified.union(changes.added)
        let conflicts = entries.filter { $0.key != owner }.sorted { $0.key.rank < $1.key.rank }
            .flatMap { other, entry in
                entry.fields.intersection(touched).paths.map { Conflict(owner: other, path: $0) }
            }
        guard force || conflicts.isEmpty else {
            entries = before
            return (nil, conflicts)
        }
        release(changes, except: owner)
        let isChanged = new.value != old.value
        let mine = applied.subtracting(Self.identity)
        // Who applies what is there already is noted without a time.
        let since = isChanged ? time : before[owner]?.time ?? ""
        entries[owner] = mine.isEmpty ? nil : Entry(fields: mine, time: since)
        return (isChanged ? new.value : nil, [])
    }

    /// Without what this manager applied last time, does not now, and nobody else claims.
    private func pruned(_ merged: TypedDocument, last: FieldSet?) -> TypedDocument {
        guard let last, !last.isEmpty else { return merged }
        func named(_ set: FieldSet) -> FieldSet { set.withNamedFields(type) }
        let mergedSet = named(merged.fieldSet)
        let managed = entries.values.reduce(FieldSet()) { $0.union($1.fields) }
        var pruned = merged.removing(named(last))
        pruned = merged.removing(mergedSet.subtracting(named(pruned.fieldSet).union(named(managed))))
        return merged.removing(mergedSet.subtracting(named(pruned.fieldSet)).intersection(named(last)))
    }
}
