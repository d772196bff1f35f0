/// How long things take in an election.
package struct LeaseTimes: Sendable, Equatable {
    /// How long others leave the holder alone after they saw it renew.
    package var duration: Duration
    /// How long after its last renewal a holder still writes.
    package var renewDeadline: Duration
    /// How often the holder renews.
    package var retryPeriod: Duration

    package static let standard = LeaseTimes(unchecked: .seconds(15), .seconds(10), .seconds(2))

    private init(unchecked duration: Duration, _ renewDeadline: Duration, _ retryPeriod: Duration) {
        (self.duration, self.renewDeadline, self.retryPeriod) = (duration, renewDeadline, retryPeriod)
    }

    /// nil where a holder could be deposed while it still writes, or would lose the Lease over one lost request.
    package init?(duration: Duration, renewDeadline: Duration, retryPeriod: Duration) {
        guard duration >= .seconds(1), duration > renewDeadline, renewDeadline > retryPeriod * 6 / 5,
            retryPeriod > .zero
        else { return nil }
        self.init(unchecked: duration, renewDeadline, retryPeriod)
    }
}

/// One candidate's view of a Lease, and what it does next. Pure.
///
/// Others are judged by what was seen *here*: a record counts from the moment its version changed as seen by this
/// candidate, on this machine's clock, for the duration the record itself names. Times written in the record are for
/// people; clocks of two machines are never compared.
package struct LeaseElection: Sendable {
    /// Counts while the machine is suspended.
    package typealias Instant = ContinuousClock.Instant

    package enum Role: Sendable, Equatable { case standby, leader, lost }

    package enum Step: Sendable, Equatable {
        /// There is no Lease: make it, with us as the holder.
        case create
        /// Take, or renew, the record of this version.
        case write(LeaseRecord)
        case wait(until: Instant)
        /// Nothing is known of the Lease yet.
        case look
        /// Not ours any more, or not renewed in time: stop writing, for good.
        case stop
    }

    private let identity: String
    private let times: LeaseTimes
    private var isKnown = false
    private var record: LeaseRecord?
    private var changedAt: Instant?
    private var renewedAt: Instant?
    private var retryAt: Instant?
    package private(set) var role = Role.standby

    package init(identity: String, times: LeaseTimes) {
        self.identity = identity
        self.times = times
    }

    /// What the server answered when asked just now; nil where there is no Lease.
    package mutating func observed(_ new: LeaseRecord?, now: Instant) {
        if !isKnown || new?.resourceVersion != record?.resourceVersion { changedAt = now }
        isKnown = true
        record = new
        if role == .leader, let new, new.holder != identity { role = .lost }
    }

    /// What a list or a watch says, which may be from before our own last write.
    package mutating func noticed(_ new: LeaseRecord?, now: Instant) {
        if role == .leader {
            guard let new, ResourceVersion.isNewer(new.resourceVersion, than: record?.resourceVersion) else { return }
        }
        observed(new, now: now)
    }

    /// Our write was answered. It counts from when it was sent: nobody can have seen it earlier.
    package mutating func wrote(_ new: LeaseRecord, sentAt: Instant) {
        guard role != .lost else { return }
        record = new
        changedAt = sentAt
        renewedAt = sentAt
        retryAt = nil
        role = .leader
    }

    /// Our write failed or has no known outcome: the next one soon, several fit before the deadline.
    package mutating func failed(now: Instant) { retryAt = now + times.retryPeriod / 2 }

    /// True while this candidate may change anything in the cluster.
    package func mayWrite(now: Instant) -> Bool {
        guard role == .leader, let deadline else { return false }
        return now < deadline
    }

    /// Until when we may write, if we hold the Lease.
    package var deadline: Instant? { renewedAt.map { $0 + times.renewDeadline } }

    package mutating func step(now: Instant) -> Step {
        switch role {
        case .lost: return .stop
        case .leader:
            guard let renewedAt, mayWrite(now: now) else {
                role = .lost
                return .stop
            }
            let next = max(renewedAt + times.retryPeriod, retryAt ?? renewedAt)
            if now < next { return .wait(until: min(next, renewedAt + times.renewDeadline)) }
            return record.map(Step.write) ?? .create
        case .standby:
            guard isKnown else { return .look }
            if let retryAt, now < retryAt { return .wait(until: retryAt) }
            guard let record else { return .create }
            // A name of our own from before a restart is somebody else's: we did not renew it.
            guard !record.holder.isEmpty, let changedAt else { return .write(record) }
            let expiry = changedAt + record.duration
            return now < expiry ? .wait(until: expiry) : .write(record)
        }
    }

    /// The version at which the Lease may be given back: only while it is ours by our own last write.
    package func release(now: Instant) -> LeaseRecord? {
        guard mayWrite(now: now), let record, record.holder == identity else { return nil }
        return record
    }
}
