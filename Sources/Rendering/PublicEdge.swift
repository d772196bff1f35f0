import CaracalAPI
import CaracalCatalog
import KubeModel

/// The hosts that face clients and the paths they may use.
struct PublicEdge {
    let context: RenderContext
    init(_ context: RenderContext) { self.context = context }

    struct Site {
        var component: Component
        var host: CaracalSpec.Host
        var paths: [PublicPath]
    }

    /// Longer paths first: they win, whatever a controller makes of the order.
    var sites: [Site] {
        context.catalog.components.compactMap { component in
            guard let host = context.spec.exposure?.host(component.name.rawValue) else { return nil }
            let paths = context.catalog.publicPaths.filter {
                $0.component == component.name && $0.generations.contains(context.release.generation)
                    && context.isOn($0.when)
            }
            return Site(
                component: component, host: host,
                paths: paths.sorted { ($0.path.count, $0.path) > ($1.path.count, $1.path) })
        }
    }

    var hasBlockedPaths: Bool { sites.contains { $0.paths.contains(where: \.isBlocked) } }

    /// A Service without endpoints: what is routed to it reaches nobody.
    static func nowhere(_ context: RenderContext) -> String { "\(context.key.name)-nowhere" }

    func service(_ path: PublicPath) -> String {
        path.isBlocked ? Self.nowhere(context) : context.name(path.component)
    }

    func portName(_ path: PublicPath) -> String {
        guard !path.isBlocked, let component = context.catalog.component(path.component) else { return "http" }
        return context.servesTLS(component) ? "https" : "http"
    }

    func port(_ path: PublicPath) -> Int32 {
        path.isBlocked ? 80 : context.catalog.component(path.component)?.port ?? 80
    }

    func annotations(_ site: Site) -> [String: String] {
        var annotations = context.spec.exposure?.annotations ?? [:]
        if context.servesTLS(site.component) {
            annotations["nginx.ingress.kubernetes.io/backend-protocol"] = "HTTPS"
        }
        // The chart's Ingress could be served in clear without a word; here who terminates TLS is on the object.
        if let external = site.host.tls?.external { annotations["caracal.run/tls-terminated-by"] = external.reason }
        return annotations
    }
}
