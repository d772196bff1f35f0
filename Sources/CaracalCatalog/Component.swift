/// A long-running Caracal service (caracal-runtime.md §1, §11).
package struct Component: Sendable {
    package var name: ComponentName
    /// The image's name without registry: `caracal-go`.
    package var image: String
    /// Go services replace the image's (empty) command; Node images have `node` as entry point and take arguments
    /// (trap 5).
    package var command: [String]?
    package var args: [String]?
    package var port: Int32
    /// One short sentence for descriptions and docs.
    package var summary: String
    /// Where undelivered audit events are kept; such a component is a StatefulSet with a volume per pod (trap 12).
    package var replayPath: String?
    /// Sized scratch space by mount path.
    package var scratch: [Scratch] = []
    package var servesMetrics: Bool
    /// False where no single bearer opens `/metrics` (the coordinator's asks for two different tokens, trap 4).
    package var isScrapable = true
    /// Failed liveness probes before a restart; generous where a lost dependency also fails `/health`.
    package var livenessFailures: Int32 = 3
    /// True where the service can terminate TLS itself from mounted files.
    package var canServeTLS = false
    package var resources: Sizes
    package var autoscaling: Autoscaling
    /// What the process needs to drain after SIGTERM, in seconds (caracal-runtime.md §11).
    package var drainSeconds: Int64
    /// The readiness handler's own time-out in seconds: the probe's must be longer.
    package var readinessSeconds: Int32
    package var startsAfter: Set<ComponentName> = []
    /// Connections to Postgres a pod may open, unless the variable says otherwise (caracal-runtime.md §3.1).
    package var pool = Pool(variable: "DB_POOL_MAX", connections: 20)

    /// Go services replace the (empty) command, Node ones have `node` as entry point: what tells the two apart here.
    package var isGo: Bool { command != nil }

    package struct Pool: Sendable {
        package var variable: String
        package var connections: Int32
    }

    package struct Scratch: Sendable {
        package var path: String
        package var size: String
        package var when: Feature

        package init(path: String, size: String, when: Feature) {
            self.path = path
            self.size = size
            self.when = when
        }
    }

    package struct Sizes: Sendable {
        package var cpuRequest: String
        package var memoryRequest: String
        package var cpuLimit: String
        package var memoryLimit: String
    }

    package struct Autoscaling: Sendable {
        /// Off for components whose scale-in strands audit evidence.
        package var isOnByDefault: Bool
        package var maxReplicas: Int32
        package var cpuUtilization: Int32
        package var memoryUtilization: Int32
    }
}

extension Component {
    private static let goPool = Pool(variable: "DB_MAX_CONNS", connections: 20)
    private static let replay = "/var/lib/caracal"

    package static let all: [Component] = [
        Component(
            name: .sts, image: "caracal-go", command: ["/usr/local/bin/sts"], port: 8080,
            summary: "security token service", replayPath: replay, servesMetrics: true,
            resources: Sizes(cpuRequest: "500m", memoryRequest: "512Mi", cpuLimit: "2", memoryLimit: "1Gi"),
            autoscaling: Autoscaling(isOnByDefault: false, maxReplicas: 8, cpuUtilization: 70, memoryUtilization: 80),
            drainSeconds: 20, readinessSeconds: 2, pool: goPool),
        Component(
            name: .api, image: "caracal-node", args: ["/app/api/dist/main.js"], port: 3000,
            summary: "admin API and Control", servesMetrics: true,
            resources: Sizes(cpuRequest: "250m", memoryRequest: "256Mi", cpuLimit: "1", memoryLimit: "768Mi"),
            autoscaling: Autoscaling(isOnByDefault: true, maxReplicas: 8, cpuUtilization: 70, memoryUtilization: 80),
            drainSeconds: 15, readinessSeconds: 5, startsAfter: [.sts]),
        Component(
            name: .coordinator, image: "caracal-node", args: ["/app/coordinator/dist/main.js"], port: 4000,
            summary: "agent session coordinator", servesMetrics: true, isScrapable: false,
            resources: Sizes(cpuRequest: "250m", memoryRequest: "256Mi", cpuLimit: "1", memoryLimit: "768Mi"),
            autoscaling: Autoscaling(isOnByDefault: true, maxReplicas: 8, cpuUtilization: 70, memoryUtilization: 80),
            drainSeconds: 15, readinessSeconds: 5, startsAfter: [.sts]),
        Component(
            name: .audit, image: "caracal-go", command: ["/usr/local/bin/audit"], port: 9090,
            summary: "audit trail consumer",
            scratch: [Scratch(path: "/var/lib/caracal/audit-export", size: "2Gi", when: .auditExport)],
            servesMetrics: true, livenessFailures: 18,
            resources: Sizes(cpuRequest: "250m", memoryRequest: "256Mi", cpuLimit: "1", memoryLimit: "1Gi"),
            autoscaling: Autoscaling(isOnByDefault: true, maxReplicas: 8, cpuUtilization: 70, memoryUtilization: 80),
            drainSeconds: 10, readinessSeconds: 2, startsAfter: [.sts], pool: goPool),
        Component(
            name: .gateway, image: "caracal-go", command: ["/usr/local/bin/gateway"], port: 8081,
            summary: "governed proxy to upstreams", replayPath: replay, servesMetrics: true, canServeTLS: true,
            resources: Sizes(cpuRequest: "500m", memoryRequest: "256Mi", cpuLimit: "2", memoryLimit: "1Gi"),
            autoscaling: Autoscaling(isOnByDefault: false, maxReplicas: 16, cpuUtilization: 65, memoryUtilization: 80),
            drainSeconds: 35, readinessSeconds: 2, startsAfter: [.api, .coordinator, .audit], pool: goPool),
        Component(
            name: .web, image: "caracal-web", args: ["/app/auth/dist/server.js"], port: 3002,
            summary: "web console and its backend", servesMetrics: false,
            resources: Sizes(cpuRequest: "100m", memoryRequest: "128Mi", cpuLimit: "1", memoryLimit: "384Mi"),
            autoscaling: Autoscaling(isOnByDefault: true, maxReplicas: 6, cpuUtilization: 70, memoryUtilization: 80),
            drainSeconds: 25, readinessSeconds: 5, startsAfter: [.gateway]),
    ]
}

/// A schema change that runs to completion before the workloads (caracal-runtime.md §8). Order is the order of the list.
package struct MigrationJob: Sendable {
    package var name: ComponentName
    package var image: String
    package var command: [String]?
    package var args: [String]?
    /// Numeric: the image either has no user or names one, and `runAsNonRoot` needs a number (trap 6).
    package var user: Int64
    package var needsScratch: Bool

    package static let all: [MigrationJob] = [
        MigrationJob(
            name: .migrate, image: "caracal-postgres", command: ["/bin/sh", "/usr/local/bin/caracal-migrate"], user: 70,
            needsScratch: true),
        MigrationJob(
            name: .authMigrate, image: "caracal-web", args: ["/app/auth/dist/migrate.js"], user: 65532,
            needsScratch: false),
    ]
}

/// The numeric user of every Caracal image but the migration runner's.
package let nonRootUser: Int64 = 65532
