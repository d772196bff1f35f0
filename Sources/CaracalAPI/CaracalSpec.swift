import KubeModel

/// `spec` of a `CaracalDeployment`. Field names are the API's; texts that explain them are in the schema beside this.
/// Defaults are not stored here but computed (`CaracalSpec+Defaults`), so that applied and live objects stay equal.
package struct CaracalSpec: Decodable, Sendable {
    package var mode: Mode
    package var version: String
    package var platform: Platform?
    package var images: Images?
    package var trust: Trust?
    package var secrets: Secrets
    package var database: Database
    package var redis: Redis
    package var control: Control?
    package var exposure: Exposure?
    package var web: Web?
    package var sts: STS?
    package var gateway: Gateway?
    package var audit: Audit?
    package var observability: Observability?
    package var networkPolicy: NetworkPolicySettings?
    package var podDefaults: PodDefaults?
    package var components: [String: ComponentSettings]?
    package var hardening: HardeningSettings?
    package var paused: Bool?

    package enum Mode: String, Decodable, Sendable, CaseIterable { case stable, rc, dev }
    package enum Platform: String, Decodable, Sendable, CaseIterable {
        case kubernetes = "Kubernetes"
        case openShift = "OpenShift"
    }
    package enum TLSVerification: String, Decodable, Sendable, CaseIterable {
        case verifyFull = "VerifyFull"
        case require = "Require"
        case disable = "Disable"
    }
}

/// A NetworkPolicyPeer, verbatim, plus pod ports and the Internet as a scope.
package struct Peer: Decodable, Sendable, Hashable {
    package var ipBlock: NetworkPolicy.IPBlock?
    package var namespaceSelector: LabelSelector?
    package var podSelector: LabelSelector?
    package var scope: Scope?
    package var ports: [PeerPort]?

    package enum Scope: String, Decodable, Sendable, CaseIterable { case internet = "Internet" }
}

package struct PeerPort: Decodable, Sendable, Hashable {
    package var port: IntOrString
    package var endPort: Int32?
    package var `protocol`: String?
}

extension CaracalSpec {
    package struct Images: Decodable, Sendable {
        package var registry: String?
        package var pullPolicy: String?
        package var pullSecrets: [LocalReference]?
        package var digests: [Digest]?
        package struct Digest: Decodable, Sendable {
            package var image: String
            package var digest: String
        }
    }

    package struct Trust: Decodable, Sendable {
        package var caBundles: [Bundle]?
        package struct Bundle: Decodable, Sendable {
            package var configMapName: String
            package var key: String?
        }
    }

    package struct Secrets: Decodable, Sendable {
        package var runtimeSecretName: String
        package var keys: [KeyLocation]?
        package struct KeyLocation: Decodable, Sendable {
            package var name: String
            package var secretName: String
            package var key: String?
        }
    }

    package struct Database: Decodable, Sendable {
        package var host: String
        package var port: Int32?
        package var name: String?
        package var authName: String?
        package var tls: TLSVerification?
        package var maxConnections: Int32?
        package var peers: [Peer]
        package var migrations: Migrations?
    }

    package struct Migrations: Decodable, Sendable {
        package var policy: Policy?
        package var host: String?
        package var port: Int32?
        package var adminUser: String?
        package var adminPassword: SecretReference?
        package var peers: [Peer]?
        package enum Policy: String, Decodable, Sendable, CaseIterable {
            case auto = "Auto"
            case manual = "Manual"
            case external = "External"
        }
    }

    package struct SecretReference: Decodable, Sendable, Hashable {
        package var secretName: String
        package var key: String
    }

    package struct Redis: Decodable, Sendable {
        package var host: String
        package var port: Int32?
        package var database: Int32?
        package var tls: TLSVerification?
        package var peers: [Peer]
    }

    package struct Control: Decodable, Sendable {
        package var enabled: Bool?
        package var audience: String?
    }
}
