import CaracalCatalog
import Hardening
import KubeModel
import Preflight
import Rendering

/// One write that should happen now.
struct Write: Sendable {
    var object: RenderedObject
    /// Taken over by a second field manager first, so that letting go of the count does not set it to 1.
    var handsOverReplicas: Int64?
    var paths: [String]
    /// Nothing of ours has this name yet: an object that turns out to be somebody else's is left alone.
    var isNew = false
}

/// Something that keeps the instance from being as the spec says, in words.
struct Obstacle: Sendable, Equatable {
    var reason: Reason
    var message: String
    /// True where time alone does not help.
    var isStalled = false
    /// When to look again, where something is known to be due then.
    var lookAgain: Duration?
}

extension Obstacle {
    static func nameTaken(_ object: RenderedObject) -> Obstacle {
        let kind = object.resource.gvk.kind
        return Obstacle(
            reason: .nameTaken,
            message:
                "\(kind) \(object.name) exists and is not ours: it is left alone. Rename one of the two, or delete it: kubectl delete \(object.resource.plural) \(object.name) -n \(object.key.namespace)",
            isStalled: true)
    }
}

/// What one look at the world comes to: what to write, what to delete, what to say. Pure.
struct Plan: Sendable {
    var writes: [Write] = []
    var prunes: [JSONValue] = []
    /// Most important first.
    var obstacles: [Obstacle] = []
    var ledger: MigrationLedger
    var migration: Obstacle?
    var secretFindings: [SecretFinding] = []
    /// Findings that keep something from being changed, and what.
    var held: [PreflightFinding: Set<ComponentName>] = [:]
    /// Components whose pods stay as they are, or are not made.
    var heldComponents: Set<ComponentName> = []
    var rotationHolds: [(readers: Set<ComponentName>, obstacle: Obstacle)] = []
    var progress: [ComponentName: WorkloadProgress] = [:]
    /// Components of the wave that is moving.
    var wave: [ComponentName] = []
    var waitingFor: String?
    /// True while pods of a changed template are on their way.
    var isRolling = false
    var kind: String = "Configure"
    /// True when every workload is current and ready.
    var isConverged = false
}
