import CaracalAPI
import CaracalCatalog
import KubeModel

/// The same sites as the Ingress, for Gateway API.
struct HTTPRouteRenderer: ResourceRenderer {
    static let kinds = [HTTPRoute.resource]
    static let isOptional = true

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard let settings = context.spec.exposure?.gatewayAPI else { return [] }
        let edge = PublicEdge(context)
        return try edge.sites.map { site in
            let route = HTTPRoute {
                $0.metadata = context.metadata(
                    context.name(site.component.name), site.component.name,
                    annotations: context.spec.exposure?.annotations ?? [:])
                $0.spec = HTTPRoute.Spec(
                    parentRefs: settings.parentRefs, hostnames: [site.host.host],
                    rules: site.paths.map { path in
                        .init(
                            path: path.path, type: path.isPrefix ? "PathPrefix" : "Exact", service: edge.service(path),
                            port: edge.port(path))
                    })
            }
            return try RenderedObject(route, .edge, site.component.name)
        }
    }
}

struct HTTPRoute: KubeObject, Composed {
    static let resource = ResourceType.httpRoutes
    var metadata = ObjectMeta()
    var spec: Spec?

    struct Spec: Encodable, Sendable {
        var parentRefs: [CaracalSpec.ParentReference]
        var hostnames: [String]
        var rules: [Rule]
    }
    struct Rule: Encodable, Sendable {
        var matches: [Match]
        var backendRefs: [Backend]
        init(path: String, type: String, service: String, port: Int32) {
            matches = [Match(path: .init(type: type, value: path))]
            backendRefs = [Backend(name: service, port: port)]
        }
    }
    struct Match: Encodable, Sendable { var path: PathMatch }
    struct PathMatch: Encodable, Sendable {
        var type: String
        var value: String
    }
    struct Backend: Encodable, Sendable {
        var name: String
        var port: Int32
    }
}
