import CaracalAPI
import CaracalCatalog
import KubeModel

/// What ran, from status or, where that was lost, from the copy on the workloads. Jobs are not evidence: they are
/// removed by their time to live. Losing both runs the idempotent runner again.
package struct MigrationLedger: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var release: String
        package var image: String
        /// Keyed fingerprint of the passwords it was given.
        package var inputs: String
        package var completedAt: String
    }

    package var entries: [ComponentName: Entry] = [:]

    init(status: JSONValue, workloads: [JSONValue]) {
        var list = status["migrations"]?.array ?? []
        if list.isEmpty, let copy = workloads.lazy.compactMap({ $0.annotation(Annotation.migrated) }).first {
            list = (try? JSONValue(parsing: copy))?.array ?? []
        }
        for item in list {
            guard let job = item["job"]?.string, let image = item["image"]?.string,
                let release = item["release"]?.string
            else { continue }
            entries[ComponentName(rawValue: job)] = Entry(
                release: release, image: image, inputs: item["inputs"]?.string ?? "",
                completedAt: item["completedAt"]?.string ?? "")
        }
    }

    /// In status and, as text, on the workloads.
    var json: JSONValue {
        .array(
            entries.sorted { $0.key < $1.key }.map { job, entry in
                [
                    "job": .string(job.rawValue), "release": .string(entry.release), "image": .string(entry.image),
                    "inputs": .string(entry.inputs), "completedAt": .string(entry.completedAt),
                ]
            })
    }

    /// True where this image ran with these passwords. Passwords that cannot be read, or were fingerprinted under a key
    /// that is gone, prove nothing and run nothing.
    func covers(_ job: ComponentName, image: String, inputs: String?) -> Bool {
        guard let entry = entries[job], entry.image == image else { return false }
        guard let inputs, Fingerprints.keyID(inputs) == Fingerprints.keyID(entry.inputs) else { return true }
        return entry.inputs == inputs
    }
}
