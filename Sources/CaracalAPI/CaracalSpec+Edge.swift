import KubeModel

extension CaracalSpec {
    package struct Exposure: Decodable, Sendable {
        package var ingress: IngressSettings?
        package var gatewayAPI: GatewayAPI?
        package var peers: [Peer]?
        package var annotations: [String: String]?
        package var web: Host?
        package var sts: Host?
        package var gateway: Host?
        package var api: Host?
        package var coordinator: Host?

        package func host(_ component: String) -> Host? {
            switch component {
            case "web": web
            case "sts": sts
            case "gateway": gateway
            case "api": api
            case "coordinator": coordinator
            default: nil
            }
        }
    }

    package struct IngressSettings: Decodable, Sendable { package var className: String? }
    package struct GatewayAPI: Decodable, Sendable { package var parentRefs: [ParentReference] }
    package struct ParentReference: Codable, Sendable, Hashable {
        package var name: String
        package var namespace: String?
        package var sectionName: String?
    }

    package struct Host: Decodable, Sendable {
        package var host: String
        package var tls: HostTLS?
    }
    package struct HostTLS: Decodable, Sendable {
        package var secretName: String?
        package var external: External?
        package struct External: Decodable, Sendable { package var reason: String }
    }

    package struct Web: Decodable, Sendable {
        package var publicURL: String?
        package var extraOrigins: [String]?
        package var signIn: SignIn?
        package var smtp: SMTP?
        package var allowlist: [String]?
    }
    package struct SignIn: Decodable, Sendable {
        package var github: Provider?
        package var google: Provider?
        package var password: Bool?
        package struct Provider: Decodable, Sendable { package var peers: [Peer] }
    }
    package struct SMTP: Decodable, Sendable {
        package var from: String
        package var peers: [Peer]
    }

    package struct STS: Decodable, Sendable {
        package var issuerURL: String?
        package var privateEgressHosts: [String]?
        package var providers: Peers?
    }
    package struct Peers: Decodable, Sendable { package var peers: [Peer] }

    package struct Gateway: Decodable, Sendable {
        package var tls: FileTLS?
        package var upstreams: Upstreams?
        package struct FileTLS: Decodable, Sendable { package var secretName: String }
        package struct Upstreams: Decodable, Sendable {
            package var allowedHosts: [String]?
            package var peers: [Peer]?
        }
    }

    package struct Audit: Decodable, Sendable {
        package var retentionDays: Int32?
        package var export: Export?
        package struct Export: Decodable, Sendable { package var s3: S3? }
        package struct S3: Decodable, Sendable {
            package var bucket: String
            package var region: String?
            package var endpoint: String?
            package var peers: [Peer]
            package var cloudIdentity: CloudIdentity?
        }
        package enum CloudIdentity: String, Decodable, Sendable, CaseIterable {
            case none = "None"
            case podIdentity = "PodIdentity"
            case serviceAccount = "ServiceAccount"
        }
    }
}
