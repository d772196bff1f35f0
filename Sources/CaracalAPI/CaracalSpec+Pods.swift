import KubeModel

extension CaracalSpec {
    package struct Observability: Decodable, Sendable {
        package var logLevel: String?
        package var otlp: OTLP?
        package var metrics: Metrics?
        package struct OTLP: Decodable, Sendable {
            package var endpoint: String
            package var peers: [Peer]
        }
        package struct Metrics: Decodable, Sendable {
            package var peers: [Peer]?
            package var serviceMonitor: Labelled?
            package var rules: Labelled?
        }
        package struct Labelled: Decodable, Sendable { package var labels: [String: String]? }
    }

    package struct NetworkPolicySettings: Decodable, Sendable {
        package var dns: Peers?
        package var extraIngress: [ExtraIngress]?
        package var extraEgress: [ExtraEgress]?
        package struct ExtraIngress: Decodable, Sendable {
            package var component: String
            package var from: [Peer]
            package var ports: [PeerPort]
        }
        package struct ExtraEgress: Decodable, Sendable {
            package var component: String
            package var to: [Peer]
            package var ports: [PeerPort]
        }
    }

    package struct PodDefaults: Decodable, Sendable {
        package var priorityClassName: String?
        package var nodeSelector: [String: String]?
        package var tolerations: [JSONValue]?
        package var zoneSpread: ZoneSpread?
        package var labels: [String: String]?
        package var annotations: [String: String]?
        package enum ZoneSpread: String, Decodable, Sendable, CaseIterable {
            case scheduleAnyway = "ScheduleAnyway"
            case doNotSchedule = "DoNotSchedule"
        }
    }

    package struct ComponentSettings: Decodable, Sendable {
        package var replicas: Int32?
        package var resources: Resources?
        package var autoscaling: Autoscaling?
        package var disruption: Disruption?
        package var replay: Replay?
        package var serviceAccountAnnotations: [String: String]?
        package var env: [Variable]?
        package var podLabels: [String: String]?
        package var paused: Bool?

        package struct Autoscaling: Decodable, Sendable {
            package var enabled: Bool?
            package var minReplicas: Int32?
            package var maxReplicas: Int32?
            package var cpuUtilization: Int32?
            package var memoryUtilization: Int32?
        }
        package struct Disruption: Decodable, Sendable { package var maxUnavailable: IntOrString? }
        package struct Replay: Decodable, Sendable {
            package var storageClassName: String?
            package var size: String?
        }
        package struct Variable: Decodable, Sendable {
            package var name: String
            package var value: String
        }

        package init() {}
    }

    package struct HardeningSettings: Decodable, Sendable {
        package var waivers: [Waiver]?
    }
    /// A rule that may be broken, by whom, why and until when.
    package struct Waiver: Decodable, Sendable, Hashable {
        package var rule: String
        package var component: String?
        package var reason: String
        package var until: String?
    }
}
