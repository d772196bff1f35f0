import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import KubeSchema
import KubeYAML

/// A `CaracalDeployment` read from a file and judged as the API server would.
struct InstanceFile {
    var instance: CaracalInstance
    var document: JSONValue

    static func schema() throws -> StructuralSchema {
        let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
        guard let version = crd.at("spec", "versions")?[0], let json = version.at("schema", "openAPIV3Schema") else {
            throw Failure("the built-in CustomResourceDefinition has no schema")
        }
        return try StructuralSchema(json)
    }

    /// Every CaracalDeployment of the file; the file's other objects are passed over.
    static func load(_ path: String) throws -> [InstanceFile] {
        let documents: [YAMLDocument]
        do { documents = try YAML.documents(try Files.text(path)) } catch let error as YAMLError {
            throw Failure("\(path):\(error.line):\(error.column): \(error.message)")
        }
        let ours = documents.filter { $0.value["kind"]?.string == CaracalDeployment.resource.gvk.kind }
        guard !ours.isEmpty else { throw Failure("\(path): holds no \(CaracalDeployment.resource.gvk)") }
        let schema = try schema()
        return try ours.map { try load($0, path, schema) }
    }

    private static func load(_ document: YAMLDocument, _ path: String, _ schema: StructuralSchema) throws
        -> InstanceFile
    {
        func place(_ field: String) -> String {
            var field = Substring(field)
            while true {
                if let position = document.positions[String(field)] {
                    return "\(path):\(position.line):\(position.column)"
                }
                guard let cut = field.lastIndex(where: { $0 == "." || $0 == "[" }) else {
                    return "\(path):\(document.line)"
                }
                field = field[..<cut]
            }
        }
        guard document.value["apiVersion"]?.string == CaracalDeployment.resource.gvk.apiVersion else {
            throw Failure("\(place("apiVersion")): apiVersion: expected \(CaracalDeployment.resource.gvk.apiVersion)")
        }
        guard !document.value.name.isEmpty else {
            throw Failure("\(path):\(document.line): metadata.name: Required value")
        }
        var problems = schema.prune(document.value).unknown.map { "\(place($0)): unknown field \"\($0)\"" }
        problems += schema.violations(document.value).map { "\(place($0.path)): \($0)" }
        guard problems.isEmpty else {
            throw Failure(
                "\(CaracalDeployment.resource.gvk.kind) \"\(document.value.name)\" is invalid:\n"
                    + problems.joined(separator: "\n"))
        }
        var value = document.value
        if value.namespace.isEmpty { value.set(["metadata", "namespace"], "default") }
        do { return InstanceFile(instance: try CaracalInstance(value), document: value) } catch let error
            as DecodingError
        {
            throw Failure("\(path): \(error.fieldMessage)")
        }
    }
}
