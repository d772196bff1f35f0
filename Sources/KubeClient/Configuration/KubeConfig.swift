import Crypto
import Glibc
import KubeModel
import KubeYAML

/// Kubeconfig files, merged as kubectl merges them: of entries with one name the first file's wins, and so do the
/// first `current-context`.
///
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
package struct KubeConfig: Sendable {
    private struct Entry {
        var value: JSONValue
        /// Relative paths are relative to the file they stand in.
        var directory: String
        var file: String
    }

    private var clusters: [String: Entry] = [:]
    private var users: [String: Entry] = [:]
    private var contexts: [String: Entry] = [:]
    private var currentContext: String?
    private var files: [String] = []

    /// Reads the files of `paths`, as in `KUBECONFIG`: missing ones are passed over, unless all are.
    package init(paths: [String]) throws {
        for path in paths where !path.isEmpty {
            guard let bytes = try FileBytes.readIfPresent(path) else { continue }
            files.append(path)
            try merge(bytes, path)
        }
        guard !files.isEmpty else {
            throw ConfigurationError(
                "no kubeconfig found: looked for \(paths.joined(separator: ", ")). Set KUBECONFIG or pass --kubeconfig")
        }
    }

    private mutating func merge(_ bytes: [UInt8], _ path: String) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("\(path): not UTF-8 text")
        }
        let config: JSONValue
        do { config = try YAML.documents(text).first?.value ?? [:] } catch {
            throw ConfigurationError("\(path):\(error.line):\(error.column): \(error.message)")
        }
        guard config.object != nil else { throw ConfigurationError("\(path): not a kubeconfig: a mapping is expected") }
        if let kind = config["kind"]?.string, kind != "Config" {
            throw ConfigurationError("\(path): kind is \(kind), not Config: this is no kubeconfig")
        }
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        func add(_ list: String, _ field: String, _ entries: inout [String: Entry]) {
            for item in config[list]?.array ?? [] {
                guard let name = item["name"]?.string, entries[name] == nil else { continue }
                entries[name] = Entry(value: item[field] ?? [:], directory: directory, file: path)
            }
        }
        add("clusters", "cluster", &clusters)
        add("users", "user", &users)
        add("contexts", "context", &contexts)
        if currentContext == nil, let current = config["current-context"]?.string, !current.isEmpty {
            currentContext = current
        }
    }

    /// The configuration of one context, the current one by default.
    package func configuration(context name: String? = nil) throws -> ClientConfiguration {
        guard let name = name ?? currentContext else {
            throw ConfigurationError(
                "\(files.joined(separator: ", ")): no current-context. Choose one of: \(contexts.keys.sorted().joined(separator: ", "))"
            )
        }
        guard let context = contexts[name] else {
            throw ConfigurationError(
                "context \"\(name)\" is in none of \(files.joined(separator: ", ")). Known: \(contexts.keys.sorted().joined(separator: ", "))"
            )
        }
        guard let clusterName = context.value["cluster"]?.string, let cluster = clusters[clusterName] else {
            throw ConfigurationError(
                "\(context.file): context \"\(name)\" names cluster \"\(context.value["cluster"]?.string ?? "")\", which does not exist"
            )
        }
        var configuration = ClientConfiguration(
            endpoint: try endpoint(cluster, clusterName), credential: .none,
            namespace: context.value["namespace"]?.string ?? "default", origin: "context \(name)")
        if let userName = context.value["user"]?.string, !userName.isEmpty {
            guard let user = users[userName] else {
                throw ConfigurationError(
                    "\(context.file): context \"\(name)\" names user \"\(userName)\", which does not exist")
            }
            try identify(user, userName, &configuration)
        }
        return configuration
    }

    private func endpoint(_ cluster: Entry, _ name: String) throws -> CurlEndpoint {
        let place = "\(cluster.file): cluster \"\(name)\""
        guard let server = cluster.value["server"]?.string, !server.isEmpty else {
            throw ConfigurationError("\(place) has no server")
        }
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw ConfigurationError("\(place): server \(server) is not an http or https URL")
        }
        var base = server
        while base.hasSuffix("/") { base.removeLast() }
        let authority =
            base.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first.map(String.init) ?? ""
        guard !authority.isEmpty else { throw ConfigurationError("\(place): server \(server) names no host") }
        var endpoint = CurlEndpoint(base: base, host: authority)
        endpoint.certificateAuthority = try bytes(cluster, "certificate-authority", place)
        if let authority = endpoint.certificateAuthority,
            !String(decoding: authority, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----")
        {
            throw ConfigurationError("\(place): certificate-authority holds no PEM certificate")
        }
        endpoint.skipsVerification = cluster.value["insecure-skip-tls-verify"]?.bool ?? false
        if endpoint.skipsVerification, endpoint.certificateAuthority != nil {
            throw ConfigurationError("\(place): certificate-authority and insecure-skip-tls-verify exclude each other")
        }
        endpoint.tlsServerName = cluster.value["tls-server-name"]?.string
        endpoint.proxy = cluster.value["proxy-url"]?.string
        return endpoint
    }

    private func identify(_ user: Entry, _ name: String, _ configuration: inout ClientConfiguration) throws {
        let place = "\(user.file): user \"\(name)\""
        configuration.endpoint.clientCertificate = try bytes(user, "client-certificate", place)
        configuration.endpoint.clientKey = try bytes(user, "client-key", place)
        guard (configuration.endpoint.clientCertificate == nil) == (configuration.endpoint.clientKey == nil) else {
            throw ConfigurationError("\(place): client-certificate and client-key are needed together")
        }
        for field in ["as", "as-uid", "as-groups", "as-user-extra"] where user.value[field] != nil {
            throw ConfigurationError("\(place) impersonates somebody (\(field)), which is not supported: remove it")
        }
        if let token = user.value["token"], token.string?.isEmpty != false {
            throw ConfigurationError("\(place): token is not a text; put it in quotes")
        }
        if let path = user.value["tokenFile"]?.string, !path.isEmpty {
            configuration.credential = .tokenFile(absolute(path, user.directory))
        } else if let token = user.value["token"]?.string, !token.isEmpty {
            configuration.credential = .token(token)
        } else if let username = user.value["username"]?.string {
            configuration.credential = .basic(username: username, password: user.value["password"]?.string ?? "")
        } else if configuration.endpoint.clientCertificate == nil,
            user.value["exec"] != nil || user.value["auth-provider"] != nil
        {
            throw ConfigurationError(
                "\(place) uses a credential plug-in, which is not supported: use a client certificate, a token or a tokenFile"
            )
        }
    }

    /// Inline `…-data` wins over a file.
    private func bytes(_ entry: Entry, _ field: String, _ place: String) throws -> [UInt8]? {
        if let data = entry.value["\(field)-data"]?.string, !data.isEmpty {
            guard let bytes = Base64.decode(data) else {
                throw ConfigurationError("\(place): \(field)-data is not Base64")
            }
            return bytes
        }
        guard let path = entry.value[field]?.string, !path.isEmpty else { return nil }
        let file = absolute(path, entry.directory)
        guard let bytes = try FileBytes.readIfPresent(file) else {
            throw ConfigurationError("\(place): \(field): \(file) does not exist")
        }
        return bytes
    }

    private func absolute(_ path: String, _ directory: String) -> String {
        path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    // MARK: Where to look

    /// `--kubeconfig`, else `KUBECONFIG`, else the service account of the pod, else `~/.kube/config`.
    package static func discover(
        path: String?, context: String?, environment: [String: String]
    ) throws -> ClientConfiguration {
        if let path { return try KubeConfig(paths: [path]).configuration(context: context) }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            return try KubeConfig(paths: list.split(separator: ":").map(String.init)).configuration(context: context)
        }
        if context == nil, environment["KUBERNETES_SERVICE_HOST"] != nil {
            return try InCluster.configuration(environment)
        }
        return try KubeConfig(paths: ["\(environment["HOME"] ?? "")/.kube/config"]).configuration(context: context)
    }
}
