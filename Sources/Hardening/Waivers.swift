import CaracalAPI

/// Findings with their waivers applied.
package struct HardeningVerdict: Sendable {
    /// Neither waived nor mere notices.
    package var failed: [Finding]
    package var waived: [(finding: Finding, waiver: CaracalSpec.Waiver)]
    /// Worth knowing, and no breach.
    package var notices: [Finding]
    /// Waivers that no finding needs, or whose last day is past.
    package var idle: [CaracalSpec.Waiver]

    /// `today` as `2026-11-23`: a waiver holds up to and including its last day.
    package init(_ findings: [Finding], waivers: [CaracalSpec.Waiver], today: String) {
        (failed, waived, notices, idle) = ([], [], [], [])
        var used: Set<CaracalSpec.Waiver> = []
        for finding in findings {
            if let waiver = waivers.first(where: { $0.covers(rule: finding.rule, finding.component, today: today) }) {
                waived.append((finding, waiver))
                used.insert(waiver)
            } else if finding.isNotice {
                notices.append(finding)
            } else {
                failed.append(finding)
            }
        }
        idle = waivers.filter { !used.contains($0) }
    }
}

extension CaracalSpec.Waiver {
    package func covers(rule: String, _ component: String?, today: String) -> Bool {
        self.rule == rule && (self.component == nil || self.component == component)
            && (until.map { today <= $0 } ?? true)
    }
}
