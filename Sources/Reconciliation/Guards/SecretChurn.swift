import CaracalCatalog
import KubeModel

/// How often a component's pods were rolled because content of a Secret changed. Something that writes a Secret anew
/// every minute would otherwise keep every pod restarting for ever. Pure.
struct SecretChurn: Sendable {
    typealias Instant = ContinuousClock.Instant
    static let limit = 6
    static let window = Duration.seconds(3600)

    private struct ID: Hashable, Sendable {
        var instance: ObjectKey
        var component: ComponentName
    }
    private var rolls: [ID: [Instant]] = [:]

    /// nil where the component may roll; when it may again otherwise.
    mutating func mayRoll(_ instance: ObjectKey, _ component: ComponentName, now: Instant) -> Instant? {
        let id = ID(instance: instance, component: component)
        rolls[id]?.removeAll { now - $0 > Self.window }
        guard let own = rolls[id], own.count >= Self.limit, let first = own.first else { return nil }
        return first + Self.window
    }

    mutating func rolled(_ instance: ObjectKey, _ component: ComponentName, now: Instant) {
        rolls[ID(instance: instance, component: component), default: []].append(now)
    }

    mutating func forget(_ instance: ObjectKey) { rolls = rolls.filter { $0.key.instance != instance } }
}
