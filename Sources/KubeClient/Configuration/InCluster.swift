import Crypto

/// The service account of the pod we run in.
///
/// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
enum InCluster {
    static let directory = "/var/run/secrets/kubernetes.io/serviceaccount"

    static func configuration(_ environment: [String: String], directory: String = directory) throws
        -> ClientConfiguration
    {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
            !host.isEmpty, !port.isEmpty
        else {
            throw ConfigurationError(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is not a pod")
        }
        let bundle = "\(directory)/ca.crt"
        guard let authority = try FileBytes.readIfPresent(bundle) else {
            throw ConfigurationError("\(bundle) does not exist: mount the service account's token volume")
        }
        guard CertificateBundle.count(authority) ?? 0 > 0 else {
            throw ConfigurationError("\(bundle) holds no PEM certificate that can be read")
        }
        let name = host.contains(":") ? "[\(host)]" : host
        var endpoint = CurlEndpoint(base: "https://\(name):\(port)", host: "\(name):\(port)")
        endpoint.certificateAuthority = authority
        var configuration = ClientConfiguration(
            endpoint: endpoint, credential: .tokenFile("\(directory)/token"),
            namespace: Result { () throws(ConfigurationError) in try namespace("\(directory)/namespace") },
            origin: "in-cluster")
        configuration.files.certificateAuthority = bundle
        return configuration
    }

    /// The file missing is no reason not to start, as long as nobody asks for the pod's namespace.
    private static func namespace(_ path: String) throws(ConfigurationError) -> String {
        let bytes: [UInt8]?
        do { bytes = try FileBytes.readIfPresent(path) } catch { throw ConfigurationError("\(error)") }
        let name = BearerToken.trimmed(bytes ?? [])
        guard !name.isEmpty else {
            throw ConfigurationError(
                "\(path) \(bytes == nil ? "does not exist" : "is empty"), so the pod's own namespace is unknown: mount the service account's token volume, or name the namespace"
            )
        }
        return name
    }
}
