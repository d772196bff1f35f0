import ArgumentParser
import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import Rendering

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says whether a connection is allowed, by which policy, why, and what to change.",
        discussion: """
            caracal-operator explain gateway upstream:api.github.com prod -n caracal
            caracal-operator explain ingress web -f caracal.yaml
            Ends are components, ingress, prometheus, database, redis, dns, otlp, upstream:<host or address>, metadata, or an \
            address; the second may carry a port. With -f the policies are those that would be rendered, without it those of \
            the cluster, everybody's included. The exit code is 2 where the connection is denied.
            """)

    @Argument(help: "Who connects.") var from: String
    @Argument(help: "To whom, with :port if it is not the usual one.") var to: String
    @Argument(help: "Name of the CaracalDeployment on the cluster.") var name: String?

    @OptionGroup var cluster: ClusterOptions
    @Option(name: [.short, .long], help: "Namespace. Default: that of the context.") var namespace: String?
    @Option(name: [.short, .customLong("filename")], help: "File with the CaracalDeployment, instead of a cluster.")
    var filename: String?

    func run() async throws {
        let (instance, policies) = try await look()
        let context: RenderContext
        do {
            context = try RenderContext(
                key: instance.key, spec: instance.spec, catalog: .caracal, inputs: RenderInputs(ownerUID: instance.uid))
        } catch { throw Failure("\(error)") }
        let rendered = try ResourceCatalog.render(context)
        let own = rendered.filter { $0.role == .networkPolicy }.map(\.document)
        let explanation = Explanation(context: context, rendered: rendered, policies: policies ?? own)
        let (target, port) = Self.split(to)
        let verdict = try explanation.explain(
            from: try ExplainedEnd(from, catalog: .caracal), to: try ExplainedEnd(target, catalog: .caracal), port: port
        )
        try Files.write(verdict.text)
        if !verdict.isAllowed { throw ExitCode(2) }
    }

    private func look() async throws -> (CaracalInstance, [JSONValue]?) {
        if let filename {
            guard
                let file = try InstanceFile.load(filename).first(where: { name == nil || $0.instance.key.name == name })
            else {
                throw Failure("\(filename): holds no CaracalDeployment \(name ?? "")")
            }
            return (file.instance, nil)
        }
        let live = try await LiveInstance.load(name, cluster, namespace)
        let policies = try await live.listing {
            try await $0.list(.networkPolicies, namespace: live.instance.key.namespace).items
        }
        return (live.instance, policies)
    }

    /// `web:3002`, `upstream:api.github.com:8443`, `upstream:10.0.0.1`.
    static func split(_ text: String) -> (String, Int64?) {
        guard let colon = text.lastIndex(of: ":"), let port = Int64(text[text.index(after: colon)...]),
            (1...65535).contains(port), CIDR.address(text) == nil
        else { return (text, nil) }
        return (String(text[..<colon]), port)
    }
}

/// An instance as it is on the cluster, read with the user's own kubeconfig.
struct LiveInstance {
    let client: KubeClient
    let instance: CaracalInstance
    let object: JSONValue

    static func load(_ name: String?, _ cluster: ClusterOptions, _ namespace: String?) async throws -> LiveInstance {
        let configuration = try cluster.configuration()
        let client = try KubeClient(configuration)
        let space = try namespace ?? configuration.namespace
        do {
            if let name {
                let object = try await client.get(CaracalDeployment.resource, ObjectKey(namespace: space, name: name))
                return LiveInstance(client: client, instance: try CaracalInstance(object), object: object)
            }
            let all = try await client.list(CaracalDeployment.resource, namespace: space).items
            guard let object = all.first, all.count == 1 else {
                let names = all.map(\.name).joined(separator: ", ")
                throw Failure(
                    all.isEmpty
                        ? "namespace \(space) has no CaracalDeployment: name one, and its namespace with -n"
                        : "namespace \(space) has several: name one of \(names)")
            }
            return LiveInstance(client: client, instance: try CaracalInstance(object), object: object)
        } catch let error as KubeError {
            throw Failure("cannot read the CaracalDeployment: \(error.message)")
        } catch let error as DecodingError { throw Failure("spec.\(error.fieldMessage)") }
    }

    func listing<Value>(_ body: (KubeClient) async throws -> Value) async throws -> Value {
        do { return try await body(client) } catch let error as KubeError { throw Failure(error.message) }
    }
}
