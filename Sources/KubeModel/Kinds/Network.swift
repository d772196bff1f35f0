package struct Service: KubeObject, Composed {
    package static let resource = ResourceType.services
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var type: String?
        package var clusterIP: String?
        package var publishNotReadyAddresses: Bool?
        package var selector: [String: String]?
        package var ports: [Port]?
        package init() {}
    }
    package struct Port: Encodable, Sendable {
        package var name: String
        package var port: Int32
        package var `protocol` = "TCP"
        package var targetPort: IntOrString
        package var appProtocol: String?
        package init(name: String, port: Int32, targetPort: IntOrString) {
            self.name = name
            self.port = port
            self.targetPort = targetPort
        }
    }
}

package struct NetworkPolicy: KubeObject, Composed {
    package static let resource = ResourceType.networkPolicies
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        /// Empty means every pod of the namespace.
        package var podSelector = LabelSelector()
        package var policyTypes: [String] = ["Ingress", "Egress"]
        /// Empty lists are written: with the direction named in `policyTypes` they mean "nothing is allowed".
        /// None rather than empty: an API server counts every apply of an empty list as a change.
        package var ingress: [IngressRule]?
        package var egress: [EgressRule]?
        package init() {}
    }
    package struct IngressRule: Encodable, Sendable, Hashable {
        package var from: [Peer]
        package var ports: [Port]
        package init(from: [Peer], ports: [Port]) {
            self.from = from
            self.ports = ports
        }
    }
    package struct EgressRule: Encodable, Sendable, Hashable {
        package var to: [Peer]
        package var ports: [Port]
        package init(to: [Peer], ports: [Port]) {
            self.to = to
            self.ports = ports
        }
    }
    package struct Peer: Codable, Sendable, Hashable {
        package var ipBlock: IPBlock?
        package var namespaceSelector: LabelSelector?
        package var podSelector: LabelSelector?
        package init(
            ipBlock: IPBlock? = nil, namespaceSelector: LabelSelector? = nil, podSelector: LabelSelector? = nil
        ) {
            self.ipBlock = ipBlock
            self.namespaceSelector = namespaceSelector
            self.podSelector = podSelector
        }
    }
    package struct IPBlock: Codable, Sendable, Hashable {
        package var cidr: String
        package var except: [String]?
        package init(cidr: String, except: [String]? = nil) {
            self.cidr = cidr
            self.except = except
        }
    }
    package struct Port: Codable, Sendable, Hashable {
        package var `protocol`: String?
        package var port: IntOrString
        package var endPort: Int32?
        package init(_ port: IntOrString, protocol name: String? = "TCP", endPort: Int32? = nil) {
            `protocol` = name
            self.port = port
            self.endPort = endPort
        }
    }
}

package struct Ingress: KubeObject, Composed {
    package static let resource = ResourceType.ingresses
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var ingressClassName: String?
        package var tls: [TLS]?
        package var rules: [Rule]?
        package init() {}
    }
    package struct TLS: Encodable, Sendable {
        package var hosts: [String]
        package var secretName: String
        package init(hosts: [String], secretName: String) {
            self.hosts = hosts
            self.secretName = secretName
        }
    }
    package struct Rule: Encodable, Sendable {
        package var host: String
        package var http: HTTP
        package init(host: String, paths: [Path]) {
            self.host = host
            http = HTTP(paths: paths)
        }
    }
    package struct HTTP: Encodable, Sendable { package var paths: [Path] }
    package struct Path: Encodable, Sendable {
        package var path: String
        package var pathType: String
        package var backend: Backend
        package init(path: String, pathType: String, service: String, port: String) {
            self.path = path
            self.pathType = pathType
            backend = Backend(service: .init(name: service, port: .init(name: port)))
        }
    }
    package struct Backend: Encodable, Sendable { package var service: BackendService }
    package struct BackendService: Encodable, Sendable {
        package var name: String
        package var port: BackendPort
    }
    package struct BackendPort: Encodable, Sendable { package var name: String }
}
