import KubeModel

extension Schema {
    static let status = Schema.object(
        "What the operator observed. Written only when it changes; everything but the migration ledger can be rebuilt.",
        [
            ("observedGeneration", Schema.integer64("Generation of the spec this status speaks of.")),
            (
                "conditions",
                .list(
                    "Standard conditions. Page on Available; wait for Ready.", max: 16, keys: ["type"],
                    of: .object(
                        "One aspect.", required: ["type", "status", "lastTransitionTime", "reason", "message"],
                        [
                            ("type", .string("Which aspect.", max: 316)),
                            ("status", .string("True, False or Unknown.", oneOf: ["True", "False", "Unknown"])),
                            ("observedGeneration", .integer64("Generation it was judged at.")),
                            ("lastTransitionTime", .dateTime("When status last changed.")),
                            ("reason", .string("One word, from the documented list.", max: 128)),
                            ("message", .string("Which object, why, and the next command.", max: 1024)),
                        ]))
            ),
            ("version", .string("Release every component runs; the old one until the last has moved.", max: 64)),
            ("targetVersion", .string("Release asked for.", max: 64)),
            ("readyComponents", .string("Ready and wanted, as 6/6.", max: 16)),
            ("mode", .string("Mode that is running.", max: 16)),
            (
                "components",
                .list(
                    "Each component.", max: 32, keys: ["name"],
                    of: .object(
                        "A component.", required: ["name"],
                        [
                            ("name", .string("Its name.", max: 63)), ("ready", .integer("Ready pods.", 0...100000)),
                            ("desired", .integer("Wanted pods.", 0...100000)),
                            ("updated", .integer("Pods of the current template.", 0...100000)),
                            ("image", .string("Image of the workload.", max: 512)),
                            ("version", .string("Release of the workload.", max: 64)),
                            ("notReady", .string("Why, in the service's own word.", max: 63)),
                            (
                                "lastFailure",
                                .object(
                                    "Newest failure of a pod.",
                                    [
                                        ("pod", .string("Pod.", max: 253)),
                                        ("reason", .string("Kubernetes' or our reading of it.", max: 128)),
                                        ("exitCode", .integer("Exit code.", -1...255)),
                                        ("reading", .string("What its last words mean, and where to look.", max: 256)),
                                    ])
                            ),
                        ]))
            ),
            (
                "operation",
                .object(
                    "What is under way.",
                    [
                        ("kind", .string("Install, Upgrade, Configure or SecretRotation.", max: 32)),
                        ("wave", .string("Components whose turn it is.", max: 253)),
                        ("waitingFor", .string("What the next step waits for.", max: 512)),
                        ("since", .dateTime("When it began.")),
                    ])
            ),
            (
                "migrations",
                .list(
                    "Ledger of schema changes; it, not the Job, says what ran.", max: 8, keys: ["job"],
                    of: .object(
                        "The last run of a job.", required: ["job"],
                        [
                            ("job", .string("migrate or auth-migrate.", max: 63)),
                            ("release", .string("Release it was run for.", max: 64)),
                            ("image", .string("Image that ran.", max: 512)),
                            ("inputs", .string("Keyed fingerprint of the passwords it set.", max: 128)),
                            ("completedAt", .dateTime("When it finished.")),
                        ]))
            ),
            (
                "skippedKinds",
                .set(
                    "Kinds this cluster does not have, which are therefore not made.", max: 16,
                    of: .string("A kind.", max: 128))
            ),
            ("secrets", secretEvidence),
            ("hardening", hardeningReport),
        ])

    private static let secretEvidence = Schema.list(
        "Rotation evidence: per key its content, since when, and how far its readers are.", max: 48, keys: ["key"],
        of: .object(
            "", required: ["key"],
            [
                ("key", .string("Key.", max: 63)), ("secret", .string("Secret it is in.", max: 253)),
                ("fingerprint", .string("Keyed digest of the content.", max: 64)),
                ("firstSeen", .dateTime("When this content was first seen.")),
                ("consumers", .list("Who reads it.", of: .string("", max: 63))),
                ("current", .integer("Pods started with this content.", 0...1_000_000)),
                ("total", .integer("Pods of the consumers.", 0...1_000_000)),
                ("completedAt", .dateTime("When the last pod had it.")),
                ("previous", .string("Digest of what was there before, until then.", max: 64)),
            ]))

    private static func findings(_ doc: String, _ more: (String, Schema)...) -> Schema {
        .list(
            doc, max: 48,
            of: .object(
                "",
                [
                    ("rule", .string("Rule id.", max: 63)), ("object", .string("Where.", max: 317)),
                    ("message", .string("What, and what to do.", max: 512)),
                ] + more))
    }

    private static let hardeningReport = Schema.object(
        "Caracal's production hardening checklist, ticked.",
        [
            ("summary", .string("Counts of rules.", max: 128)),
            (
                "checklist",
                .list(
                    "The page's rows.", max: 16, keys: ["area"],
                    of: .object(
                        "", required: ["area"],
                        [
                            ("area", .string("Row.", max: 63)),
                            ("result", .string("Passed, Waived or Failed.", max: 16)),
                            ("because", .string("Rules that make it so.", max: 512)),
                        ]))
            ),
            ("passed", .list("Rules that hold.", max: 96, of: .string("", max: 63))),
            (
                "failed",
                findings(
                    "Breaches.", ("holds", .boolean("true: a change is held because of it; what runs is as it was.")))
            ),
            ("notices", findings("Worth knowing.")),
            (
                "waived",
                .list(
                    "Breaches that waivers cover.", max: 32,
                    of: .object(
                        "",
                        [
                            ("rule", .string("Rule id.", max: 63)), ("object", .string("Where.", max: 317)),
                            ("reason", .string("The waiver's.", max: 256)),
                            ("until", .string("Its last day.", max: 10)),
                        ]))
            ),
        ])
}
