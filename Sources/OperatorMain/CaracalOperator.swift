import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeModel
import KubeYAML

@main
struct CaracalOperator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caracal-operator",
        abstract: "Runs Caracal on Kubernetes, hardened, and keeps it so.",
        subcommands: [
            RunCommand.self, RenderCommand.self, ValidateCommand.self, CRDCommand.self, RBACCommand.self,
            KeysCommand.self, ExplainCommand.self, AuditCommand.self, DiffCommand.self,
            InitCommand.self,
            DocsCommand.self, SandboxCommand.self, QuickstartCommand.self, VersionCommand.self,
        ])
}

/// The operator's own version, stamped by the image build; `dev` otherwise.
enum OperatorVersion {
    static let current = "0.1.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the operator's version and the Caracal releases it knows.")

    func run() {
        print("caracal-operator \(OperatorVersion.current)")
        print("CaracalDeployment \(CaracalDeployment.resource.gvk.apiVersion)")
        print("Caracal \(Catalog.caracal.releases.map(\.version).joined(separator: ", "))")
    }
}

struct CRDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crd", abstract: "Prints the CustomResourceDefinition.")

    func run() {
        print(YAML.text(CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))), terminator: "")
    }
}

/// A failure told to a person: one message on standard error, exit code 1.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
