/// A path that may face clients, or one that shares a port with such paths and must not (caracal-runtime.md §15).
package struct PublicPath: Sendable, Hashable {
    package var component: ComponentName
    package var path: String
    package var isPrefix: Bool
    /// Routed to a backend without endpoints: an Ingress cannot deny, but the longer path wins.
    package var isBlocked: Bool
    package var generations: Set<Generation>
    package var when: Feature

    package init(
        _ component: ComponentName, _ path: String, prefix isPrefix: Bool = false, blocked isBlocked: Bool = false,
        in generations: Set<Generation> = Generation.all, when: Feature = .always
    ) {
        self.component = component
        self.path = path
        self.isPrefix = isPrefix
        self.isBlocked = isBlocked
        self.generations = generations
        self.when = when
    }

    package static let all: [PublicPath] = [
        PublicPath(.web, "/", prefix: true),
        PublicPath(.web, "/health", blocked: true),
        PublicPath(.web, "/ready", blocked: true),
        PublicPath(.sts, "/oauth/2/token"),
        PublicPath(.sts, "/.well-known/jwks.json"),
        PublicPath(.sts, "/v1/run/manifest", in: Generation.semVer),
        PublicPath(.sts, "/v1/run/credential", in: Generation.semVer),
        PublicPath(.sts, "/approvals", prefix: true, in: Generation.semVer),
        PublicPath(.sts, "/step-up", prefix: true, in: [.a]),
        PublicPath(.gateway, "/", prefix: true),
        PublicPath(.gateway, "/health", prefix: true, blocked: true),
        PublicPath(.gateway, "/ready", prefix: true, blocked: true),
        PublicPath(.gateway, "/metrics", prefix: true, blocked: true),
        PublicPath(.gateway, "/metrics.json", prefix: true, blocked: true),
        PublicPath(.gateway, "/internal", prefix: true, blocked: true),
        PublicPath(.api, "/v1", prefix: true),
        PublicPath(.coordinator, "/zones", prefix: true),
        PublicPath(.coordinator, "/v1/verify"),
    ]
}
