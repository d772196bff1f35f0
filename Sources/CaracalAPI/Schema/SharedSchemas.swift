import KubeModel

extension Schema {
    static let dnsName = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"

    static func hostName(_ doc: String) -> Schema { .string(doc, max: 253, min: 1, pattern: dnsName) }
    static func objectName(_ doc: String) -> Schema { .string(doc, max: 253, min: 1, pattern: dnsName) }
    static func url(_ doc: String) -> Schema { .string(doc, max: 512, pattern: "^https?://[^\\s]+$") }

    static func selector(_ doc: String) -> Schema {
        .object(
            doc, required: [],
            [
                ("matchLabels", .map("Labels.", max: 16, valueMax: 63)),
                (
                    "matchExpressions",
                    .list(
                        "All must hold.", max: 8,
                        of: .object(
                            "", required: ["key", "operator"],
                            [
                                ("key", .string("Label.", max: 317)),
                                (
                                    "operator",
                                    .string("How to compare.", oneOf: ["In", "NotIn", "Exists", "DoesNotExist"])
                                ),
                                ("values", .list("For In and NotIn.", of: .string("", max: 63))),
                            ]))
                ),
            ])
    }

    static let ports = Schema.list(
        "Pod ports, after DNAT. Example: [{port: 443}]", max: 8, min: 1,
        of: .object(
            "", required: ["port"],
            [
                ("port", .intOrString("Number or name.")),
                ("endPort", .integer("Last port of a range.", 1...65535)),
                ("protocol", .string("Default TCP.", oneOf: ["TCP", "UDP", "SCTP"])),
            ]))

    static func peers(_ doc: String, min: Int? = 1) -> Schema {
        .list(
            doc, max: 8, min: min,
            of: Schema.object(
                "A NetworkPolicyPeer and its ports.",
                [
                    (
                        "ipBlock",
                        .object(
                            "An address range.", required: ["cidr"],
                            [
                                ("cidr", .string("Example: 10.0.0.0/16", max: 43)),
                                ("except", .list("Ranges that stay closed.", of: .string("", max: 43))),
                            ])
                    ),
                    ("namespaceSelector", .selector("Namespaces by label.")),
                    ("podSelector", .selector("Pods by label.")),
                    (
                        "scope",
                        .string(
                            "Every public address.",
                            oneOf: ["Internet"])
                    ),
                    ("ports", ports),
                ]
            )
            .rule(
                "has(self.scope) ? !has(self.ipBlock) && !has(self.namespaceSelector) && !has(self.podSelector) : (has(self.ipBlock) != (has(self.namespaceSelector) || has(self.podSelector)))",
                "a peer is one of: scope, ipBlock, or namespaceSelector and/or podSelector"))
    }

    static func host(_ component: String) -> Schema {
        Schema.object(
            "Public host of \(component); TLS is required.",
            required: ["host"],
            [
                ("host", .hostName("Host name without scheme or port. Example: caracal.example.com")),
                (
                    "tls",
                    Schema.object(
                        "Where TLS is terminated.",
                        [
                            ("secretName", .objectName("A kubernetes.io/tls Secret in this namespace.")),
                            (
                                "external",
                                .object(
                                    "TLS is terminated outside this cluster's edge.", required: ["reason"],
                                    [("reason", .string("By what. Example: ACM on the ALB", max: 256, min: 1))])
                            ),
                        ]
                    )
                    .rule("has(self.secretName) != has(self.external)", "set either secretName or external.reason")
                ),
            ]
        )
        .rule(
            "has(self.tls)",
            "an exposed host needs TLS: set tls.secretName, or tls.external.reason if a load balancer terminates it")
    }
}
