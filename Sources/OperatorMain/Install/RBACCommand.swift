import ArgumentParser
import CaracalAPI
import CaracalCatalog
import KubeModel
import KubeYAML
import Rendering

struct RBACCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rbac", abstract: "Prints exactly the Role an instance needs the operator to have.",
        discussion:
            "The install grants the Secrets caracal-runtime and caracal-<component>-tls; a spec that names others needs this beside it."
    )

    @Option(name: [.short, .customLong("filename")], help: "File with a CaracalDeployment; - for standard input.")
    var filename: String

    @Option(help: "Namespace of the operator's service account.")
    var operatorNamespace = InstallManifest.namespace

    func run() throws {
        for file in try InstanceFile.load(filename) {
            let context: RenderContext
            do {
                context = try RenderContext(
                    key: file.instance.key, spec: file.instance.spec, catalog: .caracal,
                    inputs: RenderInputs(ownerUID: ""))
            } catch { throw Failure("\(filename): \(error)") }
            let name = "caracal-operator-\(context.key.name)"
            let metadata: JSONValue = ["name": .string(name), "namespace": .string(context.key.namespace)]
            let role: JSONValue = [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata,
                "rules": .array(Permissions.rules(secrets: Permissions.secrets(context))),
            ]
            let binding: JSONValue = [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata,
                "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)],
                "subjects": [
                    [
                        "kind": "ServiceAccount", "name": .string(InstallManifest.name),
                        "namespace": .string(operatorNamespace),
                    ]
                ],
            ]
            try Files.write(YAML.stream([role, binding]))
        }
    }
}
