/// The hardened defaults. They live here and not in the CRD, where a GitOps tool would see them as drift.
extension CaracalSpec {
    package var platformOrDefault: Platform { platform ?? .kubernetes }
    package var databasePort: Int32 { database.port ?? 5432 }
    package var databaseName: String { database.name ?? "caracal" }
    package var databaseTLS: TLSVerification { database.tls ?? .verifyFull }
    package var redisPort: Int32 { redis.port ?? 6379 }
    package var isControlEnabled: Bool { control?.enabled ?? false }
    package var controlAudience: String { control?.audience ?? "caracal-control" }
    package var logLevel: String { observability?.logLevel ?? "info" }
    package var retentionDays: Int32 { audit?.retentionDays ?? 365 }
    package var isPaused: Bool { paused ?? false }
    package var migrationPolicy: Migrations.Policy { database.migrations?.policy ?? .auto }
    package var migrationHost: String { database.migrations?.host ?? database.host }
    package var migrationPort: Int32 { database.migrations?.port ?? databasePort }
    package var migrationUser: String { database.migrations?.adminUser ?? "postgres" }

    /// `https://<exposure.web.host>` unless said otherwise; nil where the console has no public address.
    package var publicURL: String? { web?.publicURL ?? exposure?.web.map { "https://\($0.host)" } }

    /// The address clients see as the token issuer.
    package var issuerURL: String? { sts?.issuerURL ?? exposure?.sts.map { "https://\($0.host)" } }

    package func settings(_ component: String) -> ComponentSettings { components?[component] ?? ComponentSettings() }

    package func replicas(_ component: String) -> Int32 { settings(component).replicas ?? 2 }
    package func isPaused(_ component: String) -> Bool { settings(component).paused ?? false }

    /// Where a key of the runtime Secret really is.
    package func location(ofKey name: String) -> SecretReference {
        if name == "postgresPassword", let admin = database.migrations?.adminPassword { return admin }
        let moved = secrets.keys?.first { $0.name == name }
        return SecretReference(secretName: moved?.secretName ?? secrets.runtimeSecretName, key: moved?.key ?? name)
    }
}
