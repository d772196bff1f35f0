import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeModel
import KubeYAML
import Rendering

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Prints the objects of an instance, without a cluster.",
        discussion: "With the same inputs these are the bytes the controller applies. Fingerprints are placeholders.")

    @Option(name: [.short, .customLong("filename")], help: "File with a CaracalDeployment; - for standard input.")
    var filename: String

    @Option(help: "uid of the CaracalDeployment, for owner references.")
    var ownerUid = "00000000-0000-0000-0000-000000000000"

    @Option(help: "Kinds the cluster has beyond the built-in ones, e.g. monitoring.coreos.com/v1/ServiceMonitor.")
    var apiVersions: [String] = []

    @Option(help: "Optional keys the runtime Secret holds, e.g. stsAdminToken.")
    var optionalKey: [String] = []

    @Option(help: "Namespace of the operator's pods, which ask services why they are not ready.")
    var operatorNamespace = OperatorName.namespace

    func run() throws {
        var objects: [JSONValue] = []
        for file in try InstanceFile.load(filename) {
            let inputs = RenderInputs(
                ownerUID: ownerUid, optionalKinds: Set(apiVersions), optionalKeys: Set(optionalKey),
                fingerprints: Self.placeholders, operatorNamespace: operatorNamespace)
            do {
                let context = try RenderContext(
                    key: file.instance.key, spec: file.instance.spec, catalog: .caracal, inputs: inputs)
                objects += try ResourceCatalog.render(context).map(\.document)
            } catch let error as RenderError { throw Failure("\(filename): \(error)") }
        }
        for finding in RuleCatalog.check(objects) where !finding.isNotice {
            try Files.write("warning: \(finding.object): \(finding.message) (\(finding.rule))\n", to: STDERR_FILENO)
        }
        try Files.write(YAML.stream(objects))
    }

    /// Offline there are no Secrets to make fingerprints of.
    static var placeholders: [ComponentName: String] {
        let readers = Catalog.caracal.components.map(\.name) + Catalog.caracal.jobs.map(\.name)
        return Dictionary(uniqueKeysWithValues: readers.map { ($0, "offline") })
    }
}

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Gives the API server's verdict on a CaracalDeployment, without one.")

    @Option(name: [.short, .customLong("filename")], help: "File with a CaracalDeployment; - for standard input.")
    var filename: String

    func run() throws {
        for file in try InstanceFile.load(filename) {
            do {
                let context = try RenderContext(
                    key: file.instance.key, spec: file.instance.spec, catalog: .caracal,
                    inputs: RenderInputs(ownerUID: "offline"))
                let findings = RuleCatalog.check(try ResourceCatalog.render(context).map(\.document))
                    .filter { !$0.isNotice }
                guard findings.isEmpty else {
                    throw Failure(findings.map { "\($0.object): \($0.message) (\($0.rule))" }.joined(separator: "\n"))
                }
            } catch let error as RenderError { throw Failure("\(filename): \(error)") }
            print("caracaldeployment \(file.instance.key) is valid")
        }
    }
}
