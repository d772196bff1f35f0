import CaracalAPI
import CaracalCatalog
import KubeModel

/// An Ingress per exposed component, so that annotations of one host never reach another.
struct IngressRenderer: ResourceRenderer {
    static let kinds = [Ingress.resource]

    func render(_ context: RenderContext) throws -> [RenderedObject] {
        guard let settings = context.spec.exposure?.ingress else { return [] }
        let edge = PublicEdge(context)
        return try edge.sites.map { site in
            let ingress = Ingress {
                $0.metadata = context.metadata(
                    context.name(site.component.name), site.component.name, annotations: edge.annotations(site))
                $0.spec = Ingress.Spec {
                    $0.ingressClassName = settings.className
                    $0.tls = site.host.tls?.secretName.map { [.init(hosts: [site.host.host], secretName: $0)] }
                    $0.rules = [
                        .init(
                            host: site.host.host,
                            paths: site.paths.map { path in
                                .init(
                                    path: path.path, pathType: path.isPrefix ? "Prefix" : "Exact",
                                    service: edge.service(path), port: edge.portName(path))
                            })
                    ]
                }
            }
            return try RenderedObject(ingress, .edge, site.component.name)
        }
    }
}
