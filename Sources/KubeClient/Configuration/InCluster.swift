/// The service account of the pod we run in.
///
/// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
enum InCluster {
    static let directory = "/var/run/secrets/kubernetes.io/serviceaccount"

    static func configuration(_ environment: [String: String]) throws -> ClientConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw ConfigurationError(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is not a pod")
        }
        guard let authority = try FileBytes.readIfPresent("\(directory)/ca.crt") else {
            throw ConfigurationError("\(directory)/ca.crt does not exist: mount the service account's token volume")
        }
        let name = host.contains(":") ? "[\(host)]" : host
        var endpoint = CurlEndpoint(base: "https://\(name):\(port)", host: "\(name):\(port)")
        endpoint.certificateAuthority = authority
        let namespace = try FileBytes.readIfPresent("\(directory)/namespace").map {
            String(decoding: $0, as: UTF8.self)
        }
        return ClientConfiguration(
            endpoint: endpoint, credential: .tokenFile("\(directory)/token"), namespace: namespace ?? "default",
            origin: "in-cluster")
    }
}
