import Crypto
import KubeModel

extension KubeConfig {
    /// The configuration of one context, the current one by default.
    package func configuration(context name: String? = nil) throws -> ClientConfiguration {
        let all = files.joined(separator: ", ")
        let known = contexts.isEmpty ? "There is none" : "Known: \(contextNames.joined(separator: ", "))"
        guard let name = name ?? currentContext else {
            throw ConfigurationError("\(all): no current-context. Set it, or pass --context. \(known)")
        }
        guard let context = contexts[name] else {
            throw ConfigurationError("context \"\(name)\" is in none of \(all). \(known)")
        }
        let clusterName = try context.text("cluster") ?? ""
        guard let cluster = clusters[clusterName] else {
            throw context.failure(" names cluster \"\(clusterName)\", which does not exist")
        }
        let (endpoint, authority) = try endpoint(cluster)
        var configuration = ClientConfiguration(
            endpoint: endpoint, credential: .none, namespace: try context.text("namespace") ?? "default",
            origin: "context \(name) of \(context.file)")
        configuration.files.certificateAuthority = authority
        if let userName = try context.text("user") {
            guard let user = users[userName] else {
                throw context.failure(" names user \"\(userName)\", which does not exist")
            }
            // As kubectl: nothing that proves who we are is sent, or even looked at, without TLS.
            if endpoint.base.hasPrefix("https://") { try identify(user, cluster, &configuration) }
        }
        return configuration
    }

