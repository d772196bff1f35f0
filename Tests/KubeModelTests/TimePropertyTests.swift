import KubeModel
import TestSupport
import Testing

@Suite struct TimePropertyTests {
    /// E14, A89. Fails when digits of the fraction are cut off instead of rounded: the Double nearest to .123456 lies below it.
    @Test func microTimesSurvive() {
        Fuzz("micro-time", iterations: 20_000).values { random -> (Int64, Int64) in
            let year0: Int64 = -62_167_219_200
            let wide = Int64.random(in: year0...253_402_300_799, using: &random)
            let near = Int64.random(in: 1_500_000_000...2_100_000_000, using: &random)
            return (random.once(in: 2) ? wide : near, random.pick([0, 1, 999_999, Int64(random.below(1_000_000))]))
        } check: { whole, micros in
            let time = Timestamp(seconds: Double(whole) + Double(micros) / 1_000_000)
            let text = time.microTime
            try must(text.utf8.count == 27 && text.hasSuffix("Z"), "\(text) is no MicroTime")
            guard let again = Timestamp(text) else { throw Counterexample("\(text) is refused") }
            try must(again.microTime == text, "\(text) became \(again.microTime)")
            // Beyond the year 2106 a Double has no microseconds any more.
            guard whole.magnitude < 1 << 32 else { return }
            try must(
                Int64((again.seconds * 1_000_000).rounded()) == whole * 1_000_000 + micros, "\(text) is another moment")
            let seconds = Timestamp(seconds: Double(whole)).description
            try must(seconds.utf8.count == 20, "\(seconds) is no time")
            try must(Timestamp(seconds)?.seconds == Double(whole), "\(seconds) is another moment")
        }
    }

    /// Every day of the four centuries the calendar repeats in, against a count of days made here. Fails when
    /// years before 1000 lose their zeros.
    @Test func everyDayHasItsPlace() throws {
        var days: Int64 = -719_528
        for year in 0..<400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 1...length {
                    func pad(_ number: Int, _ width: Int) -> String {
                        String(repeating: "0", count: width - "\(number)".count) + "\(number)"
                    }
                    let date = "\(pad(year, 4))-\(pad(month + 1, 2))-\(pad(day, 2))"
                    try #require(Timestamp("\(date)T00:00:00Z")?.seconds == Double(days * 86_400))
                    try #require(Timestamp(seconds: Double(days * 86_400)).date == date)
                    days += 1
                }
                #expect(
                    Timestamp("\(year + 2000)-\(month + 1 < 10 ? "0" : "")\(month + 1)-\(length + 1)T00:00:00Z") == nil)
            }
        }
    }

    /// A89: parsed with none to nine digits, and with offsets. Fails when the fraction is passed over.
    @Test(arguments: [
        ("2026-11-23T20:02:37Z", 0.0), ("2026-11-23T20:02:37.1Z", 0.1), ("2026-11-23T20:02:37.123Z", 0.123),
        ("2026-11-23T20:02:37.123456Z", 0.123456), ("2026-11-23T20:02:37.123456789Z", 0.123456789),
        ("2026-11-23T22:02:37+02:00", 0), ("2026-11-23T14:32:37.5-05:30", 0.5), ("2026-11-23t20:02:37z", 0),
        ("2026-11-23T20:02:37-00:00", 0),
    ])
    func formsOfOneSecond(text: String, fraction: Double) throws {
        let time = try #require(Timestamp(text))
        #expect(abs(time.seconds - 1_795_464_157 - fraction) < 1e-6)
    }

    @Test(arguments: [
        "", "Z", "2026-11-23", "2026-11-23T20:02:37", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T20:60:00Z", "2026-11-23T20:02:61Z",
        "2026-11-23T20:02:37.Z",
        "2026-11-23 20:02:37Z", "+026-11-23T20:02:37Z", "2026-11-23T20:02:37+2:00", "2026-11-23T20:02:37+24:00",
        "2026-11-23T20:02:37ZZ", "1-1-1-1-1-1xxxxxxxxxxZ", "٢٠٢٦-11-23T20:02:37Z", "2026-11-23T20:02:37.1234567890Z",
        "99999-11-23T20:02:37Z", "2026-1-23T20:02:37.000Z",
    ])
    func othersAreNone(text: String) { #expect(Timestamp(text) == nil) }

    /// Fails when a moment outside the calendar's years ends the process.
    @Test(arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300, 0x1p63, -1e-20, 253_402_300_799.9999999])
    func momentsOutsideTheCalendarAreWrittenAllTheSame(seconds: Double) {
        #expect(Timestamp(seconds: seconds).microTime.utf8.count == 27)
        #expect(Timestamp(seconds: seconds).description.utf8.count == 20)
    }

    /// A guard against traps; none was seen.
    @Test func anyTextGivesATimeOrNone() {
        Fuzz("time-text", iterations: 10_000).bytes { random, _ in
            Mutation.apply(
                Array("2026-11-23T20:02:37.123456Z".utf8), &random,
                tokens: ["9", "-", ":", ".", "Z", "+", "T", "٣", "00000"])
        } check: { bytes in
            guard let time = Timestamp(String(decoding: bytes, as: UTF8.self)) else { return }
            try must(Timestamp(time.microTime)?.microTime == time.microTime, "\(time.microTime) does not survive")
        }
    }
}
