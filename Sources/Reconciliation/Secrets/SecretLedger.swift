import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight
import Rendering

/// `status.secrets`: per key what content there is, since when, and how far its readers are with it. The evidence of a
/// rotation, and what the next look compares with. Pure.
package struct SecretLedger: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var key: String
        package var secret: String
        /// `<key id>.<digest>`; tells equal from different and nothing else.
        package var fingerprint: String
        package var firstSeen: String
        package var consumers: [ComponentName]
        /// Pods that were started with this content, of all there are.
        package var current: Int64 = 0
        package var total: Int64 = 0
        package var completedAt: String?
        /// What was there before, until every reader has the new one.
        package var previous: String?

        /// The Secret has it no more; kept while somebody runs with it. Not written.
        var isAbsent = false

        /// Some reader still runs with other content.
        package var isPending: Bool { completedAt == nil && previous != nil }
    }

    package var entries: [String: Entry]

    init(status: JSONValue) {
        entries = [:]
        for item in status["secrets"]?.array ?? [] {
            guard let key = item["key"]?.string, let fingerprint = item["fingerprint"]?.string else { continue }
            entries[key] = Entry(
                key: key, secret: item["secret"]?.string ?? "", fingerprint: fingerprint,
                firstSeen: item["firstSeen"]?.string ?? "",
                consumers: (item["consumers"]?.array ?? []).compactMap(\.string).map(ComponentName.init(rawValue:)),
                current: item["current"]?.integer ?? 0, total: item["total"]?.integer ?? 0,
                completedAt: item["completedAt"]?.string, previous: item["previous"]?.string)
        }
    }

    /// The next ledger: what the Secrets hold now.
    func observing(_ requirements: [SecretRequirement], states: [String: SecretState], keyID: String, now: Timestamp)
        -> SecretLedger
    {
        var next = self
        next.entries = [:]
        for requirement in requirements {
            guard case .present(let facts)? = states[requirement.secretName],
                let digest = facts[requirement.secretKey]?.digest
            else {
                // A key that went is remembered while somebody may still run with it.
                if var old = entries[requirement.key] {
                    old.isAbsent = true
                    next.entries[requirement.key] = old
                }
                continue
            }
            let fingerprint = "\(keyID).\(digest.prefix(16))"
            var entry =
                entries[requirement.key]
                ?? Entry(
                    key: requirement.key, secret: "", fingerprint: fingerprint, firstSeen: now.description,
                    consumers: [])
            entry.secret = requirement.secretName
            entry.consumers = requirement.readers.sorted()
            if entry.fingerprint != fingerprint {
                // Under another digest key nothing can be compared: the content is taken for the same.
                if Fingerprints.keyID(entry.fingerprint) == Fingerprints.keyID(fingerprint) {
                    // A second change before the first is through is still a change from what runs.
                    entry.previous = entry.previous == fingerprint ? nil : entry.previous ?? entry.fingerprint
                    entry.firstSeen = now.description
                    entry.completedAt = entry.previous == nil ? now.description : nil
                }
                entry.fingerprint = fingerprint
            }
            next.entries[requirement.key] = entry
        }
        return next
    }

    /// Counts the pods. One that was made after the content was first seen has it, as has one whose template carries
    /// today's fingerprint.
    func counting(_ live: LiveView, _ context: RenderContext, now: Timestamp) -> SecretLedger {
        var next = self
        // Most keys have several readers, and most readers several keys.
        let readers = Dictionary(
            uniqueKeysWithValues: Set(entries.values.flatMap(\.consumers)).compactMap { consumer in
                context.catalog.component(consumer).map { (consumer, Reader($0, live, context)) }
            })
        for (key, entry) in entries {
            if entry.isAbsent, !Self.isMounted(key, entry.consumers, live, context) {
                next.entries[key] = nil
                continue
            }
            var entry = entry
            (entry.current, entry.total) = (0, 0)
            let since = Timestamp(entry.firstSeen)
            var isEverywhere = true
            for consumer in entry.consumers {
                guard let reader = readers[consumer] else { continue }
                let current = reader.current(secret: entry.secret, since: since)
                // Pods of a surge come and go: more than wanted is not news, but an old one is not through.
                let count = Int64(reader.pods.count)
                let total = min(count, reader.wanted ?? count)
                let isThrough = current == count
                entry.total += total
                entry.current += isThrough ? total : max(0, min(current, total - 1))
                isEverywhere = isEverywhere && isThrough
            }
            if entry.completedAt == nil, isEverywhere, entry.total > 0 || entry.previous == nil {
                entry.completedAt = now.description
                entry.previous = nil
            }
            next.entries[key] = entry
        }
        return next
    }

    /// A component's pods, as far as they tell what content they were started with.
    private struct Reader {
        struct Pod {
            var made: Timestamp?
            /// It was made from a template with today's fingerprint.
            var isSame: Bool
            /// nil where nothing is known of its mounts.
            var secrets: Set<String>?
        }

        var pods: [Pod]
        var wanted: Int64?

        init(_ component: Component, _ live: LiveView, _ context: RenderContext) {
            let fingerprint = context.inputs.fingerprints[component.name]
            pods = live.pods(of: component.name).filter { !$0.isTerminating }.map { pod in
                Pod(
                    made: pod.metadata["creationTimestamp"]?.string.flatMap { Timestamp($0) },
                    isSame: pod.annotation(Annotation.fingerprint) == fingerprint,
                    secrets: pod[NarrowPod.mountedSecrets]?.array.map { Set($0.compactMap(\.string)) })
            }
            wanted = live.workload(component, context)?.at("spec", "replicas")?.integer
        }

        /// Pods that have what a key of the Secret has held since then.
        func current(secret: String, since: Timestamp?) -> Int64 {
            let current = pods.count { pod in
                let isNewer = zip(pod.made, since).map { $0.seconds > $1.seconds } ?? false
                // Only of the Secret that the key is in now: a held template still mounts the one before.
                return pod.isSame || (isNewer && (pod.secrets?.contains(secret) ?? true))
            }
            return Int64(current)
        }
    }

    /// Whether some workload of the readers names the key's file.
    static func isMounted(_ key: String, _ readers: [ComponentName], _ live: LiveView, _ context: RenderContext) -> Bool
    {
        let files = Set((context.catalog.secretKey(key)?.readers ?? []).map { "\($0.variable)_FILE" })
        return readers.contains { reader in
            guard let component = context.catalog.component(reader), let workload = live.workload(component, context)
            else { return false }
            let containers = workload.at("spec", "template", "spec", "containers")?.array ?? []
            return containers.contains {
                ($0["env"]?.array ?? []).contains { files.contains($0["name"]?.string ?? "") }
            }
        }
    }

    var json: JSONValue {
        .array(
            entries.values.sorted { $0.key < $1.key }.map { entry in
                var json: JSONObject = [
                    "key": .string(entry.key), "secret": .string(entry.secret),
                    "fingerprint": .string(entry.fingerprint), "firstSeen": .string(entry.firstSeen),
                    "consumers": .array(entry.consumers.map { .string($0.rawValue) }),
                    "current": .integer(entry.current), "total": .integer(entry.total),
                ]
                if let completed = entry.completedAt { json["completedAt"] = .string(completed) }
                if let previous = entry.previous { json["previous"] = .string(previous) }
                return .object(json)
            })
    }
}

private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
    guard let a, let b else { return nil }
    return (a, b)
}