    private func endpoint(_ cluster: KubeConfigEntry) throws -> (CurlEndpoint, authorityFile: String?) {
        guard let server = try cluster.text("server") else { throw cluster.failure(" has no server") }
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw cluster.failure(": server \(server) is not an http or https URL")
        }
        var base = server
        while base.hasSuffix("/") { base.removeLast() }
        let authority =
            base.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first.map(String.init) ?? ""
        guard !authority.isEmpty else { throw cluster.failure(": server \(server) names no host") }
        var endpoint = CurlEndpoint(base: base, host: authority)
        let bundle = try cluster.content("certificate-authority")
        endpoint.certificateAuthority = bundle?.bytes
        if let bundle, CertificateBundle.count(bundle.bytes) ?? 0 == 0 {
            throw cluster.failure(": certificate-authority holds no PEM certificate that can be read")
        }
        endpoint.skipsVerification = try cluster.flag("insecure-skip-tls-verify")
        if endpoint.skipsVerification, bundle != nil {
            throw cluster.failure(": certificate-authority and insecure-skip-tls-verify exclude each other")
        }
        endpoint.tlsServerName = try cluster.text("tls-server-name")
        endpoint.proxy = try cluster.text("proxy-url")
        return (endpoint, bundle?.path)
    }

    /// One identity, the one kubectl would use: a token file before a token, either of them or a user name or a
    /// certificate before a plug-in. A certificate and a token are both sent; the server takes the certificate's name.
    private func identify(
        _ user: KubeConfigEntry, _ cluster: KubeConfigEntry, _ configuration: inout ClientConfiguration
    ) throws {
        try refuseUnsupported(user)
        let token = try user.text("token")
        let tokenFile = try user.path("tokenFile")
        let (username, password) = (try user.text("username"), try user.text("password"))
        if let token, !BearerToken.isSendable(token) {
            throw user.failure(": token holds blanks, line breaks or other than ASCII text")
        }
        if username == nil, password != nil { throw user.failure(" has a password but no username") }
        if username != nil, token != nil || tokenFile != nil {
            throw user.failure(" has a username and a token, and only one can be sent: remove the other")
        }
        if let tokenFile {
            configuration.credential = .tokenFile(tokenFile, fallback: token)
        } else if let token {
            configuration.credential = .token(token)
        } else if let username {
            configuration.credential = .basic(username: username, password: password ?? "")
        }

        let certificate = try user.content("client-certificate")
        let key = try user.content("client-key")
        guard (certificate == nil) == (key == nil) else {
            throw user.failure(": client-certificate and client-key are needed together")
        }
        if let certificate, let key {
            if let problem = KeyPair.problem(certificate: certificate.bytes, key: key.bytes) {
                throw user.failure(": client-certificate and client-key cannot be used: \(problem)")
            }
            configuration.endpoint.clientCertificate = certificate.bytes
            configuration.endpoint.clientKey = key.bytes
            configuration.files.clientCertificate = certificate.path
            configuration.files.clientKey = key.path
        }

        guard let exec = try user.part("exec") else { return }
        let plugin = try pluginConfiguration(exec, cluster, configuration.endpoint)
        if case .none = configuration.credential, certificate == nil {
            configuration.credential = .plugin(ExecPlugin(plugin))
        }
    }

    private func refuseUnsupported(_ user: KubeConfigEntry) throws(ConfigurationError) {
        for field in ["as", "as-uid", "as-groups", "as-user-extra"] {
            guard let value = user.value[field], !value.isNull, value != "", value != [], value != [:] else { continue }
            throw user.failure(" impersonates somebody (\(field)), which is not supported: remove it")
        }
        if try user.part("auth-provider") != nil {
            throw user.failure(
                " uses an auth-provider, which Kubernetes has removed: use exec with the provider's credential plug-in, a client certificate, a token or a tokenFile"
            )
        }
    }

    private func pluginConfiguration(_ exec: KubeConfigEntry, _ cluster: KubeConfigEntry, _ endpoint: CurlEndpoint)
        throws -> ExecPluginConfiguration
    {
        guard let command = try exec.text("command") else { throw exec.failure(": exec has no command") }
        guard let apiVersion = try exec.text("apiVersion"), ExecCredential.apiVersions.contains(apiVersion) else {
            throw exec.failure(
                ": exec.apiVersion must be \(ExecCredential.apiVersions.joined(separator: " or ")): update the plug-in, then the kubeconfig"
            )
        }
        var plugin = ExecPluginConfiguration(
            place: exec.place,
            command: command.contains("/") ? KubeConfigEntry.absolute(command, besides: exec.file) : command,
            apiVersion: apiVersion)
        if let mode = try exec.text("interactiveMode") {
            guard let known = ExecPluginConfiguration.InteractiveMode(rawValue: mode) else {
                throw exec.failure(": exec.interactiveMode \"\(mode)\" is none of Never, IfAvailable and Always")
            }
            plugin.interactiveMode = known
        } else if apiVersion == ExecCredential.apiVersions[0] {
            throw exec.failure(": exec.interactiveMode is required with \(apiVersion): Never, IfAvailable or Always")
        }
        for argument in try exec.list("args") {
            guard let text = argument.string else { throw exec.failure(": exec.args holds something that is no text") }
            plugin.arguments.append(text)
        }
        for variable in try exec.list("env") {
            guard let name = variable["name"]?.string, !name.isEmpty, !name.contains("=") else {
                throw exec.failure(": exec.env holds an entry without a usable name")
            }
            guard let value = (variable["value"] ?? "").isNull ? "" : (variable["value"] ?? "").string else {
                throw exec.failure(": exec.env: the value of \(name) is no text: put it in quotes")
            }
            plugin.variables.append((name, value))
        }
        plugin.installHint = try exec.text("installHint")
        if try exec.flag("provideClusterInfo") { plugin.cluster = try clusterInfo(cluster, endpoint) }
        return plugin
    }

    /// `spec.cluster` of what a plug-in is told.
    private func clusterInfo(_ cluster: KubeConfigEntry, _ endpoint: CurlEndpoint) throws -> JSONValue {
        var info: JSONObject = ["server": .string(try cluster.text("server") ?? "")]
        for field in ["tls-server-name", "proxy-url"] {
            if let text = try cluster.text(field) { info[field] = .string(text) }
        }
        for field in ["insecure-skip-tls-verify", "disable-compression"] where try cluster.flag(field) {
            info[field] = true
        }
        if let bundle = endpoint.certificateAuthority {
            info["certificate-authority-data"] = .string(Base64.encode(bundle))
        }
        let extensions = try cluster.list("extensions")
        if let own = extensions.first(where: { $0["name"]?.string == "client.authentication.k8s.io/exec" }) {
            info["config"] = own["extension"]
        }
        return .object(info)
    }
}
