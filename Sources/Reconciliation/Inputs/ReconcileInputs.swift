import CaracalAPI
import Hardening
import KubeModel
import Preflight
import Rendering

/// Which Secrets an instance names, and what has to be in them.
struct SecretNeeds: Sendable {
    let context: RenderContext
    let requirements: [SecretRequirement]
    /// With the edge's certificates, which no pod reads.
    let names: Set<String>

    init(_ context: RenderContext) {
        self.context = context
        requirements = context.secretRequirements()
        names = Set(requirements.map(\.secretName)).union(context.edgeCertificates)
    }
}

/// Everything a run knows before it looks at the instance's objects.
struct ReconcileInputs: Sendable {
    let context: RenderContext
    let requirements: [SecretRequirement]
    let states: [String: SecretState]
    let findings: [SecretFinding]
    private let judged: PreflightInput

    init(_ needs: SecretNeeds, _ states: [String: SecretState], _ digestKey: DigestKey) throws {
        var inputs = needs.context.inputs
        inputs.optionalKeys = Fingerprints.presentOptionalKeys(needs.requirements, states: states)
        inputs.fingerprints = Fingerprints.make(needs.requirements, states: states, key: digestKey)
        let first = needs.context
        context = try RenderContext(key: first.key, spec: first.spec, catalog: first.catalog, inputs: inputs)
        requirements = needs.requirements
        self.states = states
        findings = SecretPreflight.findings(requirements, states: states)
        judged = context.preflightInput(
            requirements, states: states, neighbours: [], now: Timestamp(seconds: 0))
    }

    /// What the rules look at, now and beside these others.
    func preflight(neighbours: [PreflightInput.Neighbour], now: Timestamp) -> PreflightInput {
        var input = judged
        input.neighbours = neighbours
        input.now = Int64(now.seconds)
        return input
    }
}
