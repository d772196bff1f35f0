import ArgumentParser
import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import KubeYAML

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Looks at a cluster and prints a CaracalDeployment to begin with.",
        discussion: """
            With your kubeconfig it looks for DNS, an ingress controller, Postgres and Redis, and puts their pods as peers and \
            their Services as hosts. What it could not find, or had to guess, stands behind a # in the file: read those lines. \
            Nothing is written to the cluster.
            """)

    @OptionGroup var cluster: ClusterOptions
    @Option(name: [.short, .long], help: "Namespace of the instance. Default: that of the context.") var namespace:
        String?
    @Option(help: "Name of the instance.") var name = "prod"
    @Option(help: "Host of the console.") var webHost = "caracal.example.com"
    @Option(help: "Host of the token service.") var stsHost = "sts.example.com"

    func run() async throws {
        let configuration = try cluster.configuration()
        let client = try KubeClient(configuration)
        let survey: ClusterSurvey
        do { survey = try await ClusterSurvey.look(client) } catch let error as KubeError {
            throw Failure("cannot look at the cluster: \(error.message)")
        }
        let space = try namespace ?? configuration.namespace
        let draft = InstanceDraft(
            name: name, namespace: space, webHost: webHost, stsHost: stsHost,
            release: Catalog.caracal.releases.last { !$0.isReleaseCandidate }?.version ?? "",
            survey: survey)
        try Files.write(draft.text)
    }
}

/// What a cluster has that an instance needs to know of. Pure but for `look`.
struct ClusterSurvey {
    /// A Service and the labels its pods are selected by.
    struct Found: Equatable {
        var service: String
        var namespace: String
        var selector: [String: String]
        var port: Int64
    }

    var postgres: [Found] = []
    var redis: [Found] = []
    var ingress: [Found] = []
    var dns: [Found] = []
    var ingressClasses: [String] = []
    var isOpenShift = false

    static func look(_ client: KubeClient) async throws -> ClusterSurvey {
        var survey = ClusterSurvey(services: try await client.list(.services, namespace: nil).items)
        let classes = ResourceType("networking.k8s.io", "v1", "IngressClass", "ingressclasses", isNamespaced: false)
        survey.ingressClasses = ((try? await client.list(classes, namespace: nil).items) ?? []).map(\.name).sorted()
        let kinds = try? await client.kinds(group: "config.openshift.io", version: "v1")
        survey.isOpenShift = kinds?.contains("ClusterVersion") == true
        return survey
    }

    init(services: [JSONValue]) {
        func found(_ isWanted: (JSONValue, Int64) -> Bool) -> [Found] {
            services.compactMap { service -> Found? in
                let ports = (service.at("spec", "ports")?.array ?? []).compactMap { $0["port"]?.integer }
                guard let port = ports.first(where: { isWanted(service, $0) }) else { return nil }
                let labels = service.at("spec", "selector")?.object ?? [:]
                return Found(
                    service: service.name, namespace: service.namespace,
                    selector: Dictionary(labels.map { ($0.key, $0.value.string ?? "") }) { $1 }, port: port)
            }.sorted { (Self.rank($0), $0.namespace, $0.service) < (Self.rank($1), $1.namespace, $1.service) }
        }
        postgres = found { _, port in port == 5432 || port == 6432 }
        redis = found { service, port in port == 6379 || (port == 6380 && service.name.contains("redis")) }
        ingress = found { service, port in
            [80, 443].contains(port)
                && ["ingress", "traefik", "haproxy", "contour", "envoy", "kong"].contains { service.name.contains($0) }
                && !service.name.contains("admission") && service.at("spec", "selector") != nil
        }
        dns = found { service, port in
            port == 53 && ["kube-dns", "coredns", "dns-default"].contains { service.name.contains($0) }
        }
    }

    /// A primary before replicas, a Service with a selector before one without.
    private static func rank(_ found: Found) -> Int {
        let isReplica = ["-ro", "-r", "-replica", "-replicas", "-headless", "-read"].contains {
            found.service.hasSuffix($0)
        }
        return (isReplica ? 2 : 0) + (found.selector.isEmpty ? 1 : 0)
    }
}

