/// Whether live objects are what would be rendered. The operator puts differences right within moments, and tells those it
/// may not; an audit without it finds them by this.
package enum Drift {
    package static let id = "as-rendered"
    package static let demand = "Every object that is rendered is there, and has what was rendered."

    /// The page's row an object belongs to.
    static func row(of object: String) -> ChecklistRow {
        switch object.prefix(while: { $0 != "/" }) {
        case "NetworkPolicy": .networkPolicy
        case "Service": .internalServices
        case "Ingress", "HTTPRoute": .externalTLS
        default: .kubernetesControls
        }
    }

    package static func missing(_ kind: String, _ name: String, _ component: String?) -> Finding {
        Finding(
            rule: id, object: "\(kind)/\(name)", message: "is not there: is the operator running?", component: component
        )
    }

    package static func changed(_ kind: String, _ name: String, _ paths: [String], _ component: String?) -> Finding {
        let more = paths.count > 4 ? ", and \(paths.count - 4) more" : ""
        return Finding(
            rule: id, object: "\(kind)/\(name)",
            message: "differs in \(paths.prefix(4).joined(separator: ", "))\(more): is the operator running?",
            component: component)
    }
}
