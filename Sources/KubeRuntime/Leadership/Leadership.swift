import KubeClient

/// Whether this process may write, for everybody to ask, from any thread, right before writing.
package final class Leadership: Sendable {
    private let election: Locked<LeaseElection?>

    /// Without an election: always leading.
    package init() { election = Locked(nil) }

    package init(identity: String, times: LeaseTimes) {
        election = Locked(LeaseElection(identity: identity, times: times))
    }

    package func mayWrite() -> Bool { election.withLock { $0?.mayWrite(now: .now) ?? true } }

    /// True where an election takes place and the elector is behind its own deadline: it should have stopped the process.
    package func isOverdue(by margin: Duration) -> Bool {
        election.withLock { election in
            guard let election, election.role != .standby, let deadline = election.deadline else { return false }
            return ContinuousClock.now > deadline + margin
        }
    }

    func with<Result>(_ body: (inout LeaseElection) -> Result) -> Result? {
        election.withLock { election in
            guard var value = election else { return nil }
            defer { election = value }
            return body(&value)
        }
    }
}
