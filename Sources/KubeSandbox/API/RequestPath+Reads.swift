import KubeModel
import KubeSchema

extension RequestPath {
    var isWatch: Bool { ["1", "true"].contains(query["watch"] ?? "") }

    /// Throws where the query of a list or watch cannot be honoured (apimachinery's `ValidateListOptions`). Streaming lists
    /// are off, as on servers without the `WatchList` gate: client-go then lists and watches.
    func checkReadOptions() throws(APIFailure) {
        let match = query["resourceVersionMatch"] ?? ""
        let found = isWatch ? watchViolations(match) : listViolations(match)
        if !found.isEmpty { throw APIFailure.invalidOptions("ListOptions", found) }
    }

    private var asksForInitialEvents: Bool { query["sendInitialEvents"] != nil }
    private var isContinued: Bool { query["continue"]?.isEmpty == false }

    private func listViolations(_ match: String) -> [Violation] {
        var found: [Violation] = []
        func refuse(_ why: String) { found.append(.forbidden("resourceVersionMatch", why)) }
        if !match.isEmpty {
            let version = query["resourceVersion"] ?? ""
            if version.isEmpty { refuse("resourceVersionMatch is forbidden unless resourceVersion is provided") }
            if isContinued { refuse("resourceVersionMatch is forbidden when continue is provided") }
            if !["Exact", "NotOlderThan"].contains(match) {
                found.append(.notSupported("resourceVersionMatch", .string(match), ["Exact", "NotOlderThan", ""]))
            }
            if match == "Exact", version == "0" {
                refuse("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
            }
        }
        if asksForInitialEvents {
            found.append(.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
        }
        return found
    }

    private func watchViolations(_ match: String) -> [Violation] {
        var found: [Violation] = []
        func refuse(_ why: String) { found.append(.forbidden("resourceVersionMatch", why)) }
        if asksForInitialEvents {
            if match != "NotOlderThan" {
                refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
            }
            found.append(
                .forbidden(
                    "sendInitialEvents",
                    "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"))
        }
        if !match.isEmpty {
            if !asksForInitialEvents {
                refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
            }
            if match != "NotOlderThan" {
                found.append(.notSupported("resourceVersionMatch", .string(match), ["NotOlderThan"]))
            }
            if isContinued { refuse("resourceVersionMatch is forbidden when continue is provided") }
        }
        return found
    }
}
