/// What a rule answers to elsewhere: rows of the page, Pod Security, CIS Kubernetes Benchmark, the NSA/CISA guide, and
/// the ids public scanners give the same demand.
package struct RuleReference: Sendable {
    package var rule: String
    package var rows: [ChecklistRow]
    package var podSecurity: String
    package var cis: String
    package var nsa: Bool
    /// checkov, kube-linter, kubescape, trivy, in that order where they have one.
    package var scanners: [String]

    private init(
        _ rule: String, _ rows: ChecklistRow..., pss podSecurity: String = "", cis: String = "", nsa: Bool = false,
        scanners: String = ""
    ) {
        self.rule = rule
        self.rows = rows
        self.podSecurity = podSecurity
        self.cis = cis
        self.nsa = nsa
        self.scanners = scanners.split(separator: " ").map(String.init)
    }

    package static func of(_ rule: String) -> RuleReference? { byRule[rule] }

    private static let byRule = Dictionary(all.map { ($0.rule, $0) }) { first, _ in first }

    package static let all: [RuleReference] = pods + around + beforehand

    private static let pods: [RuleReference] = [
        RuleReference(
            "no-privilege-escalation", .containers, pss: "restricted", cis: "5.2.6",
            scanners: "CKV_K8S_5 CKV_K8S_20 privilege-escalation-container C-0016 KSV-0001"),
        RuleReference(
            "run-as-non-root", .containers, .kubernetesControls, pss: "restricted", cis: "5.2.7", nsa: true,
            scanners: "CKV_K8S_6 CKV_K8S_23 run-as-non-root C-0013 KSV-0012"),
        RuleReference(
            "drop-all-capabilities", .containers, .kubernetesControls, pss: "restricted", cis: "5.2.8 5.2.9 5.2.10",
            scanners: "CKV_K8S_28 CKV_K8S_37 drop-net-raw-capability C-0046 KSV-0003 KSV-0106"),
        RuleReference(
            "seccomp-runtime-default", .containers, .kubernetesControls, pss: "restricted", cis: "5.7.2", nsa: true,
            scanners: "CKV_K8S_31 C-0210 KSV-0030 KSV-0104"),
        RuleReference(
            "no-privileged-container", .containers, pss: "baseline", cis: "5.2.2",
            scanners: "CKV_K8S_16 privileged-container C-0057 KSV-0017"),
        RuleReference(
            "no-host-namespaces", .containers, pss: "baseline", cis: "5.2.3 5.2.4 5.2.5",
            scanners:
                "CKV_K8S_17 CKV_K8S_18 CKV_K8S_19 host-network host-pid host-ipc C-0038 C-0041 KSV-0008 KSV-0009 KSV-0010"
        ),
        RuleReference(
            "no-host-ports", .containers, pss: "baseline", cis: "5.2.13", scanners: "CKV_K8S_26 C-0044 KSV-0024"),
        RuleReference(
            "restricted-volume-types", .containers, pss: "restricted", cis: "5.2.12",
            scanners: "CKV_K8S_27 sensitive-host-mounts C-0045 C-0048 KSV-0023 KSV-0028"),
        RuleReference(
            "no-unsafe-security-options", .containers, pss: "baseline", cis: "5.2.11",
            scanners: "unsafe-sysctls unsafe-proc-mount KSV-0025 KSV-0026 KSV-0027"),
        RuleReference(
            "read-only-root-filesystem", .containers, .kubernetesControls, nsa: true,
            scanners: "CKV_K8S_22 no-read-only-root-fs C-0017 KSV-0014"),
        RuleReference(
            "no-service-account-token", .kubernetesControls, cis: "5.1.5 5.1.6", nsa: true,
            scanners: "CKV_K8S_38 C-0034 KSV-0036"),
        RuleReference(
            "no-secret-in-environment", .secrets, cis: "5.4.1",
            scanners: "CKV_K8S_35 env-var-secret read-secret-from-env-var C-0012 C-0207"),
        RuleReference(
            "resource-limits", .kubernetesControls, nsa: true,
            scanners:
                "CKV_K8S_10 CKV_K8S_11 CKV_K8S_12 CKV_K8S_13 unset-cpu-requirements unset-memory-requirements C-0009 KSV-0011 KSV-0018"
        ),
        RuleReference(
            "image-digest", .kubernetesControls, cis: "5.5.1", scanners: "CKV_K8S_43 latest-tag C-0075 KSV-0013"),
        RuleReference("no-foreign-additions", .secrets, .containers),
        RuleReference("as-rendered", .kubernetesControls, .networkPolicy, .internalServices, .externalTLS),
        RuleReference("secret-file-mode", .secrets, scanners: "C-0207"),
        RuleReference("no-runtime-cli", .runtimeCLI),
    ]

    private static let around: [RuleReference] = [
        RuleReference(
            "network-rules-have-peers-and-ports", .networkPolicy, cis: "5.3.2", nsa: true,
            scanners: "CKV2_K8S_6 non-isolated-pod C-0030 C-0260 KSV-0038"),
        RuleReference("no-closed-range-opened", .networkPolicy, .gatewayUpstreams, nsa: true),
        RuleReference("foreign-policy", .networkPolicy),
        RuleReference("private-services", .internalServices, scanners: "exposed-services C-0021 C-0256"),
        RuleReference("ingress-has-tls", .externalTLS, .webConsoleEdge, scanners: "C-0263"),
        RuleReference("metrics-bearer", .metrics),
    ]

    private static let beforehand: [RuleReference] = [
        RuleReference("hmac-key", .keys), RuleReference("kek", .keys), RuleReference("weak-key", .keys),
        RuleReference("distinct-keys", .keys, .secrets), RuleReference("example-value", .keys, .secrets),
        RuleReference("role-password", .secrets), RuleReference("url-form", .secrets),
        RuleReference("url-matches-spec", .networkPolicy), RuleReference("datastore-tls", .secrets, nsa: true),
        RuleReference("one-instance-per-postgres", .kubernetesControls), RuleReference("tunables", .kubernetesControls),
        RuleReference("gateway-timeouts", .gatewayUpstreams), RuleReference("connection-budget", .kubernetesControls),
        RuleReference("issuer-url", .externalTLS), RuleReference("public-origins", .webConsoleEdge),
        RuleReference("edge-certificate", .externalTLS, .webConsoleEdge),
        RuleReference("gateway-certificate", .externalTLS), RuleReference("internal-urls", .internalServices),
        RuleReference("sign-in-method", .webConsoleEdge), RuleReference("mail-pair", .webConsoleEdge),
        RuleReference("allowlist", .webConsoleEdge), RuleReference("otlp-endpoint", .metrics),
        RuleReference("coordinator-metrics", .metrics),
        RuleReference("upstream-peers", .gatewayUpstreams, .networkPolicy),
    ]
}
