import KubeModel

/// What the CRD needs to know of the catalog.
package struct CatalogNames: Sendable {
    package var releases: [String]
    package var components: [String]
    package var tunables: [String: [String]]
    package var images: [String]
    package var secretKeys: [String]
    package var rules: [String]
    /// Releases whose console refuses to start without a way to sign in.
    package var signInReleases: [String]

    package init(
        releases: [String], components: [String], tunables: [String: [String]], images: [String], secretKeys: [String],
        rules: [String], signInReleases: [String]
    ) {
        self.releases = releases
        self.components = components
        self.tunables = tunables
        self.images = images
        self.secretKeys = secretKeys
        self.rules = rules
        self.signInReleases = signInReleases
    }
}

extension Schema {
    static func spec(_ names: CatalogNames) -> Schema {
        Schema.object(
            "What this instance of Caracal should be.",
            required: ["mode", "version", "secrets", "database", "redis"],
            [
                (
                    "mode",
                    .string(
                        "Trust boundary. stable for production, rc for staging (equally strict), dev for laptops only.",
                        oneOf: ["stable", "rc", "dev"])
                ),
                (
                    "version",
                    .string(
                        "Release of Caracal, without v. Changing it is an upgrade; only known paths are taken. Example: 1.0.0",
                        oneOf: names.releases)
                ),
                (
                    "platform",
                    .string(
                        "Default Kubernetes. OpenShift leaves UID and fsGroup to the SCC and expects DNS pods on port 5353.",
                        oneOf: ["Kubernetes", "OpenShift"])
                ),
                ("images", images(names)),
                ("trust", trust),
                ("secrets", secrets(names)),
                ("database", database),
                ("redis", redis),
                ("control", control),
                ("exposure", exposure),
                ("web", web),
                ("sts", sts),
                ("gateway", gateway),
                ("audit", audit),
                ("observability", observability),
                ("networkPolicy", networkPolicy(names)),
                ("podDefaults", podDefaults),
                ("components", components(names)),
                ("hardening", hardening(names)),
                (
                    "paused",
                    .boolean("true: the operator writes nothing for this instance but its status. Default false.")
                ),
            ]
        )
        .rule(
            "self.mode != 'stable' || !self.version.contains('-rc')",
            "mode stable needs a stable release: choose a version without -rc, or mode rc", at: ".version"
        )
        .rule(
            "self.mode == 'dev' || (has(self.exposure) && has(self.exposure.web)) || (has(self.web) && has(self.web.publicURL))",
            "rc and stable need the console's public https address: set exposure.web.host, or web.publicURL"
        )
        .rule(
            "self.mode == 'dev' || !has(self.web) || !has(self.web.publicURL) || self.web.publicURL.startsWith('https://')",
            "rc and stable need an https web.publicURL"
        )
        .rule(
            "self.mode == 'dev' || !has(self.sts) || !has(self.sts.issuerURL) || self.sts.issuerURL.startsWith('https://')",
            "rc and stable need an https sts.issuerURL"
        )
        .rule(
            "self.mode == 'dev' || !(self.version in [\(names.signInReleases.map { "'\($0)'" }.joined(separator: ", "))]) || (has(self.web) && (has(self.web.smtp) || (has(self.web.signIn) && (has(self.web.signIn.github) || has(self.web.signIn.google)))))",
            "nobody could sign in, and the console would not start: set web.signIn.github, web.signIn.google or web.smtp"
        )
        .rule(
            "self.mode == 'dev' || ((!has(self.database.tls) || self.database.tls != 'Disable') && (!has(self.redis.tls) || self.redis.tls != 'Disable')) || (has(self.hardening) && has(self.hardening.waivers) && self.hardening.waivers.exists(w, w.rule == 'datastore-tls'))",
            "tls: Disable sends credentials in the clear: remove it, or add a hardening waiver for rule datastore-tls")
    }

    private static func images(_ names: CatalogNames) -> Schema {
        .object(
            "Where images come from.",
            [
                (
                    "registry",
                    .string(
                        "Registry and path that hold the caracal-* images. Default ghcr.io/garudex-labs. Example: mirror.corp/caracal",
                        max: 253, pattern: "^[a-z0-9][a-z0-9._/:-]*[a-z0-9]$")
                ),
                (
                    "pullPolicy",
                    .string(
                        "Default IfNotPresent with a digest, Always without.",
                        oneOf: ["Always", "IfNotPresent", "Never"])
                ),
                (
                    "pullSecrets",
                    .list(
                        "Secrets of type dockerconfigjson.", max: 8,
                        of: .object("A Secret.", required: ["name"], [("name", .objectName("Its name."))]))
                ),
                (
                    "digests",
                    .list(
                        "Pins images by digest; tag and digest are both written.", max: 8, keys: ["image"],
                        of: .object(
                            "One image.", required: ["image", "digest"],
                            [
                                ("image", .string("Image name without registry.", oneOf: names.images)),
                                ("digest", .string("Example: sha256:4f5…", max: 71, pattern: "^sha256:[0-9a-f]{64}$")),
                            ]))
                ),
            ])
    }

