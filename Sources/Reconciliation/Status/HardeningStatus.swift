import CaracalAPI
import Hardening
import KubeModel

extension HardeningReport {
    /// `status.hardening`: the page's checklist, ticked, and behind it what passed, what is waived and why, what failed.
    var json: JSONValue {
        var json: JSONObject = [
            "summary": .string(summary),
            "checklist": .array(
                checklist.map { row, answer, because in
                    var entry: JSONObject = ["area": .string(row.rawValue), "result": .string(answer.rawValue)]
                    if !because.isEmpty { entry["because"] = .string(because.joined(separator: ", ")) }
                    return .object(entry)
                }),
            "passed": .array(rules(.passed).map(JSONValue.string)),
        ]
        let failed = verdict.failed.map { finding -> JSONValue in
            var entry = Self.entry(finding)
            if finding.isHolding { entry["holds"] = true }
            return .object(entry)
        }
        if !failed.isEmpty { json["failed"] = .array(Array(failed.prefix(48))) }
        if !verdict.notices.isEmpty {
            json["notices"] = .array(noticesByRule.prefix(24).map { .object(Self.entry($0)) })
        }
        let waived = verdict.waived.map { finding, waiver -> JSONValue in
            var entry: JSONObject = [
                "rule": .string(finding.rule), "object": .string(finding.object), "reason": .string(waiver.reason),
            ]
            if let until = waiver.until { entry["until"] = .string(until) }
            return .object(entry)
        }
        if !waived.isEmpty { json["waived"] = .array(Array(waived.prefix(32))) }
        return .object(json)
    }

    private static func entry(_ finding: Finding) -> JSONObject {
        [
            "rule": .string(finding.rule), "object": .string(finding.object),
            "message": .string(String(finding.message.prefix(500))),
        ]
    }
}
