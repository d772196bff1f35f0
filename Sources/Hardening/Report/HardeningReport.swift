import CaracalAPI

/// Every rule that was asked, with its answer: what `status.hardening` and `caracal-operator audit` show.
package struct HardeningReport: Sendable {
    package enum Answer: String, Sendable {
        case passed = "Passed", waived = "Waived", failed = "Failed", noticed = "Noticed", notJudged = "NotJudged"
    }

    package var verdict: HardeningVerdict
    /// In the order of the catalogs.
    package var answers: [(rule: String, answer: Answer)]

    /// `asked` are the rules that had something to look at; the rest is left out rather than counted as passed.
    package init(_ verdict: HardeningVerdict, asked: [String] = RuleCatalog.ids) {
        self.verdict = verdict
        let failed = Set(verdict.failed.map(\.rule))
        let waived = Set(verdict.waived.map(\.finding.rule))
        let noticed = Set(verdict.notices.map(\.rule))
        answers = asked.map { rule in
            (
                rule,
                failed.contains(rule)
                    ? .failed : waived.contains(rule) ? .waived : noticed.contains(rule) ? .noticed : .passed
            )
        }
    }

    package func rules(_ answer: Answer) -> [String] { answers.filter { $0.answer == answer }.map(\.rule) }

    /// One a rule: eight images by tag are one thing to know.
    package var noticesByRule: [Finding] {
        var grouped: [Finding] = []
        for notice in verdict.notices {
            guard let index = grouped.firstIndex(where: { $0.rule == notice.rule }) else {
                grouped.append(notice)
                continue
            }
            let joined = "\(grouped[index].object), \(notice.object)"
            // As much as status has room for.
            if joined.utf8.count <= 300 { grouped[index].object = joined }
        }
        return grouped
    }

    /// `31 passed, 1 waived, 0 failed`
    package var summary: String {
        "\(rules(.passed).count) passed, \(rules(.waived).count) waived, \(rules(.failed).count) failed"
    }

    /// The page's rows, each with the worst answer among its rules.
    package var checklist: [(row: ChecklistRow, answer: Answer, because: [String])] {
        ChecklistRow.allCases.map { row in
            let own = answers.filter { answer in
                guard RuleReference.of(answer.rule)?.rows.contains(row) == true else { return false }
                // A Service that differs says nothing of the policies.
                return answer.rule != Drift.id || answer.answer != .failed
                    || verdict.failed.contains { $0.rule == Drift.id && Drift.row(of: $0.object) == row }
            }
            for answer in [Answer.failed, .waived] {
                let rules = own.filter { $0.answer == answer }.map(\.rule)
                if !rules.isEmpty { return (row, answer, rules) }
            }
            return (row, own.isEmpty ? .notJudged : .passed, [])
        }
    }
}
