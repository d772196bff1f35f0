import Glibc

/// A moment in UTC, as the API writes it.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Seconds since 1970, with fractions.
    package var seconds: Double

    package init(seconds: Double) { self.seconds = seconds }

    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    /// `2026-11-23T20:02:37Z`
    package var description: String {
        let parts = calendar
        return "\(parts.date)T\(parts.time)Z"
    }

    /// `2026-11-23`
    package var date: String { calendar.date }

    /// MicroTime takes exactly six digits of fraction.
    package var microTime: String {
        let parts = calendar
        let micros = String(Int((seconds - seconds.rounded(.down)) * 1_000_000))
        return "\(parts.date)T\(parts.time).\(String(repeating: "0", count: max(0, 6 - micros.count)))\(micros)Z"
    }

    private var calendar: (date: String, time: String) {
        var time = time_t(seconds.rounded(.down))
        var fields = tm()
        gmtime_r(&time, &fields)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return (
            "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))",
            "\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))"
        )
    }

    /// nil where the text is not an RFC 3339 time in UTC.
    package init?(_ text: String) {
        let digits = text.split(whereSeparator: { !$0.isNumber }).compactMap { Int32($0) }
        guard text.hasSuffix("Z"), digits.count >= 6, text.utf8.count >= 20 else { return nil }
        var fields = tm()
        fields.tm_year = digits[0] - 1900
        fields.tm_mon = digits[1] - 1
        fields.tm_mday = digits[2]
        fields.tm_hour = digits[3]
        fields.tm_min = digits[4]
        fields.tm_sec = digits[5]
        seconds = Double(timegm(&fields))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
}
