import KubeModel

/// `metav1.Time` and `metav1.MicroTime` in text, read as Go's `time.Parse` reads them.
enum GoTime {
    /// k8s.io/apimachinery/pkg/apis/meta/v1: `Time` reads RFC 3339, `MicroTime` exactly six digits of fraction.
    private static func layout(_ isMicro: Bool) -> String {
        isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"
    }

    /// Go's complaint; nil where the text is a time.
    static func mismatch(_ text: String, isMicro: Bool) -> String? {
        let layout = layout(isMicro)
        func cannot(_ rest: Substring, _ part: String) -> String {
            "parsing time \"\(text)\" as \"\(layout)\": cannot parse \"\(rest)\" as \"\(part)\""
        }
        var rest = Substring(text)
        let parts = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"] + (isMicro ? [".000000"] : [])
        for part in parts {
            guard fits(rest.prefix(part.count), part) else { return cannot(rest, part) }
            rest = rest.dropFirst(part.count)
            // Go reads a fraction after the seconds where the layout has none.
            if part == "05", !isMicro, rest.first == ".", rest.dropFirst().first?.isNumber == true {
                rest = rest.dropFirst().drop { $0.isNumber }
            }
        }
        let zone = rest.map { isDigit($0) ? "0" : $0 }
        return rest == "Z" || zone == Array("+00:00") || zone == Array("-00:00") ? nil : cannot(rest, "Z07:00")
    }

    private static func fits(_ text: Substring, _ part: String) -> Bool {
        guard text.count == part.count else { return false }
        return zip(text, part).allSatisfy { character, wanted in
            isDigit(wanted) ? isDigit(character) : character == wanted
        }
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    /// UTC, whole seconds or six digits.
    static func canonical(_ text: String, isMicro: Bool) -> String {
        var head = String(text.prefix(19))
        if let zone = text.lastIndex(where: { $0 == "+" || $0 == "-" }),
            text.distance(from: zone, to: text.endIndex) == 6,
            let time = Timestamp("\(head)Z")
        {
            let digits = text[text.index(after: zone)...].split(separator: ":").compactMap { Double($0) }
            let offset = (digits.first ?? 0) * 3600 + (digits.last ?? 0) * 60
            head = String(
                Timestamp(seconds: time.seconds + (text[zone] == "+" ? -offset : offset)).description.prefix(19))
        }
        return isMicro ? "\(head)\(text.dropFirst(19).prefix(7))Z" : "\(head)Z"
    }
}
