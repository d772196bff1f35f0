import CaracalCatalog
import Preflight

/// Equal digests under one key mean equal values: whoever learns one learns the other, and rotating one alone breaks
/// what was thought to be apart.
struct DistinctKeys: PreflightRule {
    static let id = "distinct-keys"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        // Client ids are no secrets, and a URL is not a key.
        // Some stores always publish the value before, which at first is the same.
        let previous = Set(
            input.catalog.secretKeys.compactMap { key -> String? in
                if case .staged(let previous) = key.rotation { previous } else { nil }
            })
        let keys = input.known.filter {
            $0.facts.url == nil && $0.facts.byteCount > 0 && $0.requirement.format != .pem
                && !$0.requirement.key.hasSuffix("ClientId") && !previous.contains($0.requirement.key)
        }
        let groups = Dictionary(grouping: keys) { $0.facts.digest }.values.filter { $0.count > 1 }
        return groups.map { group in
            let group = group.sorted { $0.requirement.key < $1.requirement.key }
            let names = group.map(\.requirement.key).joined(separator: ", ")
            return finding(
                group[0], .unsafe,
                "has the same value as \(names.split(separator: ", ").dropFirst().joined(separator: ", ")): give each key its own",
                readers: group.reduce(into: []) { $0.formUnion($1.requirement.readers) })
        }
    }
}
