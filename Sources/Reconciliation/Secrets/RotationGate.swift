import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight
import Rendering

/// What a new value of a key waits for, beyond being well-formed: caracal-runtime.md §9. Pure.
struct RotationGate {
    let ledger: SecretLedger
    let catalog: Catalog
    let requirements: [SecretRequirement]
    let states: [String: SecretState]
    let acknowledged: Acknowledgements

    /// Obstacles of readers that run with other content than there is now.
    func obstacles(_ live: LiveView, _ context: RenderContext) -> [(readers: Set<ComponentName>, obstacle: Obstacle)] {
        ledger.entries.values.sorted { $0.key < $1.key }.compactMap { entry in
            guard let key = catalog.secretKey(entry.key) else { return nil }
            let readers = Set(entry.consumers)
            if case .staged(let previous) = key.rotation, let problem = staged(entry, previous) {
                return (readers, obstacle(problem, entry))
            }
            if isVanished(entry), SecretLedger.isMounted(key.name, entry.consumers, live, context) {
                return vanished(entry, key)
            }
            if isReplaced(entry), SecretLedger.isMounted(key.name, entry.consumers, live, context) {
                return vanished(entry, key)
            }
            guard entry.isPending, case .acknowledged(let why) = key.rotation,
                !acknowledged.contains("rotate-\(key.name)", of: token(entry.fingerprint))
            else { return nil }
            return (readers, obstacle("\(key.name) has another value: \(why)", entry))
        }
    }

    /// Readers of keys that are all to restart at once.
    var together: Set<ComponentName> {
        ledger.entries.values.reduce(into: []) { all, entry in
            guard entry.isPending, catalog.secretKey(entry.key)?.rotation == .together else { return }
            all.formUnion(entry.consumers)
        }
    }

    /// Readers of each key whose new content some reader does not have yet.
    var pendingReaders: [Set<ComponentName>] {
        ledger.entries.values.filter { $0.isPending && $0.consumers.count > 1 }.map { Set($0.consumers) }
    }

    private func obstacle(_ what: String, _ entry: SecretLedger.Entry) -> Obstacle {
        let command = acknowledged.command("rotate-\(entry.key)", of: token(entry.fingerprint))
        return Obstacle(
            reason: .rotationAwaitsAcknowledgement,
            message:
                "Secret \(entry.secret): \(what). \(entry.consumers.map(\.rawValue).joined(separator: ", ")) keep the old value until a pod restarts by itself; put it back, or: \(command)",
            isStalled: true)
    }

    /// Why the new value may not come yet: the old one must stay readable.
    private func staged(_ entry: SecretLedger.Entry, _ previous: String) -> String? {
        guard entry.isPending, let old = entry.previous,
            !acknowledged.contains("rotate-\(entry.key)", of: token(entry.fingerprint))
        else { return nil }
        let kept = digest(of: previous)
        if let kept, old.hasSuffix(".\(kept.prefix(16))") { return nil }
        return
            "\(entry.key) has another value, and \(previous) does not hold the one before it: what was made with that cannot be read any more. First put the new value into \(previous), then swap the two"
    }

    private func isVanished(_ entry: SecretLedger.Entry) -> Bool {
        isPrevious(entry.key) && digest(of: entry.key) == nil
    }

    /// A key of before that changes: in a swap the value that leaves it is the one that becomes current.
    private func isReplaced(_ entry: SecretLedger.Entry) -> Bool {
        guard entry.isPending, let old = entry.previous, isPrevious(entry.key) else { return false }
        let current = catalog.secretKeys.first { $0.rotation == .staged(previous: entry.key) }
        return !(current.flatMap { digest(of: $0.name) }.map { old.hasSuffix(".\($0.prefix(16))") } ?? false)
    }

    private func isPrevious(_ key: String) -> Bool {
        catalog.secretKeys.contains { if case .staged(key) = $0.rotation { true } else { false } }
    }

    private func digest(of key: String) -> String? {
        guard let requirement = requirements.first(where: { $0.key == key }),
            case .present(let facts)? = states[requirement.secretName]
        else { return nil }
        return facts[requirement.secretKey]?.digest
    }

    private func vanished(_ entry: SecretLedger.Entry, _ key: SecretKey) -> (Set<ComponentName>, Obstacle)? {
        let rule = "drop-\(key.name)"
        guard !acknowledged.contains(rule, of: token(entry.fingerprint)) else { return nil }
        let command = acknowledged.command(rule, of: token(entry.fingerprint))
        return (
            Set(entry.consumers),
            Obstacle(
                reason: .rotationAwaitsAcknowledgement,
                message:
                    "Secret \(entry.secret) no longer has the \(key.name) that running pods still read with. Whether everything was made anew with the current key cannot be seen from here (the re-seal tool reports success over rows it cannot see, trap 11). Put it back, or once the rows were counted: \(command)",
                isStalled: true)
        )
    }

    /// What an acknowledgement names: enough to tell this value from the next.
    private func token(_ fingerprint: String) -> String { String(fingerprint.drop { $0 != "." }.dropFirst().prefix(8)) }
}
