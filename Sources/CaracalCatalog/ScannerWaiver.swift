/// Where a public scanner asks for something that cannot or should not be done here, and why. The annotations on the
/// rendered objects, the docs' table and the check that each waiver is needed all come from this list.
package struct ScannerWaiver: Sendable {
    package var scanner: String
    package var id: String
    package var trap: Trap
    package var reason: String

    /// What an object must have about it for the waiver to be put on it.
    package enum Trap: String, Sendable, CaseIterable {
        case imageByTag, pullIfNotPresent, lowUser
    }

    package static let all: [ScannerWaiver] = [
        ScannerWaiver(
            scanner: "checkov", id: "CKV_K8S_43", trap: .imageByTag,
            reason: "releases are published by tag; spec.images.digests pins them, and a tag is asked for at each start"
        ),
        ScannerWaiver(
            scanner: "checkov", id: "CKV_K8S_15", trap: .pullIfNotPresent,
            reason: "spec.images.pullPolicy asks for it, usually for a mirror that never moves a tag"),
        ScannerWaiver(
            scanner: "checkov", id: "CKV_K8S_40", trap: .lowUser,
            reason: "the migration image's user is postgres, number 70, and has no other"),
    ]

    /// Annotations as the scanner reads them: `checkov.io/skip1: ID=reason`.
    package static func annotations(_ traps: Set<Trap>) -> [String: String] {
        let waivers = all.filter { traps.contains($0.trap) }
        return Dictionary(
            waivers.enumerated().map { ("checkov.io/skip\($0.offset + 1)", "\($0.element.id)=\($0.element.reason)") }
        ) { $1 }
    }
}
