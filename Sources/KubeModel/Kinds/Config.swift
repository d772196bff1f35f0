package struct ServiceAccount: KubeObject, Composed {
    package static let resource = ResourceType.serviceAccounts
    package var metadata = ObjectMeta()
    package var automountServiceAccountToken: Bool?
    package init() {}
}

package struct ConfigMap: KubeObject, Composed {
    package static let resource = ResourceType.configMaps
    package var metadata = ObjectMeta()
    package var data: [String: String]?
    package init() {}
}

package struct ServiceMonitor: KubeObject, Composed {
    package static let resource = ResourceType.serviceMonitors
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var selector: LabelSelector?
        package var endpoints: [Endpoint]?
        package init() {}
    }
    package struct Endpoint: Composed {
        package var port: String?
        package var path: String?
        package var scheme: String?
        package var interval: String?
        package var authorization: Authorization?
        package var tlsConfig: TLSConfig?
        package init() {}
    }
    package struct Authorization: Encodable, Sendable {
        package var type = "Bearer"
        package var credentials: SecretKey
        package init(credentials: SecretKey) { self.credentials = credentials }
    }
    package struct SecretKey: Encodable, Sendable {
        package var name: String
        package var key: String
        package init(name: String, key: String) {
            self.name = name
            self.key = key
        }
    }
    package struct TLSConfig: Composed {
        package var serverName: String?
        package init() {}
    }
}

package struct PrometheusRule: KubeObject, Composed {
    package static let resource = ResourceType.prometheusRules
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Encodable, Sendable {
        package var groups: [Group]
        package init(groups: [Group]) { self.groups = groups }
    }
    package struct Group: Encodable, Sendable {
        package var name: String
        package var rules: [Rule]
        package init(name: String, rules: [Rule]) {
            self.name = name
            self.rules = rules
        }
    }
    package struct Rule: Composed {
        package var alert: String?
        package var expr: String?
        package var `for`: String?
        package var labels: [String: String]?
        package var annotations: [String: String]?
        package init() {}
    }
}
