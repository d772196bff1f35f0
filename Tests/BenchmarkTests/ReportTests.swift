import KubeModel
import Testing

@testable import Benchmark

@Suite struct ReportTests {
    private func report(_ value: Double, _ gate: Report.Gate) -> Report {
        var report = Report()
        report.add("writes", value, "ms", gate)
        return report
    }

    private func regressions(_ value: Double, _ gate: Report.Gate, kept: Double) -> [String] {
        report(value, gate).regressions(against: report(kept, gate).baseline(note: [:]))
    }

    // Fails when the limit is another, or nothing is compared.
    @Test func aTenthMoreIsAllowedAndNoMore() {
        #expect(regressions(1.1, .tenth, kept: 1).isEmpty)
        #expect(regressions(0.5, .tenth, kept: 1).isEmpty)
        #expect(regressions(1.2, .tenth, kept: 1) == ["writes is 1.200 ms, 20 % more than the 1 that was kept"])
    }

    // Fails when requests are compared as CPU is.
    @Test func requestsAreComparedExactly() {
        #expect(regressions(45, .exact, kept: 45).isEmpty)
        #expect(regressions(45.05, .exact, kept: 45).count == 1)
        #expect(regressions(44, .exact, kept: 45).count == 1)
        #expect(regressions(100, .none, kept: 1).isEmpty)
    }

    // Fails when a figure that could not be taken passes as no worse.
    @Test func whatWasNotMeasuredIsNotFine() { #expect(regressions(.nan, .tenth, kept: 1).count == 1) }

    @Test func numbersHaveThreeDigitsThatCount() {
        #expect(Report.text(0.0456) == "0.046")
        #expect(Report.text(12.345) == "12.35")
        #expect(Report.text(-1.5) == "-1.500")
        #expect(Report.text(1234.5) == "1234.5")
        #expect(Report.text(20) == "20")
        #expect(Report.text(.nan) == "not seen")
    }

    /// The goals, and what eight instances took while every rendering kept 160 KB for ever: 23 MiB after a restart. Fails
    /// when a gate is so wide that this passes.
    @Test func memoryAtRestIsHeldAgainstTheGoals() {
        #expect(MemoryAllowance.atRest(instances: 0, isTLS: false) == 15)
        #expect(MemoryAllowance.atRest(instances: 100, isTLS: true) <= 64)
        #expect(MemoryAllowance.atRest(instances: 8, isTLS: false) < 23)
    }

    // Fails when the rank is rounded down.
    @Test func quantilesAreNearestRank() {
        let all = (1...20).map { Duration.milliseconds($0) }.shuffled()
        #expect(all.quantile(0.5) == 10)
        #expect(all.quantile(0.99) == 20)
        #expect([Duration]().quantile(0.5).isNaN)
    }
}
