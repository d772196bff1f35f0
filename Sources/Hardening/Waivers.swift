import CaracalAPI

/// Findings with their waivers applied.
package struct HardeningVerdict: Sendable {
    package var open: [Finding]
    package var waived: [(finding: Finding, reason: String)]

    /// `today` as `2026-11-23`: a waiver holds up to and including its last day.
    package init(_ findings: [Finding], waivers: [CaracalSpec.Waiver], today: String) {
        open = []
        waived = []
        for finding in findings {
            let waiver = waivers.first {
                $0.rule == finding.rule && ($0.component == nil || $0.component == finding.component)
                    && ($0.until.map { today <= $0 } ?? true)
            }
            if let waiver { waived.append((finding, waiver.reason)) } else { open.append(finding) }
        }
    }
}
