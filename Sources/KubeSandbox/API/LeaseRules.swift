import KubeModel
import KubeSchema

/// What a real API server refuses of a Lease: leader election must find it out here and not in a cluster.
enum LeaseRules {
    /// `MicroTime` reads exactly six digits of fraction: Go's layout `2006-01-02T15:04:05.000000Z07:00`
    /// (k8s.io/apimachinery/pkg/apis/meta/v1/micro_time.go).
    private static let layout = "2006-01-02T15:04:05.000000Z07:00"

    /// Where the body cannot even be read.
    static func checkTimes(_ lease: JSONValue) throws(APIFailure) {
        for field in ["acquireTime", "renewTime"] {
            guard let value = lease.at("spec", field), !value.isNull else { continue }
            guard let text = value.string else {
                let name = value.integer == nil ? value.typeName : "number"
                throw unreadable(
                    "json: cannot unmarshal \(name) into Go struct field LeaseSpec.spec.\(field) of type string"
                )
            }
            if let (rest, wanted) = mismatch(text) {
                throw unreadable("parsing time \"\(text)\" as \"\(layout)\": cannot parse \"\(rest)\" as \"\(wanted)\"")
            }
        }
    }

    private static func unreadable(_ why: String) -> APIFailure {
        .badRequest("Lease in version \"v1\" cannot be handled as a Lease: \(why)")
    }

    /// The first part of the layout that the text does not hold, and what stands there instead.
    private static func mismatch(_ text: String) -> (rest: String, wanted: String)? {
        var rest = Substring(text)
        let parts = ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05", ".000000"]
        for part in parts {
            let length = part.count
            let isDigits = part.last?.isNumber == true
            let head = rest.prefix(length)
            let digits = part.hasPrefix(".") ? head.dropFirst() : head
            let fits =
                head.count == length
                && (isDigits
                    ? digits.allSatisfy { ("0"..."9").contains($0) } && part.hasPrefix(".") == head.hasPrefix(".")
                    : head == part)
            guard fits else { return (String(rest), part) }
            rest = rest.dropFirst(length)
        }
        let zone = rest.map { ("0"..."9").contains($0) ? "0" : $0 }
        return rest == "Z" || zone == Array("+00:00") || zone == Array("-00:00") ? nil : (String(rest), "Z07:00")
    }

    /// pkg/apis/coordination/validation: durations are positive, transitions do not run backwards.
    static func violations(_ lease: JSONValue) -> [Violation] {
        var found: [Violation] = []
        if let seconds = lease.at("spec", "leaseDurationSeconds")?.integer, seconds <= 0 {
            found.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        }
        if let count = lease.at("spec", "leaseTransitions")?.integer, count < 0 {
            found.append(invalid("spec.leaseTransitions", count, "must be greater than or equal to 0"))
        }
        return found
    }

    private static func invalid(_ path: String, _ value: Int64, _ why: String) -> Violation {
        Violation(path: path, cause: "FieldValueInvalid", detail: "Invalid value: \(value): \(why)")
    }
}
