/// A switch in the spec that an environment variable, secret key or edge depends on. Rendering decides each from the
/// spec in one place.
package enum Feature: String, Sendable, CaseIterable {
    case always
    case control
    case tracing
    case gatewayTLS
    case trustBundle
    case signIn
    case github
    case google
    case mail
    case password
    case auditExport
    case podIdentity
    case allowlist
    case noAllowlist
    case metrics
    case providers
    case upstreams
}

/// A value that only the spec or the cluster knows, by name.
package enum Setting: String, Sendable, CaseIterable {
    case mode
    case version
    case port
    case logLevel
    case publicURL
    case trustedOrigins
    case sameSite
    case issuerURL
    case upstreamHosts
    case privateEgressHosts
    case otlpEndpoint
    case controlAudience
    case controlJWKSURL
    case retentionDays
    case exportBucket
    case exportRegion
    case exportEndpoint
    case mailFrom
    case caBundleFile
    case caBundleDirectory
    case tlsCertificateFile
    case tlsKeyFile
    case allowlistFile
    case allowlistEmails
    case controlGateFile
    case migrationHost
    case migrationPort
    case migrationUser
    case databaseName
    case postgresSSLMode
    case postgresRootCertificate
    case authDatabaseSSL
}
