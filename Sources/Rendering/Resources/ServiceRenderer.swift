import CaracalAPI
import CaracalCatalog
import KubeModel

/// A ClusterIP Service per component, a headless one for each StatefulSet, and one without endpoints that swallows
/// the paths nobody outside may reach.
struct ServiceRenderer: ResourceRenderer {
    static let kinds = [Service.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        var services: [RenderedObject] = []
        for component in context.catalog.components {
            services.append(try RenderedObject(service(component, context), .service, component.name))
            if component.replayPath != nil {
                services.append(try RenderedObject(headless(component, context), .service, component.name))
            }
        }
        if PublicEdge(context).hasBlockedPaths { services.append(try RenderedObject(nowhere(context), .service)) }
        return services
    }

    private func service(_ component: Component, _ context: RenderContext) -> Service {
        Service {
            $0.metadata = context.metadata(context.name(component.name), component.name)
            $0.spec = Service.Spec {
                $0.type = "ClusterIP"
                $0.selector = context.selector(component.name)
                $0.ports = [port(component, context)]
            }
        }
    }

    private func headless(_ component: Component, _ context: RenderContext) -> Service {
        Service {
            $0.metadata = context.metadata(Self.headlessName(component, context), component.name)
            $0.spec = Service.Spec {
                $0.type = "ClusterIP"
                $0.clusterIP = "None"
                // A pod needs its stable name to become ready, not after.
                $0.publishNotReadyAddresses = true
                $0.selector = context.selector(component.name)
                $0.ports = [port(component, context)]
            }
        }
    }

    static func headlessName(_ component: Component, _ context: RenderContext) -> String {
        "\(context.name(component.name))-pods"
    }

    private func nowhere(_ context: RenderContext) -> Service {
        Service {
            $0.metadata = context.metadata(PublicEdge.nowhere(context))
            $0.spec = Service.Spec {
                $0.type = "ClusterIP"
                $0.ports = [Service.Port(name: "http", port: 80, targetPort: 8080)]
            }
        }
    }

    private func port(_ component: Component, _ context: RenderContext) -> Service.Port {
        let name = context.servesTLS(component) ? "https" : "http"
        return Service.Port(name: name, port: component.port, targetPort: .string(name))
    }
}
