package struct Deployment: KubeObject, Composed {
    package static let resource = ResourceType.deployments
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        /// Left out while an autoscaler owns the count.
        package var replicas: Int32?
        package var revisionHistoryLimit: Int32?
        package var minReadySeconds: Int32?
        package var progressDeadlineSeconds: Int32?
        package var paused: Bool?
        package var selector: LabelSelector?
        package var strategy: Strategy?
        package var template: PodTemplate?
        package init() {}
    }
    package struct Strategy: Composed {
        package var type: String?
        package var rollingUpdate: RollingUpdate?
        package init() {}
    }
    package struct RollingUpdate: Composed {
        package var maxUnavailable: IntOrString?
        package var maxSurge: IntOrString?
        package init() {}
    }
}

package struct StatefulSet: KubeObject, Composed {
    package static let resource = ResourceType.statefulSets
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var replicas: Int32?
        package var revisionHistoryLimit: Int32?
        package var minReadySeconds: Int32?
        package var serviceName: String?
        package var podManagementPolicy: String?
        package var persistentVolumeClaimRetentionPolicy: RetentionPolicy?
        package var updateStrategy: UpdateStrategy?
        package var selector: LabelSelector?
        package var template: PodTemplate?
        package var volumeClaimTemplates: [ClaimTemplate]?
        package init() {}
    }
    package struct RetentionPolicy: Encodable, Sendable {
        package var whenDeleted: String
        package var whenScaled: String
        package init(whenDeleted: String, whenScaled: String) {
            self.whenDeleted = whenDeleted
            self.whenScaled = whenScaled
        }
    }
    package struct UpdateStrategy: Encodable, Sendable {
        package var type: String
        package init(type: String) { self.type = type }
    }
    package struct ClaimTemplate: Composed {
        package var apiVersion = "v1"
        package var kind = "PersistentVolumeClaim"
        package var metadata = ObjectMeta()
        package var spec: ClaimSpec?
        package init() {}
    }
    package struct ClaimSpec: Composed {
        package var accessModes: [String]?
        package var storageClassName: String?
        package var volumeMode: String?
        package var resources: Resources?
        package init() {}
    }
}

package struct Job: KubeObject, Composed {
    package static let resource = ResourceType.jobs
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var backoffLimit: Int32?
        package var activeDeadlineSeconds: Int64?
        package var ttlSecondsAfterFinished: Int32?
        package var completions: Int32?
        package var parallelism: Int32?
        package var template: PodTemplate?
        package init() {}
    }
}

package struct PodDisruptionBudget: KubeObject, Composed {
    package static let resource = ResourceType.podDisruptionBudgets
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var maxUnavailable: IntOrString?
        package var selector: LabelSelector?
        package var unhealthyPodEvictionPolicy: String?
        package init() {}
    }
}

package struct HorizontalPodAutoscaler: KubeObject, Composed {
    package static let resource = ResourceType.horizontalPodAutoscalers
    package var metadata = ObjectMeta()
    package var spec: Spec?
    package init() {}

    package struct Spec: Composed {
        package var scaleTargetRef: Target?
        package var minReplicas: Int32?
        package var maxReplicas: Int32?
        package var metrics: [Metric]?
        package var behavior: Behavior?
        package init() {}
    }
    package struct Target: Encodable, Sendable {
        package var apiVersion: String
        package var kind: String
        package var name: String
        package init(_ resource: ResourceType, name: String) {
            apiVersion = resource.gvk.apiVersion
            kind = resource.gvk.kind
            self.name = name
        }
    }
    package struct Metric: Encodable, Sendable {
        package var type = "Resource"
        package var resource: ResourceMetric
        package init(_ name: String, utilization: Int32) {
            resource = ResourceMetric(name: name, target: .init(averageUtilization: utilization))
        }
    }
    package struct ResourceMetric: Encodable, Sendable {
        package var name: String
        package var target: MetricTarget
    }
    package struct MetricTarget: Encodable, Sendable {
        package var type = "Utilization"
        package var averageUtilization: Int32
    }
    package struct Behavior: Composed {
        package var scaleUp: Scaling?
        package var scaleDown: Scaling?
        package init() {}
    }
    package struct Scaling: Composed {
        package var stabilizationWindowSeconds: Int32?
        package var selectPolicy: String?
        package init() {}
    }
}
