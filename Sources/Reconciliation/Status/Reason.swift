/// Every reason a condition can have. Closed: a wait without a reason cannot be written. The docs' table of reasons is
/// made from this list.
package enum Reason: String, Sendable, CaseIterable {
    // Ready
    case converged = "Converged"
    case pausedBySpec = "PausedBySpec"
    case invalidSpec = "InvalidSpec"
    case unknownUpgradePath = "UnknownUpgradePath"
    case secretMissing = "SecretMissing"
    case secretKeyMissing = "SecretKeyMissing"
    case secretMalformed = "SecretMalformed"
    case secretForbidden = "SecretForbidden"
    case preflightFailed = "PreflightFailed"
    case rotationAwaitsAcknowledgement = "RotationAwaitsAcknowledgement"
    case changeAwaitsAcknowledgement = "ChangeAwaitsAcknowledgement"
    case secretChurn = "SecretChurn"
    case podRejected = "PodRejected"
    case quotaExceeded = "QuotaExceeded"
    case migrationRunning = "MigrationRunning"
    case migrationFailed = "MigrationFailed"
    case migrationAwaitsApproval = "MigrationAwaitsApproval"
    case rollingOut = "RollingOut"
    case componentUnavailable = "ComponentUnavailable"
    case applyRejected = "ApplyRejected"
    case nameTaken = "NameTaken"
    case contested = "Contested"
    case rolloutQueued = "RolloutQueued"
    case immutableChange = "ImmutableChange"
    case deadlineExceeded = "DeadlineExceeded"
    // Other conditions
    case allServing = "AllServing"
    case notServing = "NotServing"
    case passed = "Passed"
    case certificateMissing = "CertificateMissing"
    case certificateInvalid = "CertificateInvalid"
    case certificateExpired = "CertificateExpired"
    case certificateExpiring = "CertificateExpiring"
    case endpointMismatch = "EndpointMismatch"
    case terminatedElsewhere = "TerminatedElsewhere"
    case upToDate = "UpToDate"
    case external = "External"
    case noFindings = "NoFindings"
    case findings = "Findings"
    case enforcementUnknown = "EnforcementUnknown"
    case active = "Active"
    case off = "Off"
    case idle = "Idle"

    /// What brought it about, and what to type next; `<name>` and `<namespace>` stand for the instance's.
    package var explanation: (cause: String, next: String) {
        switch self {
        case .converged: ("Everything is as the spec says.", "Nothing to do.")
        case .pausedBySpec:
            (
                "spec.paused is true: nothing is written for this instance.",
                "kubectl patch cdep <name> -n <namespace> --type merge -p '{\"spec\":{\"paused\":false}}'"
            )
        case .invalidSpec:
            ("The schema accepts the spec, but it cannot be rendered.", "kubectl edit cdep <name> -n <namespace>")
        case .unknownUpgradePath:
            (
                "No known path leads from the running release to spec.version; nothing was changed, no Job was started.",
                "Set spec.version to the running release or to a release it upgrades to; see the releases table."
            )
        case .secretMissing:
            ("A Secret that components read does not exist.", "caracal-operator keys -f <file> | kubectl apply -f -")
        case .secretKeyMissing:
            ("A Secret lacks a key that components read.", "kubectl edit secret <secret> -n <namespace>")
        case .secretMalformed:
            ("A key has a shape the services refuse at start.", "caracal-operator keys -f <file> prints proper ones.")
        case .secretForbidden:
            (
                "The operator may not read a Secret the spec names.",
                "caracal-operator rbac -f <file> | kubectl apply -f -"
            )
        case .preflightFailed:
            (
                "Something in the spec would keep a component from starting, or from being what production asks for.",
                "Change the field the message names; or go on all the same: kubectl annotate cdep <name> -n <namespace> caracal.run/acknowledge=<rule>@<generation> --overwrite"
            )
        case .rotationAwaitsAcknowledgement:
            (
                "A key has a new value that cannot take the old one's place without a loss; the message says which.",
                "Put the old value back, or: kubectl annotate cdep <name> -n <namespace> caracal.run/acknowledge=rotate-<key>@<fingerprint> --overwrite"
            )
        case .changeAwaitsAcknowledgement:
            (
                "The token issuer changes while clients hold tokens of the old one.",
                "Set it back, or: kubectl annotate cdep <name> -n <namespace> caracal.run/acknowledge=issuer-change@<generation> --overwrite"
            )
        case .secretChurn:
            (
                "A Secret changes again and again; its readers are not restarted any more for a while.",
                "Find what writes the Secret: kubectl get secret <secret> -n <namespace> -o yaml --show-managed-fields"
            )
        case .podRejected:
            (
                "The cluster would refuse the pods: Pod Security, a policy or a webhook; the message has its words.",
                "kubectl get namespace <namespace> --show-labels; kubectl get validatingadmissionpolicies"
            )
        case .quotaExceeded:
            (
                "The pods, with a roll-out's surge, ask for more than a quota or limit range of the namespace leaves.",
                "kubectl describe resourcequota,limitrange -n <namespace>"
            )
        case .certificateMissing:
            (
                "The edge names a TLS Secret that does not exist.",
                "kubectl create secret tls <secret> -n <namespace> --cert=<file> --key=<file>"
            )
        case .certificateInvalid:
            (
                "A certificate cannot be read, lacks its key, is out of order, or does not cover its host.",
                "kubectl get secret <secret> -n <namespace> -o jsonpath='{.data.tls\\.crt}' | base64 -d | openssl x509 -noout -text"
            )
        case .certificateExpired:
            ("A certificate ran out.", "Renew it; kubectl get certificate -n <namespace> where cert-manager does.")
        case .certificateExpiring:
            (
                "A certificate runs out within three weeks.",
                "Renew it; kubectl get certificate -n <namespace> where cert-manager does."
            )
        case .endpointMismatch:
            (
                "Two addresses that must agree differ: the message names both.",
                "kubectl edit cdep <name> -n <namespace>"
            )
        case .terminatedElsewhere: ("TLS ends outside this cluster's edge, as the spec says.", "Nothing to do here.")
        case .migrationRunning: ("A migration Job runs; workloads wait for it.", "kubectl get jobs -n <namespace>")
        case .migrationFailed:
            (
                "A migration Job failed; running workloads are left as they are.",
                "kubectl logs job/<job> -n <namespace>; delete the Job to try again."
            )
        case .migrationAwaitsApproval:
            (
                "database.migrations.policy is Manual.",
                "kubectl annotate cdep <name> -n <namespace> caracal.run/acknowledge=migrations@<generation> --overwrite"
            )
        case .rollingOut:
            (
                "Workloads move to the new template, wave by wave.",
                "kubectl get pods -n <namespace> -l app.kubernetes.io/instance=<name>"
            )
        case .componentUnavailable:
            (
                "A component has fewer ready pods than it should.",
                "kubectl describe pods -n <namespace> -l app.kubernetes.io/component=<component>"
            )
        case .applyRejected: ("The API server refused an object.", "Read the message: it is the server's own.")
        case .nameTaken:
            (
                "An object of somebody else has a name the instance needs.",
                "Rename or delete it; kubectl get <kind> <object> -n <namespace> -o yaml shows whose it is."
            )
        case .contested:
            (
                "Somebody takes back what the operator writes, again and again; it now writes seldom.",
                "Stop or reconfigure the manager the message names: kubectl get <kind> <object> -n <namespace> -o yaml --show-managed-fields"
            )
        case .rolloutQueued:
            (
                "Pods have to roll for a reason other than a change of the spec, and enough other instances roll already.",
                "Wait, or raise --concurrent-rollouts of the operator."
            )
        case .immutableChange:
            (
                "A field that cannot change on a live object differs.",
                "kubectl delete statefulset <statefulset> -n <namespace> --cascade=orphan (pods stay up; it is made anew)"
            )
        case .deadlineExceeded:
            ("A wait lasted longer than it may.", "kubectl describe cdep <name> -n <namespace> names what blocks.")
        case .allServing: ("Every component has a ready pod.", "Nothing to do.")
        case .notServing:
            ("A component has no ready pod.", "kubectl get pods -n <namespace> -l app.kubernetes.io/instance=<name>")
        case .passed: ("Every check passed.", "Nothing to do.")
        case .upToDate: ("The ledger has this release and these passwords.", "Nothing to do.")
        case .external: ("database.migrations.policy is External.", "Nothing to do here.")
        case .noFindings: ("No hardening rule is broken, or each break is waived.", "Nothing to do.")
        case .findings:
            (
                "Live objects break hardening rules.",
                "kubectl get cdep <name> -n <namespace> -o jsonpath='{.status.hardening.failed}'"
            )
        case .enforcementUnknown:
            (
                "Policies are in place; nothing shows that the network plug-in enforces them.",
                "Ask whoever runs the cluster which plug-in it has."
            )
        case .active: ("In effect.", "Nothing to do.")
        case .off: ("Not asked for.", "Nothing to do.")
        case .idle: ("Nothing is under way.", "Nothing to do.")
        }
    }
}
