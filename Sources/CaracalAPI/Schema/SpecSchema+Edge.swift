import KubeModel

extension Schema {
    static let exposure = Schema.object(
        "Public hosts. Only the paths meant for clients are routed.",
        [
            (
                "ingress",
                .object("Route with an Ingress.", [("className", .string("Ingress class. Example: nginx", max: 253))])
            ),
            (
                "gatewayAPI",
                .object(
                    "Route with Gateway API HTTPRoutes.", required: ["parentRefs"],
                    [
                        (
                            "parentRefs",
                            .list(
                                "Gateways to attach to.", max: 4, min: 1,
                                of: .object(
                                    "A Gateway.", required: ["name"],
                                    [
                                        ("name", .objectName("Its name.")),
                                        ("namespace", .objectName("Default: this namespace.")),
                                        ("sectionName", .string("Listener.", max: 253)),
                                    ]))
                        )
                    ])
            ),
            ("peers", .peers("The ingress controller's pods: who may connect to exposed components.")),
            (
                "annotations",
                Schema.map("Annotations for the Ingress or HTTPRoutes.")
                    .rule(
                        "self.all(k, !k.contains('snippet'))",
                        "snippet annotations inject raw proxy configuration and are not accepted"
                    )
                    .rule(
                        "self.all(k, !k.endsWith('ssl-redirect') || self[k] != 'false')",
                        "redirection to https must stay on: remove the ssl-redirect annotation")
            ),
            ("web", .host("the console")), ("sts", .host("STS (token issuer)")), ("gateway", .host("the gateway")),
            ("api", .host("the admin API")), ("coordinator", .host("the coordinator")),
        ]
    )
    .rule("!has(self.ingress) || !has(self.gatewayAPI)", "choose one of ingress and gatewayAPI")
    .rule(
        "!(has(self.web) || has(self.sts) || has(self.gateway) || has(self.api) || has(self.coordinator)) || (has(self.peers) && (has(self.ingress) || has(self.gatewayAPI)))",
        "exposed hosts need ingress or gatewayAPI, and peers that select the ingress controller's pods")

    private static func provider(_ name: String) -> Schema {
        .object(
            "Sign in with \(name); client id and secret come from the runtime Secret.", required: ["peers"],
            [("peers", .peers("Where \(name) is reached. Ports default to 443."))])
    }

    static let web = Schema.object(
        "The web console.",
        [
            ("publicURL", .url("Origin of the console. Default: https and exposure.web.host.")),
            (
                "extraOrigins",
                .set(
                    "More browser origins for a split deployment.", max: 8,
                    of: .string("Example: https://app.example.com", max: 253, pattern: "^https://[^/\\s]+$"))
            ),
            (
                "signIn",
                .object(
                    "How operators sign in.",
                    [
                        ("github", provider("GitHub")), ("google", provider("Google")),
                        ("password", .boolean("Sign-up with a password; needs smtp. Default false.")),
                    ])
            ),
            (
                "smtp",
                .object(
                    "Mail; the URL is smtpUrl of the runtime Secret.", required: ["from", "peers"],
                    [
                        ("from", .string("Sender address.", max: 320)),
                        ("peers", .peers("The relay. Ports default to 587.")),
                    ])
            ),
            (
                "allowlist",
                .set(
                    "Who may sign in: addresses or @domains, lower case.", max: 64,
                    of: .string("Example: @example.com", max: 320, pattern: "^[^A-Z\\s,]*@[^A-Z\\s,]+$"))
            ),
        ]
    )
    .rule(
        "!has(self.signIn) || !has(self.signIn.password) || !self.signIn.password || has(self.smtp)",
        "password sign-up sends mail: set smtp, or signIn.password: false")

    private static let bareHosts = Schema.string("Host name alone.", max: 253, min: 1)

