import CaracalAPI
import CaracalCatalog
import KubeModel

extension RenderContext {
    /// The environment of a component or job: derived variables, secret files, then the user's tuning, by name.
    package func environment(of reader: ComponentName) -> [EnvVar] {
        var variables: [EnvVar] = []
        for variable in catalog.environment
        where variable.readers.contains(reader) && variable.generations.contains(release.generation)
            && isOn(variable.when)
        {
            if let value = value(of: variable, for: reader) { variables.append(EnvVar(variable.name, value)) }
        }
        for key in secretKeys(of: reader) {
            for variable in key.variables { variables.append(EnvVar("\(variable)_FILE", SecretFiles.path(key.name))) }
        }
        let tunables = Set(catalog.tunables(of: reader))
        for extra in spec.settings(reader.rawValue).env ?? [] where tunables.contains(extra.name) {
            variables.append(EnvVar(extra.name, extra.value))
        }
        return variables.sorted { $0.name < $1.name }
    }

    private func value(of variable: EnvVariable, for reader: ComponentName) -> String? {
        switch variable.source {
        case .literal(let text): text
        case .service(let component): serviceURL(component)
        case .setting(let setting): value(of: setting, for: reader)
        case .secretFile(let key): SecretFiles.path(key)
        case .tunable: nil
        }
    }

    /// `http://prod-sts:8080`: one label, because the gateway refuses a dotted host over http (trap 8).
    func serviceURL(_ name: ComponentName) -> String? {
        catalog.component(name).map { "\(servesTLS($0) ? "https" : "http")://\(self.name(name)):\($0.port)" }
    }

    private func value(of setting: Setting, for reader: ComponentName) -> String? {
        switch setting {
        case .mode: spec.mode.rawValue
        case .version: release.version
        case .port: catalog.component(reader).map { String($0.port) }
        case .logLevel: spec.logLevel
        case .publicURL: spec.publicURL
        case .trustedOrigins: trustedOrigins
        case .sameSite: spec.web?.extraOrigins?.isEmpty == false ? "none" : "lax"
        case .issuerURL: issuerURL
        case .upstreamHosts: Self.list(spec.gateway?.upstreams?.allowedHosts)
        case .privateEgressHosts: Self.list(spec.sts?.privateEgressHosts)
        case .otlpEndpoint: spec.observability?.otlp?.endpoint
        case .controlAudience: spec.controlAudience
        case .controlJWKSURL: serviceURL(.sts).map { "\($0)/.well-known/jwks.json" }
        case .controlGateFile: "\(ControlGate.directory)/\(ControlGate.key)"
        case .retentionDays: String(spec.retentionDays)
        case .exportBucket: spec.audit?.export?.s3?.bucket
        case .exportRegion: spec.audit?.export?.s3?.region ?? "us-east-1"
        case .exportEndpoint: spec.audit?.export?.s3?.endpoint
        case .mailFrom: spec.web?.smtp?.from
        case .caBundleFile: TrustBundle.file
        case .caBundleDirectory: TrustBundle.directory
        case .tlsCertificateFile: "\(ServingCertificate.directory)/tls.crt"
        case .tlsKeyFile: "\(ServingCertificate.directory)/tls.key"
        case .allowlistFile: "\(Allowlist.directory)/\(Allowlist.key)"
        case .allowlistEmails: Self.list(spec.web?.allowlist)
        case .migrationHost: spec.migrationHost
        case .migrationPort: String(spec.migrationPort)
        case .migrationUser: spec.migrationUser
        case .databaseName: spec.databaseName
        case .postgresSSLMode: postgresSSLMode
        case .postgresRootCertificate: postgresRootCertificate
        case .authDatabaseSSL: authDatabaseSSL
        }
    }

    /// Clients compare the issuer with where they fetch keys; inside the cluster only, the Service will do.
    package var issuerURL: String {
        spec.issuerURL ?? "http://\(name(.sts)).\(key.namespace).svc:\(catalog.component(.sts)?.port ?? 8080)"
    }

    private var trustedOrigins: String? {
        guard let publicURL = spec.publicURL else { return nil }
        return ([publicURL] + (spec.web?.extraOrigins ?? [])).joined(separator: ",")
    }

    private var postgresSSLMode: String {
        switch spec.databaseTLS {
        case .verifyFull: "verify-full"
        case .require: "require"
        case .disable: "disable"
        }
    }

    /// libpq checks against nothing unless it is told against what; `system` means the image's own roots.
    private var postgresRootCertificate: String? {
        guard spec.databaseTLS == .verifyFull else { return nil }
        return isOn(.trustBundle) ? TrustBundle.file : "system"
    }

    private var authDatabaseSSL: String {
        switch spec.databaseTLS {
        case .verifyFull: "require"
        case .require: "no-verify"
        case .disable: "disable"
        }
    }

    private static func list(_ items: [String]?) -> String? {
        guard let items, !items.isEmpty else { return nil }
        return items.joined(separator: ",")
    }
}
