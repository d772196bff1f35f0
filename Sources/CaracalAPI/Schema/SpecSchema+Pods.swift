import KubeModel

extension Schema {
    private static let requiredPorts = "an extra rule needs at least one peer and one port"

    static func networkPolicy(_ names: CatalogNames) -> Schema {
        let component = Schema.string("Component the rule is for.", oneOf: names.components)
        func extra(_ field: String, _ doc: String) -> Schema {
            .list(
                doc, max: 16,
                of: Schema.object(
                    "A rule.", required: ["component"],
                    [("component", component), (field, .peers("Peers.", min: nil)), ("ports", ports)]
                )
                .rule(
                    "has(self.\(field)) && self.\(field).size() > 0 && has(self.ports) && self.ports.size() > 0",
                    requiredPorts))
        }
        return .object(
            "Additions to the derived NetworkPolicies. Policies only ever add up: nothing here can close what an edge opens.",
            [
                (
                    "dns",
                    .object(
                        "Where DNS is. Default: kube-dns pods and NodeLocal's 169.254.20.10.", required: ["peers"],
                        [("peers", .peers("Ports default to 53, UDP and TCP."))])
                ),
                ("extraIngress", extra("from", "More who may connect to a component.")),
                (
                    "extraEgress",
                    extra(
                        "to",
                        "More that a component may connect to. Link-local, metadata and loopback ranges stay closed.")
                ),
            ])
    }

    static let podDefaults = Schema.object(
        "For the pods of every component and job.",
        [
            ("priorityClassName", .objectName("PriorityClass.")),
            ("nodeSelector", .map("Node labels.", max: 16, valueMax: 63)),
            ("tolerations", .list("Tolerations, as in a Pod.", max: 16, of: .open("A toleration."))),
            ("zoneSpread", .string("Default ScheduleAnyway.", oneOf: ["ScheduleAnyway", "DoNotSchedule"])),
            ("labels", .map("Extra pod labels.", max: 16, valueMax: 63)),
            ("annotations", .map("Extra pod annotations.", max: 16)),
        ])

    static func components(_ names: CatalogNames) -> Schema {
        .object("Settings per component.", names.components.map { ($0, component($0, names.tunables[$0] ?? [])) })
    }

    private static func component(_ name: String, _ tunables: [String]) -> Schema {
        Schema.object(
            "Settings of \(name).",
            [
                (
                    "replicas",
                    .integer("Default 2. Not applied while an autoscaler owns it. 0 stops the component.", 0...1000)
                ),
                (
                    "resources",
                    .object(
                        "Requests and limits, by resource; what is not named keeps its default.",
                        [("requests", .quantities("Requests.")), ("limits", .quantities("Limits."))])
                ),
                (
                    "autoscaling",
                    Schema.object(
                        "A HorizontalPodAutoscaler.",
                        [
                            (
                                "enabled",
                                .boolean(
                                    "Default: on, but off for sts and gateway, whose scale-in strands audit evidence.")
                            ),
                            ("minReplicas", .integer("Default 2.", 1...1000)),
                            ("maxReplicas", .integer("Default per component.", 1...1000)),
                            ("cpuUtilization", .integer("Percent of the request.", 1...1000)),
                            ("memoryUtilization", .integer("Percent of the request.", 1...1000)),
                        ]
                    )
                    .rule(
                        "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
                        "minReplicas must not be greater than maxReplicas")
                ),
                (
                    "disruption",
                    .object(
                        "PodDisruptionBudget.",
                        [("maxUnavailable", .intOrString("Default 1. Never 0: a drain must always be possible."))])
                ),
                (
                    "replay",
                    .object(
                        "The audit replay volume (sts, gateway). Fixed at creation.",
                        [
                            ("storageClassName", .string("Default: the cluster's.", max: 253)),
                            (
                                "size",
                                .string(
                                    "Default 1Gi.", max: 32, pattern: "^[0-9]+(\\.[0-9]+)?(k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$")
                            ),
                        ])
                ),
                ("serviceAccountAnnotations", .map("For cloud identities.", max: 8)),
                (
                    "env",
                    .list(
                        "Tuning variables of Caracal.", max: 32, keys: ["name"],
                        of: .object(
                            "A variable.", required: ["name", "value"],
                            [
                                (
                                    "name",
                                    tunables.isEmpty
                                        ? .string("Name.", oneOf: [""])
                                        : .string("One of the documented tunables.", oneOf: tunables)
                                ),
                                ("value", .string("Value.", max: 4096)),
                            ]))
                ),
                ("podLabels", .map("Extra pod labels.", max: 16, valueMax: 63)),
                ("paused", .boolean("true: this component's workload is left as it is. Default false.")),
            ]
        )
        .rule(
            "!has(self.disruption) || !has(self.disruption.maxUnavailable) || (string(self.disruption.maxUnavailable) != '0' && string(self.disruption.maxUnavailable) != '0%')",
            "maxUnavailable 0 blocks every drain: use 1 or more")
    }

    static func hardening(_ names: CatalogNames) -> Schema {
        .object(
            "Exceptions from the hardening rules.",
            [
                (
                    "waivers",
                    .list(
                        "Rules that may be broken, and why.", max: 16,
                        of: .object(
                            "A waiver.", required: ["rule", "reason"],
                            [
                                ("rule", .string("Rule id.", oneOf: names.rules)),
                                ("component", .string("Only this component. Default: all.", max: 63)),
                                ("reason", .string("Shown in status.", max: 256, min: 1)),
                                (
                                    "until",
                                    .string(
                                        "Last day, as 2027-01-31. Default: no end.", max: 10,
                                        pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
                                ),
                            ]))
                )
            ])
    }
}
