import CaracalAPI
import CaracalCatalog
import KubeModel
import Rendering

/// Which releases run, and whether the wanted one may follow. Judged before any Job exists: a rewritten baseline or a
/// downgrade destroys data (caracal-runtime.md §8, trap 1).
struct ReleaseGate {
    /// Releases found on workloads and in the migration ledger, without the target.
    var previous: [String]
    var target: Release
    var isOpen: Bool

    init(context: RenderContext, live: LiveView, ledger: MigrationLedger) {
        target = context.release
        var found: Set<String> = []
        for component in context.catalog.components {
            let workload = live.workload(component, context)
            if let version = workload?.at("spec", "template", "metadata", "labels", Label.version)?.string {
                found.insert(version)
            }
        }
        if let migrated = ledger.entries[.migrate]?.release { found.insert(migrated) }
        let previous = found.subtracting([target.version]).sorted()
        self.previous = previous
        let wanted = target.version
        isOpen = previous.allSatisfy { context.catalog.release($0)?.upgradesTo.contains(wanted) ?? false }
    }
}
