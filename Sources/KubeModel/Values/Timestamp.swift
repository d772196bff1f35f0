import Glibc

/// A moment in UTC, as the API writes it: in the years 0000 to 9999.
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
    package var description: String { "\(date)T\(Self.time(whole))Z" }

    /// `2026-11-23`
    package var date: String { CivilDate(days: whole.flooredQuotient(by: 86_400)).description }

    /// MicroTime takes exactly six digits of fraction.
    package var microTime: String {
        var whole = whole
        // To the nearest: the Double for .123456 may lie just below it.
        var micros = Int64(((inCalendar - Double(whole)) * 1_000_000).rounded())
        if micros == 1_000_000 { (whole, micros) = whole == Self.last ? (whole, 999_999) : (whole + 1, 0) }
        let date = CivilDate(days: whole.flooredQuotient(by: 86_400))
        return "\(date)T\(Self.time(whole)).\(micros.padded(6))Z"
    }

    private static let first: Int64 = -62_167_219_200
    private static let last: Int64 = 253_402_300_799

    /// The API has no way to write another moment.
    private var inCalendar: Double {
        seconds.isNaN ? 0 : Swift.min(Swift.max(seconds, Double(Self.first)), Double(Self.last + 1).nextDown)
    }

    private var whole: Int64 { Int64(inCalendar.rounded(.down)) }

    private static func time(_ seconds: Int64) -> String {
        let second = seconds - seconds.flooredQuotient(by: 86_400) * 86_400
        return "\((second / 3600).padded(2)):\((second / 60 % 60).padded(2)):\((second % 60).padded(2))"
    }

    /// nil where the text is not an RFC 3339 time with at most nine digits of fraction.
    package init?(_ text: String) {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), let date = CivilDate(year, month, day), reader.take("T") || reader.take("t"),
            let hour = reader.digits(2), hour < 24, reader.take(":"), let minute = reader.digits(2), minute < 60,
            reader.take(":"), let second = reader.digits(2), second < 60, let fraction = reader.fraction(),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        seconds = Double(date.days * 86_400 + hour * 3600 + minute * 60 + second - offset) + fraction
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }
}

/// A day of the Gregorian calendar. The arithmetic is Howard Hinnant's "days from civil", which counts years from March.
private struct CivilDate: CustomStringConvertible {
    let year: Int64
    let month: Int64
    let day: Int64

    init?(_ year: Int64, _ month: Int64, _ day: Int64) {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        guard day <= [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Int(month) - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    init(days: Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var days: Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year.flooredQuotient(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    var description: String { "\(year.padded(4))-\(month.padded(2))-\(day.padded(2))" }
}

private struct DigitReader {
    private var rest: Substring.UTF8View
    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        let part = rest.prefix(count)
        guard part.count == count, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest.removeFirst(count)
        return part.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// 0 where there is none; nil where it has no digit or too many.
    mutating func fraction() -> Double? {
        guard take(".") else { return 0 }
        let count = rest.prefix { (0x30...0x39).contains($0) }.count
        guard (1...9).contains(count), let digits = digits(count) else { return nil }
        return (0..<count).reduce(Double(digits)) { value, _ in value / 10 }
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = digits(2), hours < 24, take(":"), let minutes = digits(2), minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    fileprivate func padded(_ width: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(0, width - text.utf8.count)) + text
    }
}
