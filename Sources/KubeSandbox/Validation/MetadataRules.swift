import KubeModel
import KubeSchema

/// k8s.io/apimachinery/pkg/api/validation: names, labels, annotations, what of metadata never changes.
enum MetadataRules {
    static func violations(_ object: JSONValue, old: JSONValue?, _ info: ResourceInfo) -> [Violation] {
        var found = names(object, info)
        let labels = object.metadata["labels"]?.object ?? [:]
        for entry in labels.sorted {
            found += key(entry.key, "metadata.labels")
            if let why = labelValue(entry.value.string ?? "") {
                found.append(.invalid("metadata.labels", entry.value, why))
            }
        }
        for entry in (object.metadata["annotations"]?.object ?? [:]).sorted {
            found += key(entry.key.lowercased(), "metadata.annotations")
        }
        if let old {
            found += addedFinalizers(object, old)
            found += changes(object, old)
        }
        return found
    }

    /// What is being deleted takes no new finalizers.
    private static func addedFinalizers(_ new: JSONValue, _ old: JSONValue) -> [Violation] {
        let before = old.metadata["finalizers"]?.array ?? []
        let added = (new.metadata["finalizers"]?.array ?? []).filter { !before.contains($0) }
        guard old.isTerminating, !added.isEmpty else { return [] }
        return [
            .forbidden(
                "metadata.finalizers",
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(added.map(\.text).joined(separator: ", "))}"
            )
        ]
    }

    private static func changes(_ new: JSONValue, _ old: JSONValue) -> [Violation] {
        ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"].compactMap { field in
            new.metadata[field] == old.metadata[field]
                ? nil : .invalid("metadata.\(field)", new.metadata[field], "field is immutable")
        }
    }

    // MARK: Names

    private static let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"

    private static func names(_ object: JSONValue, _ info: ResourceInfo) -> [Violation] {
        let name = object.name
        guard !name.isEmpty else { return [.missing("metadata.name", "name or generateName is required")] }
        if info.type.gvk.group == "rbac.authorization.k8s.io"
            || ["Event", "PodDisruptionBudget"].contains(info.type.gvk.kind)
        {
            return pathSegment(name).map { [.invalid("metadata.name", .string(name), $0)] } ?? []
        }
        let why: String? =
            switch info.type.gvk.kind {
            case "Service", "Namespace", "StatefulSet": isLabel(name) ? nil : Self.badLabel
            default: isSubdomain(name) ? nil : Self.badSubdomain
            }
        return why.map { [.invalid("metadata.name", .string(name), $0)] } ?? []
    }

    private static func pathSegment(_ name: String) -> String? {
        if name == "." || name == ".." { return "may not be '\(name)'" }
        for mark in ["/", "%"] where name.contains(mark) { return "may not contain '\(mark)'" }
        return nil
    }

    static let badSubdomain =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '\(label)(\\.\(label))*')"
    static let badLabel =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '\(label)')"

    static func isSubdomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isPart($0) }
    }

    static func isLabel(_ text: String) -> Bool {
        text.utf8.count <= 63 && isPart(text[...])
    }

    private static func isPart(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return false }
        return isLower(first) && isLower(last) && text.utf8.allSatisfy { isLower($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLower(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    // MARK: Labels

    private static let name = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

    static func labelValue(_ value: String) -> String? {
        if value.utf8.count > 63 { return "must be no more than 63 bytes" }
        if value.isEmpty || isName(value[...]) { return nil }
        return
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(\(name))?')"
    }

    /// A label's or annotation's key.
    private static func key(_ key: String, _ path: String) -> [Violation] {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let shape =
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '\(name)')"
        func complain(_ why: String) -> Violation { .invalid(path, .string(key), why) }
        var found: [Violation] = []
        if parts.count > 2 {
            return [
                complain(
                    "a qualified name \(shape) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
                )
            ]
        }
        if parts.count == 2 {
            if parts[0].isEmpty {
                found.append(complain("prefix part must be non-empty"))
            } else if !isSubdomain(
                String(parts[0]))
            {
                found.append(complain("prefix part \(badSubdomain)"))
            }
        }
        let name = parts.last ?? ""
        if name.isEmpty {
            found.append(complain("name part must be non-empty"))
        } else if name.utf8.count > 63 {
            found.append(complain("name part must be no more than 63 bytes"))
        }
        if !isName(name) { found.append(complain("name part \(shape)")) }
        return found
    }

    private static func isName(_ text: Substring) -> Bool {
        func isWord(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber)
        }
        guard let first = text.first, let last = text.last, isWord(first), isWord(last) else { return false }
        return text.allSatisfy { isWord($0) || "-_.".contains($0) }
    }
}