    static let sts = Schema.object(
        "The security token service.",
        [
            ("issuerURL", .url("Issuer in tokens. Default: https and exposure.sts.host.")),
            (
                "privateEgressHosts",
                .set("Exact host names in private ranges that sts and api may call.", max: 32, of: bareHosts)
            ),
            (
                "providers",
                .object(
                    "OAuth and OIDC providers.", required: ["peers"],
                    [("peers", .peers("Where they are reached. Ports default to 443."))])
            ),
        ]
    )
    .rule(
        "!has(self.issuerURL) || !self.issuerURL.contains('?') && !self.issuerURL.contains('#') && !self.issuerURL.contains('@')",
        "issuerURL may not have user info, query or fragment", at: ".issuerURL")

    static let gateway = Schema.object(
        "The governed proxy.",
        [
            (
                "tls",
                .object(
                    "Serve TLS from files; probes and scrapes switch to https. The certificate must also name <metadata.name>-gateway.",
                    required: ["secretName"],
                    [("secretName", .objectName("A kubernetes.io/tls Secret in this namespace."))])
            ),
            (
                "upstreams",
                .object(
                    "What the gateway may call.",
                    [
                        (
                            "allowedHosts",
                            Schema.set(
                                "Exact host names, lower case. Empty means every host that peers admit.", max: 64,
                                of: bareHosts
                            )
                            .rule(
                                "self.all(h, !h.contains('://'))",
                                "an allowed host is a host name without scheme: it could never match"
                            )
                            .rule(
                                "self.all(h, !h.contains('*'))",
                                "allowed hosts are compared exactly: a wildcard could never match"
                            )
                            .rule(
                                "self.all(h, !h.endsWith('.'))", "an allowed host with a trailing dot could never match"
                            )
                            .rule(
                                "self.all(h, !h.contains('/') && !h.matches('^[^:]*:[0-9]+$'))",
                                "an allowed host is a host name without port or path: it could never match")
                        ),
                        ("peers", .peers("Where upstreams are reached. Ports default to 443.")),
                    ])
            ),
        ])

    static let audit = Schema.object(
        "The audit trail.",
        [
            ("retentionDays", .integer("Default 365.", 1...3650)),
            (
                "export",
                .object(
                    "Hourly Parquet export.",
                    [
                        (
                            "s3",
                            .object(
                                "An S3 bucket.", required: ["bucket", "peers"],
                                [
                                    ("bucket", .string("Its name.", max: 63, min: 3)),
                                    ("region", .string("Default us-east-1.", max: 63)),
                                    ("endpoint", .url("For stores other than AWS; path style.")),
                                    ("peers", .peers("Where it is reached. Ports default to 443.")),
                                    (
                                        "cloudIdentity",
                                        .string(
                                            "Where credentials come from. PodIdentity opens 169.254.170.23:80 for audit; ServiceAccount uses serviceAccountAnnotations (IRSA).",
                                            oneOf: ["None", "PodIdentity", "ServiceAccount"])
                                    ),
                                ])
                        )
                    ])
            ),
        ])

    static let observability = Schema.object(
        "Logs, traces, metrics.",
        [
            ("logLevel", .string("Default info.", oneOf: ["debug", "info", "warn", "error"])),
            (
                "otlp",
                Schema.object(
                    "Traces over OTLP/HTTP.", required: ["endpoint", "peers"],
                    [
                        ("endpoint", .url("Base URL. Example: http://otel.obs:4318")),
                        ("peers", .peers("The collector. Ports default to the endpoint's.")),
                    ]
                )
                .rule(
                    "!self.endpoint.matches('^https?://[^/]*:4317(/.*)?$')",
                    "port 4317 is OTLP over gRPC, which Caracal does not speak: use the HTTP port, usually 4318",
                    at: ".endpoint")
            ),
            (
                "metrics",
                .object(
                    "Prometheus.",
                    [
                        ("peers", .peers("Prometheus pods: who may scrape.")),
                        (
                            "serviceMonitor",
                            .object(
                                "Make ServiceMonitors that carry the bearer.",
                                [("labels", .map("Labels your Prometheus selects by."))])
                        ),
                        (
                            "rules",
                            .object(
                                "Make a PrometheusRule with Caracal's alerts.",
                                [("labels", .map("Labels your Prometheus selects by."))])
                        ),
                    ])
            ),
        ])
}
