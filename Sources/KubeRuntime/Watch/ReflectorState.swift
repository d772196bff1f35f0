import KubeClient

/// What a reflector does next. Pure: the loop around it performs the step and reports what came of it.
package struct ReflectorState: Sendable {
    package enum Step: Equatable, Sendable {
        case list
        /// nil starts at the server's most recent state.
        case watch(from: String?)
        /// Compare what is known with what there is, then watch on.
        case audit(from: String?)
    }

    package private(set) var step: Step = .list
    private var failures = 0
    private static let delays: [Duration] = [
        .milliseconds(200), .milliseconds(800), .seconds(2), .seconds(5), .seconds(15), .seconds(30),
    ]

    /// After these nothing that is known can be trusted to be whole: look at everything again. A permission that comes
    /// back brings no event of its own, and a watch from a version the server has not reached yet is silent for ever.
    private static let relists: Set<KubeError.Code> = [
        .expired, .malformedResponse, .invalid, .forbidden, .unauthorized, .notFound, .namespaceMissing, .unknownType,
        .versionTooLarge, .transport(.silent),
    ]

    package init() {}

    package mutating func listed(resourceVersion: String?) {
        failures = 0
        step = .watch(from: resourceVersion)
    }

    /// An event or bookmark moves the place to continue from.
    package mutating func advanced(to resourceVersion: String) {
        guard !resourceVersion.isEmpty else { return }
        failures = 0
        step = .watch(from: resourceVersion)
    }

    /// The server's time was up: watch on, without a pause, unless it closed at once without a word.
    package mutating func ended(wasShort: Bool, isAuditDue: Bool = false) -> Duration {
        guard wasShort else {
            if isAuditDue, case .watch(let version) = step { step = .audit(from: version) }
            return .zero
        }
        return failed(nil, random: 1)
    }

    /// What was missed is found by looking at everything again.
    package mutating func audited(foundDifferences: Bool) {
        guard case .audit(let version) = step else { return }
        step = foundDifferences ? .list : .watch(from: version)
    }

    /// How long to wait before the next step. A version that is too old means: list again. `random` in 0..<1 spreads
    /// the pause over its upper half, and a pause the server asked for over a quarter more: many clients wait for one
    /// server.
    package mutating func failed(_ error: KubeError?, random: Double) -> Duration {
        if let error, Self.relists.contains(error.code) { step = .list }
        let delay = Self.delays[min(failures, Self.delays.count - 1)]
        failures += 1
        let wished = error?.retryAfter ?? .zero
        return max(delay / 2 + delay * random / 2, wished + wished * random / 4)
    }
}