    private static let trust = Schema.object(
        "Certificate authorities to trust besides the system's.",
        [
            (
                "caBundles",
                .list(
                    "ConfigMap with PEM certificates, mounted and wired into Node, Go and libpq. One file may hold many certificates.",
                    max: 1,
                    of: .object(
                        "A bundle.", required: ["configMapName"],
                        [
                            ("configMapName", .objectName("ConfigMap in this namespace.")),
                            ("key", .string("Key in it. Default ca.crt", max: 253)),
                        ]))
            )
        ])

    private static func secrets(_ names: CatalogNames) -> Schema {
        .object(
            "Where the keys are. Values are never copied; `caracal-operator keys` makes a Secret with proper ones.",
            required: ["runtimeSecretName"],
            [
                (
                    "runtimeSecretName",
                    .objectName(
                        "The Secret that holds every key not listed below. A new name is the safe way to change keys. Example: caracal-runtime"
                    )
                ),
                (
                    "keys",
                    .list(
                        "Keys that live in another Secret.", max: 32, keys: ["name"],
                        of: .object(
                            "A moved key.", required: ["name", "secretName"],
                            [
                                ("name", .string("Key of the runtime Secret.", oneOf: names.secretKeys)),
                                ("secretName", .objectName("Secret in this namespace.")),
                                ("key", .string("Key there. Default: the same name.", max: 253)),
                            ]))
                ),
            ])
    }

    private static let tls: Schema = .string(
        "Default VerifyFull. Disable needs mode dev or a hardening waiver.",
        oneOf: ["VerifyFull", "Require", "Disable"])

    private static let secretReference: [(String, Schema)] = [
        ("secretName", .objectName("Secret in this namespace.")), ("key", .string("Key in it.", max: 253)),
    ]

    private static let database = Schema.object(
        "The Postgres you bring (17 or newer). One Caracal per Postgres cluster: its roles are cluster-wide.",
        required: ["host", "peers"],
        [
            ("host", .hostName("Example: pg-rw.data.svc")),
            ("port", .integer("Default 5432.", 1...65535)),
            ("name", .string("Database. Default caracal.", max: 63)),
            ("authName", .string("Database of the console's sessions. Default caracal_auth.", max: 63)),
            ("tls", tls),
            (
                "maxConnections",
                .integer("What the server allows; the pools of all replicas are summed against it.", 10...100000)
            ),
            ("peers", .peers("Who may be reached as the database. Ports default to port.")),
            (
                "migrations",
                .object(
                    "How the schema is changed.",
                    [
                        (
                            "policy",
                            .string(
                                "Auto (default) runs the Jobs, Manual waits for an acknowledgement, External leaves it to you.",
                                oneOf: ["Auto", "Manual", "External"])
                        ),
                        ("host", .hostName("Address for migrations, past any pooler. Default: host.")),
                        ("port", .integer("Default: port.", 1...65535)),
                        ("adminUser", .string("A superuser. Default postgres.", max: 63)),
                        (
                            "adminPassword",
                            .object(
                                "Its password, unless it is postgresPassword of the runtime Secret.",
                                required: ["secretName", "key"], secretReference)
                        ),
                        ("peers", .peers("Who may be reached for migrations. Default: database.peers.")),
                    ])
            ),
        ])

    private static let redis = Schema.object(
        "The Redis you bring (streams, noeviction).", required: ["host", "peers"],
        [
            ("host", .hostName("Example: redis.data.svc")),
            ("port", .integer("Default 6379.", 1...65535)),
            ("database", .integer("Index. Default 0.", 0...1023)),
            ("tls", tls),
            ("peers", .peers("Who may be reached as Redis. Ports default to port.")),
        ])

    private static let control = Schema.object(
        "Control: the API's plugin for automation.",
        [
            ("enabled", .boolean("Default false.")),
            ("audience", .string("Audience of its tokens. Default caracal-control.", max: 253)),
        ])
}
