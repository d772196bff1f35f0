import CaracalAPI
import CaracalCatalog
import KubeModel

/// A secret key as one component mounts it.
package struct MountedKey: Sendable, Hashable {
    package var name: String
    package var location: CaracalSpec.SecretReference
    package var isOptional: Bool
    /// Variables that name the file, without `_FILE`.
    package var variables: [String]
}

extension RenderContext {
    /// The keys a component or job reads in this release with this spec: all of them, and no other.
    package func secretKeys(of reader: ComponentName, includingAbsent: Bool = false) -> [MountedKey] {
        catalog.secretKeys.compactMap { key in
            guard key.generations.contains(release.generation) else { return nil }
            let uses = key.readers.filter {
                $0.component == reader && $0.generations.contains(release.generation) && isOn($0.when)
            }
            guard !uses.isEmpty else { return nil }
            let isOptional = key.presence == .optional || uses.allSatisfy(\.isOptional)
            guard includingAbsent || !isOptional || inputs.optionalKeys.contains(key.name) else { return nil }
            return MountedKey(
                name: key.name, location: spec.location(ofKey: key.name), isOptional: isOptional,
                variables: uses.map(\.variable))
        }
    }

    /// Everybody who reads secrets: components, and the jobs where migrations are ours to run.
    package var secretReaders: [ComponentName] {
        catalog.components.map(\.name) + (runsMigrations ? catalog.jobs.map(\.name) : [])
    }
}

enum SecretFiles {
    static let volume = "runtime-secrets"
    static let directory = "/run/secrets/caracal"
    /// 0440: the process's group reads, nobody writes.
    static let mode: Int32 = 0o440

    static func path(_ key: String) -> String { "\(directory)/\(key)" }
}
