import CaracalAPI
import CaracalCatalog
import KubeModel

/// Opens Control's invoke route: the API serves 503 while the file is absent.
struct ControlGateRenderer: ResourceRenderer {
    static let kinds = [ConfigMap.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard context.isOn(.control) else { return [] }
        let gate = ConfigMap {
            $0.metadata = context.metadata("\(context.key.name)-control-gate", .api)
            $0.data = [ControlGate.key: "true"]
        }
        return [try RenderedObject(gate, .configuration, .api)]
    }
}

/// The console's allowlist as the file it reads on every request.
struct AllowlistRenderer: ResourceRenderer {
    static let kinds = [ConfigMap.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard context.isOn(.allowlist), context.reads(.web, .setting(.allowlistFile)) else { return [] }
        let emails = (context.spec.web?.allowlist ?? []).map { (key: $0, value: JSONValue.string("active")) }
        let file: JSONValue = ["emails": .object(JSONObject(emails))]
        let map = ConfigMap {
            $0.metadata = context.metadata("\(context.key.name)-allowlist", .web)
            $0.data = [Allowlist.key: file.text]
        }
        return [try RenderedObject(map, .configuration, .web)]
    }
}
