import KubeModel

/// What a Lease object says, as far as an election goes.
package struct LeaseRecord: Sendable, Equatable {
    package var resourceVersion: String
    /// Empty where the last holder let go.
    package var holder: String
    package var duration: Duration
    package var transitions: Int64
    package var acquireTime: String

    package init(
        resourceVersion: String, holder: String, duration: Duration, transitions: Int64 = 0, acquireTime: String = ""
    ) {
        self.resourceVersion = resourceVersion
        self.holder = holder
        self.duration = duration
        self.transitions = transitions
        self.acquireTime = acquireTime
    }

    package init(_ lease: JSONValue) {
        resourceVersion = lease.resourceVersion
        holder = lease.at("spec", "holderIdentity")?.string ?? ""
        duration = .seconds(max(1, min(lease.at("spec", "leaseDurationSeconds")?.integer ?? 1, 3600)))
        transitions = lease.at("spec", "leaseTransitions")?.integer ?? 0
        acquireTime = lease.at("spec", "acquireTime")?.string ?? ""
    }
}