/// The CaracalDeployment a survey comes to. Pure; what was guessed says so.
struct InstanceDraft {
    let name: String
    let namespace: String
    let webHost: String
    let stsHost: String
    let release: String
    let survey: ClusterSurvey

    var text: String {
        var lines = [
            "apiVersion: caracal.run/v1alpha1", "kind: CaracalDeployment",
            "metadata: {name: \(name), namespace: \(namespace)}", "spec:",
        ]
        lines += ["  mode: stable", "  version: \(release)"]
        if survey.isOpenShift { lines.append("  platform: OpenShift") }
        lines.append(
            "  secrets: {runtimeSecretName: caracal-runtime}   # caracal-operator keys -f <this file> | kubectl apply -f -"
        )
        lines += datastore("database", survey.postgres, "Postgres", fallback: "postgres.data.svc", usual: 5432)
        lines += datastore("redis", survey.redis, "Redis", fallback: "redis.data.svc", usual: 6379)
        lines.append("  exposure:")
        if survey.ingressClasses.isEmpty {
            lines.append("    ingress: {className: nginx}   # no IngressClass was found: put yours, or use gatewayAPI")
        } else {
            lines.append(
                "    ingress: {className: \(survey.ingressClasses[0])}\(others(survey.ingressClasses.dropFirst().map { $0 }))"
            )
        }
        if let controller = survey.ingress.first {
            lines.append(
                "    peers: [\(peer(controller))]\(others(survey.ingress.dropFirst().map { "\($0.namespace)/\($0.service)" }))"
            )
        } else {
            lines.append(
                "    peers: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]   # no ingress controller was found: say where its pods are"
            )
        }
        lines.append("    web: {host: \(webHost), tls: {secretName: caracal-web-tls}}")
        lines.append("    sts: {host: \(stsHost), tls: {secretName: caracal-sts-tls}}")
        lines.append("  web: {signIn: {github: {peers: [{scope: Internet}]}}}   # or google, or smtp")
        lines.append(
            "  gateway: {upstreams: {allowedHosts: [api.github.com], peers: [{scope: Internet, ports: [{port: 443}]}]}}   # the hosts agents may call"
        )
        if let dns = survey.dns.first, !isUsual(dns) {
            lines.append("  networkPolicy: {dns: {peers: [\(peer(dns))]}}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is taken for DNS where nothing is said.
    private func isUsual(_ dns: ClusterSurvey.Found) -> Bool {
        survey.isOpenShift
            ? dns.namespace == "openshift-dns" : dns.namespace == "kube-system" && dns.selector["k8s-app"] == "kube-dns"
    }

    private func datastore(
        _ field: String, _ found: [ClusterSurvey.Found], _ what: String, fallback: String, usual: Int64
    ) -> [String] {
        var lines = ["  \(field):"]
        guard let first = found.first else {
            lines.append(
                "    host: \(fallback)   # no \(what) was found: put its host, and its pods or addresses as peers")
            lines.append("    peers: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}}]")
            return lines
        }
        lines.append(
            "    host: \(first.service).\(first.namespace).svc\(others(found.dropFirst().map { "\($0.service).\($0.namespace).svc" }))"
        )
        if first.port != usual { lines.append("    port: \(first.port)") }
        lines.append("    peers: [\(peer(first))]")
        return lines
    }

    private func peer(_ found: ClusterSurvey.Found) -> String {
        let home = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: \(found.namespace)}}"
        // Labels that change with the leader would close the way at a fail-over.
        let stable = found.selector.filter { !["role", "cnpg.io/instanceRole", "spilo-role"].contains($0.key) }
        guard !stable.isEmpty else { return "{\(home)}" }
        let labels = stable.sorted { $0.key < $1.key }.map { "\($0.key): \(JSONValue.string($0.value).text)" }.joined(
            separator: ", ")
        return "{\(home), podSelector: {matchLabels: {\(labels)}}}"
    }

    private func others(_ names: [String]) -> String {
        names.isEmpty ? "" : "   # also found: \(names.prefix(4).joined(separator: ", "))"
    }
}
