/// What the end of a container's log means, where the catalog knows: a word for status, and what to look at. The text
/// itself is never copied: it may hold anything.
///
/// From caracal-runtime.md §0, §5, §8, and the clients' own messages (libpq, pgx, node-postgres, ioredis, Node and Go).
package struct LastWords: Sendable {
    /// In lower case; any of them.
    package var patterns: [String]
    package var reason: String
    package var hint: String

    private init(_ reason: String, _ hint: String, _ patterns: String...) {
        self.reason = reason
        self.hint = hint
        self.patterns = patterns
    }

    /// The first that matches; more telling ones come first.
    package static func read(_ text: String) -> LastWords? {
        let text = text.lowercased()
        return all.first { words in words.patterns.contains { text.contains($0) } }
    }

    package static let all: [LastWords] = [
        LastWords(
            "RolesExist", "another Caracal uses this Postgres cluster (trap 3): give each its own",
            "role \"caracalapi\" already exists"),
        LastWords(
            "BaselineRewritten", "the database is of an earlier generation (trap 1): use a new one",
            "column \"rejected_at\" does not exist"),
        LastWords(
            "NotSuperuser", "the migration login must be a Postgres superuser (trap 2)", "must be superuser",
            "permission denied to alter role", "permission denied to create role"),
        LastWords(
            "PostgresTooOld", "PostgreSQL 17 or newer is needed (trap 2)",
            "unrecognized configuration parameter \"transaction_timeout\""),
        LastWords(
            "PasswordRefused", "the login or password of a database URL is wrong", "password authentication failed",
            "wrongpass", "noauth authentication required", "invalid username-password pair"),
        LastWords(
            "CertificateNotTrusted", "the datastore's certificate has a CA the image does not know: trust.caBundles",
            "self-signed certificate", "self signed certificate", "unable to verify the first certificate",
            "certificate signed by unknown authority", "unable_to_get_issuer_cert", "certificate verify failed"),
        LastWords(
            "CertificateNameMismatch", "the datastore's certificate does not name the host of the URL",
            "x509: certificate is valid for", "err_tls_cert_altname_invalid", "does not match host name"),
        LastWords(
            "TLSRefused", "the datastore does not speak TLS, or only TLS", "server does not support ssl",
            "no pg_hba.conf entry", "the server does not support ssl connections"),
        LastWords(
            "HostNotFound",
            "a host name does not resolve: the URL, or DNS egress (caracal-operator explain <component> dns)",
            "no such host", "enotfound", "eai_again", "could not translate host name"),
        LastWords(
            "ConnectionTimedOut",
            "nothing answers: usually a NetworkPolicy (caracal-operator explain <component> database)",
            "i/o timeout", "etimedout", "connection timed out", "context deadline exceeded"),
        LastWords(
            "ConnectionRefused", "the host answers, and nothing listens on the port", "connection refused",
            "econnrefused"),
        LastWords(
            "TooManyConnections", "Postgres has no connection left: database.maxConnections",
            "too many clients already",
            "remaining connection slots are reserved"),
        LastWords(
            "SchemaNotMigrated", "the schema is not this release's: are the migrations done?", "relation \"",
            "schema probe",
            "undefined_table"),
        LastWords(
            "ReplayVolumeNotWritable", "the replay volume cannot be written: fsGroup, storage class",
            "audit-replay: permission denied", "mkdir /var/lib/caracal"),
        LastWords(
            "ReadOnlyFilesystem", "it writes where nothing may be written", "read-only file system", "erofs"),
        LastWords(
            "KeyRefused", "a key has a shape the service refuses: condition PreflightPassed says which", "_hmac_key",
            "secret_store_kek", "zone_kek"),
        LastWords(
            "ConfigurationRefused", "a variable is missing or cannot be read", "is required", "must be set",
            "invalid configuration", "failed to parse"),
        LastWords("HeapExhausted", "memory limit: components.<name>.resources", "javascript heap out of memory"),
    ]
}
