/// The rows of Caracal's page "Harden Production": its checklist first, then what its other sections ask for.
package enum ChecklistRow: String, Sendable, CaseIterable {
    case externalTLS = "External TLS"
    case internalServices = "Internal services"
    case secrets = "Secrets"
    case containers = "Containers"
    case networkPolicy = "NetworkPolicy"
    case gatewayUpstreams = "Gateway upstreams"
    case runtimeCLI = "Runtime CLI"
    case webConsoleEdge = "Web console edge"
    case keys = "HMAC and signing keys"
    case kubernetesControls = "Kubernetes controls"
    case metrics = "Metrics"

    /// The page's stance, in our words.
    package var stance: String {
        switch self {
        case .externalTLS:
            "TLS ends at the ingress, a named terminator or the gateway; the console's public edge is https."
        case .internalServices: "Services are private: ClusterIP, no node port, no external address."
        case .secrets: "Secrets are mounted files of mode 0440, each with only the keys its reader needs."
        case .containers: "No capabilities, no new privileges, read-only root file systems, no root user."
        case .networkPolicy: "Only edges of the topology, in both directions, each with peer and port."
        case .gatewayUpstreams: "The gateway calls allowlisted hosts through named peers; dangerous ranges stay closed."
        case .runtimeCLI: "No product management on the runtime CLI: the CLI image is not deployed at all."
        case .webConsoleEdge:
            "One https origin, secure cookies, trusted origins that agree; only client paths are routed."
        case .keys: "Keys are strict hexadecimal, long enough, strong, and each its own."
        case .kubernetesControls: "Non-root, seccomp, budgets, autoscalers, resource limits, no API token."
        case .metrics: "Metrics ask for the bearer, and whoever scrapes has it."
        }
    }

    /// Where the operator makes it true, for the docs.
    package var enforcedBy: String {
        switch self {
        case .externalTLS: "Ingress and HTTPRoute renderers; CEL refuses a host without TLS; condition TLSReady"
        case .internalServices: "Service renderer; live Services are checked"
        case .secrets: "mounts derived from the catalog; the render types cannot express a secret in a variable"
        case .containers: "HardenedPodTemplate, the only writer of pod security; live pods' templates are checked"
        case .networkPolicy: "policies derived from the topology's edges; `caracal-operator explain`"
        case .gatewayUpstreams: "UPSTREAM_HOST_ALLOWLIST, peers, closed ranges"
        case .runtimeCLI: "the catalog has no component of that image"
        case .webConsoleEdge: "derived public URL and origins; blocked paths go to a Service without endpoints"
        case .keys: "preflight, before any pod starts; status.secrets"
        case .kubernetesControls: "renderers of workloads, budgets, autoscalers and accounts"
        case .metrics: "METRICS_BEARER as a file of every reader; ServiceMonitors carry it"
        }
    }

    /// How to see it on a cluster; `<name>` and `<namespace>` stand for the instance's.
    package var seenBy: String {
        switch self {
        case .externalTLS, .webConsoleEdge:
            "kubectl get cdep <name> -n <namespace> -o jsonpath='{.status.conditions[?(@.type==\"TLSReady\")]}'"
        case .networkPolicy: "caracal-operator explain <from> <to> <name> -n <namespace>"
        case .gatewayUpstreams: "caracal-operator explain gateway upstream:<host> <name> -n <namespace>"
        case .keys, .secrets: "kubectl get cdep <name> -n <namespace> -o jsonpath='{.status.secrets}'"
        default: "caracal-operator audit <name> -n <namespace>"
        }
    }
}
