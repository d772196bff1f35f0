/// An environment variable of Caracal's services (caracal-runtime.md §3).
package struct EnvVariable: Sendable {
    package var name: String
    package var readers: Set<ComponentName>
    package var generations: Set<Generation>
    package var source: Source
    package var when: Feature

    package enum Source: Sendable, Equatable {
        case literal(String)
        /// `http(s)://<instance>-<component>:<port>`. A host of one label: the gateway refuses a dotted one over
        /// http (trap 8).
        case service(ComponentName)
        case setting(Setting)
        /// The path of a mounted file that holds the key, under the variable's `_FILE` form.
        case secretFile(String)
        /// Only a user sets it, in `spec.components.<name>.env`.
        case tunable(TunableValue)
    }

    package var tunable: TunableValue? { if case .tunable(let value) = source { value } else { nil } }

    package init(
        _ name: String, _ readers: Set<ComponentName>, _ source: Source,
        in generations: Set<Generation> = Generation.all,
        when: Feature = .always
    ) {
        self.name = name
        self.readers = readers
        self.source = source
        self.generations = generations
        self.when = when
    }
}
