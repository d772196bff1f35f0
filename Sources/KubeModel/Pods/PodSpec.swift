package struct PodTemplate: Composed {
    package var metadata: ObjectMeta?
    package var spec: PodSpec?
    package init() {}
}

package struct PodSpec: Composed {
    package var serviceAccountName: String?
    package var automountServiceAccountToken: Bool?
    package var enableServiceLinks: Bool?
    package var hostNetwork: Bool?
    package var hostPID: Bool?
    package var hostIPC: Bool?
    package var securityContext: PodSecurityContext?
    package var restartPolicy: String?
    package var terminationGracePeriodSeconds: Int64?
    package var priorityClassName: String?
    package var nodeSelector: [String: String]?
    package var tolerations: [JSONValue]?
    package var affinity: Affinity?
    package var topologySpreadConstraints: [TopologySpreadConstraint]?
    package var imagePullSecrets: [LocalReference]?
    package var containers: [Container]?
    package var volumes: [Volume]?
    package init() {}
}

package struct LocalReference: Codable, Sendable, Hashable {
    package var name: String
    package init(name: String) { self.name = name }
}

package struct PodSecurityContext: Composed {
    package var runAsNonRoot: Bool?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var fsGroup: Int64?
    package var fsGroupChangePolicy: String?
    package var seccompProfile: SeccompProfile?
    package init() {}
}

package struct SeccompProfile: Encodable, Sendable {
    package var type: String
    package init(type: String) { self.type = type }
}

package struct SecurityContext: Composed {
    package var allowPrivilegeEscalation: Bool?
    package var privileged: Bool?
    package var readOnlyRootFilesystem: Bool?
    package var runAsNonRoot: Bool?
    package var runAsUser: Int64?
    package var runAsGroup: Int64?
    package var capabilities: Capabilities?
    package var seccompProfile: SeccompProfile?
    package init() {}

    package struct Capabilities: Encodable, Sendable {
        package var drop: [String]
        package init(drop: [String]) { self.drop = drop }
    }
}

package struct Affinity: Composed {
    package var podAntiAffinity: PodAntiAffinity?
    package init() {}

    package struct PodAntiAffinity: Encodable, Sendable {
        package var preferredDuringSchedulingIgnoredDuringExecution: [Weighted]
        package init(preferred: [Weighted]) { preferredDuringSchedulingIgnoredDuringExecution = preferred }
    }
    package struct Weighted: Encodable, Sendable {
        package var weight: Int32
        package var podAffinityTerm: Term
        package init(weight: Int32, term: Term) {
            self.weight = weight
            podAffinityTerm = term
        }
    }
    package struct Term: Encodable, Sendable {
        package var labelSelector: LabelSelector
        package var topologyKey: String
        package init(labelSelector: LabelSelector, topologyKey: String) {
            self.labelSelector = labelSelector
            self.topologyKey = topologyKey
        }
    }
}

package struct TopologySpreadConstraint: Encodable, Sendable {
    package var maxSkew: Int32
    package var topologyKey: String
    package var whenUnsatisfiable: String
    package var labelSelector: LabelSelector
    package init(maxSkew: Int32, topologyKey: String, whenUnsatisfiable: String, labelSelector: LabelSelector) {
        self.maxSkew = maxSkew
        self.topologyKey = topologyKey
        self.whenUnsatisfiable = whenUnsatisfiable
        self.labelSelector = labelSelector
    }
}
