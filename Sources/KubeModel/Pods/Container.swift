package struct Container: Composed {
    package var name = ""
    package var image: String?
    package var imagePullPolicy: String?
    package var command: [String]?
    package var args: [String]?
    package var ports: [ContainerPort]?
    package var env: [EnvVar]?
    package var resources: Resources?
    package var volumeMounts: [VolumeMount]?
    package var startupProbe: Probe?
    package var livenessProbe: Probe?
    package var readinessProbe: Probe?
    package var lifecycle: Lifecycle?
    package var terminationMessagePolicy: String?
    package var securityContext: SecurityContext?
    package init() {}
}

/// A plain variable. There is no `valueFrom`: a secret cannot be expressed here, by type. Secrets are files.
package struct EnvVar: Encodable, Sendable, Hashable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

package struct ContainerPort: Encodable, Sendable {
    package var name: String?
    package var containerPort: Int32
    /// Part of the list's key with the number: two ports without it would be refused as duplicates.
    package var `protocol` = "TCP"
    package init(name: String?, containerPort: Int32) {
        self.name = name
        self.containerPort = containerPort
    }
}

package struct Resources: Codable, Sendable, Hashable {
    package var requests: [String: String]?
    package var limits: [String: String]?
    package init(requests: [String: String]? = nil, limits: [String: String]? = nil) {
        self.requests = requests
        self.limits = limits
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        requests = try container.decodeIfPresent([String: WrittenQuantity].self, forKey: .requests)?.mapValues(\.text)
        limits = try container.decodeIfPresent([String: WrittenQuantity].self, forKey: .limits)?.mapValues(\.text)
    }

    private enum CodingKeys: String, CodingKey { case requests, limits }
}

/// A quantity as people write it: `cpu: 2` is a number, and Kubernetes takes it as the text "2".
private struct WrittenQuantity: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let whole = try? container.decode(Int64.self) {
            text = String(whole)
        } else if let number = try? container.decode(Double.self) {
            text = "\(number)"
        } else {
            text = try container.decode(String.self)
        }
    }
}

package struct VolumeMount: Encodable, Sendable {
    package var name: String
    package var mountPath: String
    package var readOnly: Bool?
    package init(name: String, mountPath: String, readOnly: Bool? = nil) {
        self.name = name
        self.mountPath = mountPath
        self.readOnly = readOnly
    }
}

package struct Probe: Composed {
    package var httpGet: HTTPGet?
    package var initialDelaySeconds: Int32?
    package var periodSeconds: Int32?
    package var timeoutSeconds: Int32?
    package var failureThreshold: Int32?
    package init() {}

    package struct HTTPGet: Encodable, Sendable {
        package var path: String
        package var port: IntOrString
        package var scheme: String
        package init(path: String, port: IntOrString, scheme: String) {
            self.path = path
            self.port = port
            self.scheme = scheme
        }
    }
}

package struct Lifecycle: Encodable, Sendable {
    package var preStop: Handler
    package struct Handler: Encodable, Sendable { package var sleep: Sleep }
    package struct Sleep: Encodable, Sendable { package var seconds: Int64 }

    /// The native sleep action, stable since Kubernetes 1.30: the images have no shell.
    package init(preStopSleepSeconds seconds: Int64) { preStop = Handler(sleep: Sleep(seconds: seconds)) }
}

package struct Volume: Composed {
    package var name = ""
    package var emptyDir: EmptyDir?
    package var projected: Projected?
    package var configMap: ConfigMapSource?
    package init() {}

    package struct EmptyDir: Composed {
        package var medium: String?
        package var sizeLimit: String?
        package init() {}
    }
    package struct Projected: Encodable, Sendable {
        package var defaultMode: Int32
        package var sources: [Source]
        package init(defaultMode: Int32, sources: [Source]) {
            self.defaultMode = defaultMode
            self.sources = sources
        }
    }
    package struct Source: Composed {
        package var secret: KeysOf?
        package var configMap: KeysOf?
        package init() {}
    }
    package struct KeysOf: Encodable, Sendable {
        package var name: String
        package var items: [Item]?
        package init(name: String, items: [Item]?) {
            self.name = name
            self.items = items
        }
    }
    package struct Item: Encodable, Sendable {
        package var key: String
        package var path: String
        package init(key: String, path: String) {
            self.key = key
            self.path = path
        }
    }
    package struct ConfigMapSource: Composed {
        package var name: String?
        package var defaultMode: Int32?
        package var items: [Item]?
        package var optional: Bool?
        package init() {}
    }
}
