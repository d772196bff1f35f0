import KubeModel

/// The shape of the console's allowlist file (caracal-runtime.md §7): an object `emails`, address or `@domain` to
/// `active`, `locked` or `removed`, in lower case. A file the console cannot read lets nobody in, without a word.
package enum AllowlistFacts {
    /// What is wrong; nil where the console reads it as it was meant. Never quotes an entry.
    static func problem(_ value: [UInt8]) -> String? {
        guard let text = String(validating: value, as: UTF8.self), let json = try? JSONValue(parsing: text) else {
            return "is not JSON: the console would let nobody in"
        }
        guard let emails = json["emails"]?.object else {
            return "has no object \"emails\": the console would let nobody in"
        }
        for (number, entry) in emails.enumerated() {
            let parts = entry.key.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].contains("."), entry.key == entry.key.lowercased(),
                !entry.key.contains(where: \.isWhitespace)
            else { return "has in entry \(number + 1) no lower-case address and no @domain: it matches nobody" }
            guard let state = entry.value.string, ["active", "locked", "removed"].contains(state) else {
                return "has in entry \(number + 1) a state other than active, locked or removed"
            }
        }
        return emails.isEmpty ? "has no entries: nobody may sign in" : nil
    }
}
