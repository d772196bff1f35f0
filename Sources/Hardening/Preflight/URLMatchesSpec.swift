import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight

/// NetworkPolicies are made from the spec, connections from the URLs: where the two differ, traffic is dropped without a
/// word (caracal-runtime.md §12, 27).
struct URLMatchesSpec: PreflightRule {
    static let id = "url-matches-spec"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.compactMap { known in
            guard let url = known.facts.url, url.problem == nil else { return nil }
            let wanted: Wanted
            switch known.requirement.format {
            case .postgresURL:
                let isAuth = known.requirement.key == "authDatabaseUrl"
                wanted = Wanted(
                    field: "spec.database", host: input.spec.database.host, port: input.spec.databasePort,
                    standard: 5432,
                    path: isAuth ? input.spec.database.authName ?? "caracal_auth" : input.spec.databaseName)
            case .redisURL:
                wanted = Wanted(
                    field: "spec.redis", host: input.spec.redis.host, port: input.spec.redisPort, standard: 6379,
                    path: String(input.spec.redis.database ?? 0))
            default: return nil
            }
            return difference(url, wanted, input.instance.namespace).map { finding(known, .refusesToStart, $0) }
        }
    }

    private struct Wanted {
        var field: String
        var host: String
        var port: Int32
        var standard: Int32
        var path: String
    }

    private func difference(_ url: URLFacts, _ wanted: Wanted, _ namespace: String) -> String? {
        let hosts = url.hosts.map { ClusterHost.canonical($0, namespace: namespace) }
        guard hosts.contains(ClusterHost.canonical(wanted.host, namespace: namespace)) else {
            return
                "leads to \(url.hosts.joined(separator: ", ")), \(wanted.field).host says \(wanted.host): NetworkPolicies are made from the spec. Make the two the same"
        }
        if let port = url.ports.map({ $0 ?? wanted.standard }).first(where: { $0 != wanted.port }) {
            return
                "leads to port \(port), \(wanted.field).port says \(wanted.port): NetworkPolicies are made from the spec. Make the two the same"
        }
        let path = url.path.isEmpty ? (wanted.field == "spec.redis" ? "0" : nil) : url.path
        guard let path, path != wanted.path else { return nil }
        return "names database \(path), \(wanted.field) says \(wanted.path): make the two the same"
    }
}

/// Names a pod resolves to the same Service, as one.
enum ClusterHost {
    static func canonical(_ host: String, namespace: String) -> String {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        // name.namespace.svc, whatever the cluster's own domain is called.
        let labels = name.split(separator: ".")
        if labels.count >= 3, labels[2] == "svc" { name = "\(labels[0]).\(labels[1])" }
        return name.contains(".") || name.contains(":") ? name : "\(name).\(namespace)"
    }
}
