// Written by hack/sandbox-types from the Go types of Kubernetes; the notation is explained in TypeTable.swift.
extension TypeTable {
    static let groupTypes = """
        AggregationRule clusterRoleSelectors:[LabelSelector
        ClusterRole metadata+:ObjectMeta rules+:[PolicyRule aggregationRule:*AggregationRule
        ClusterRoleBinding metadata+:ObjectMeta subjects:[Subject roleRef+:RoleRef
        ContainerResourceMetricSource name+:s target+:MetricTarget container+:s
        ContainerResourceMetricStatus name+:s current+:MetricValueStatus container+:s
        CrossVersionObjectReference kind+:s name+:s apiVersion:s
        Deployment metadata+:ObjectMeta spec+:DeploymentSpec status+:DeploymentStatus
        DeploymentCondition type+:s status+:s lastUpdateTime+:T lastTransitionTime+:T reason:s message:s
        DeploymentSpec replicas:*i selector+:*LabelSelector template+:PodTemplateSpec strategy+:DeploymentStrategy
          minReadySeconds:i revisionHistoryLimit:*i paused:b progressDeadlineSeconds:*i
        DeploymentStatus observedGeneration:l replicas:i updatedReplicas:i readyReplicas:i availableReplicas:i
          unavailableReplicas:i terminatingReplicas:*i conditions:[DeploymentCondition@type collisionCount:*i
        DeploymentStrategy type:s rollingUpdate:*RollingUpdateDeployment
        events.Event metadata+:ObjectMeta eventTime+:M series:*events.EventSeries reportingController:s
          reportingInstance:s action:s reason:s regarding+:ObjectReference related:*ObjectReference note:s type:s
          deprecatedSource+:EventSource deprecatedFirstTimestamp+:T deprecatedLastTimestamp+:T deprecatedCount:i
        events.EventSeries count+:i lastObservedTime+:M
        ExternalMetricSource metric+:MetricIdentifier target+:MetricTarget
        ExternalMetricStatus metric+:MetricIdentifier current+:MetricValueStatus
        HPAScalingPolicy type+:s value+:i periodSeconds+:i
        HPAScalingRules stabilizationWindowSeconds:*i selectPolicy:*s policies:[HPAScalingPolicy tolerance:*Q
        HTTPIngressPath path:s pathType+:*s backend+:IngressBackend
        HTTPIngressRuleValue paths+:[HTTPIngressPath
        HorizontalPodAutoscaler metadata+:ObjectMeta spec+:HorizontalPodAutoscalerSpec
          status+:HorizontalPodAutoscalerStatus
        HorizontalPodAutoscalerBehavior scaleUp:*HPAScalingRules scaleDown:*HPAScalingRules
        HorizontalPodAutoscalerCondition type+:s status+:s lastTransitionTime+:T reason:s message:s
        HorizontalPodAutoscalerSpec scaleTargetRef+:CrossVersionObjectReference minReplicas:*i maxReplicas+:i
          metrics:[MetricSpec behavior:*HorizontalPodAutoscalerBehavior
        HorizontalPodAutoscalerStatus observedGeneration:*l lastScaleTime:*T currentReplicas:i desiredReplicas+:i
          currentMetrics+:[MetricStatus conditions:[HorizontalPodAutoscalerCondition@type
        IPBlock cidr+:s except:[s
        Ingress metadata+:ObjectMeta spec+:IngressSpec status+:IngressStatus
        IngressBackend service:*IngressServiceBackend resource:*TypedLocalObjectReference
        IngressLoadBalancerIngress ip:s hostname:s ports:[IngressPortStatus
        IngressLoadBalancerStatus ingress:[IngressLoadBalancerIngress
        IngressPortStatus port+:i protocol+:s error:*s
        IngressRule host:s http:*HTTPIngressRuleValue
        IngressServiceBackend name+:s port+:ServiceBackendPort
        IngressSpec ingressClassName:*s defaultBackend:*IngressBackend tls:[IngressTLS rules:[IngressRule
        IngressStatus loadBalancer+:IngressLoadBalancerStatus
        IngressTLS hosts:[s secretName:s
        Job metadata+:ObjectMeta spec+:JobSpec status+:JobStatus
        JobCondition type+:s status+:s lastProbeTime+:T lastTransitionTime+:T reason:s message:s
        JobSpec parallelism:*i completions:*i activeDeadlineSeconds:*l podFailurePolicy:*PodFailurePolicy
          successPolicy:*SuccessPolicy backoffLimit:*i backoffLimitPerIndex:*i maxFailedIndexes:*i
          selector:*LabelSelector manualSelector:*b template+:PodTemplateSpec ttlSecondsAfterFinished:*i
          completionMode:*s suspend:*b podReplacementPolicy:*s managedBy:*s
        JobStatus conditions:[JobCondition startTime:*T completionTime:*T active:i succeeded:i failed:i terminating:*i
          completedIndexes:s failedIndexes:*s uncountedTerminatedPods:*UncountedTerminatedPods ready:*i
        Lease metadata+:ObjectMeta spec+:LeaseSpec
        LeaseSpec holderIdentity:*s leaseDurationSeconds:*i acquireTime:*M renewTime:*M leaseTransitions:*i
          strategy:*s preferredHolder:*s
        MetricIdentifier name+:s selector:*LabelSelector
        MetricSpec type+:s object:*ObjectMetricSource pods:*PodsMetricSource resource:*ResourceMetricSource
          containerResource:*ContainerResourceMetricSource external:*ExternalMetricSource
        MetricStatus type+:s object:*ObjectMetricStatus pods:*PodsMetricStatus resource:*ResourceMetricStatus
          containerResource:*ContainerResourceMetricStatus external:*ExternalMetricStatus
        MetricTarget type+:s value:*Q averageValue:*Q averageUtilization:*i
        MetricValueStatus value:*Q averageValue:*Q averageUtilization:*i
        NetworkPolicy metadata+:ObjectMeta spec+:NetworkPolicySpec
        NetworkPolicyEgressRule ports:[NetworkPolicyPort to:[NetworkPolicyPeer
        NetworkPolicyIngressRule ports:[NetworkPolicyPort from:[NetworkPolicyPeer
        NetworkPolicyPeer podSelector:*LabelSelector namespaceSelector:*LabelSelector ipBlock:*IPBlock
        NetworkPolicyPort protocol:*s port:*S endPort:*i
        NetworkPolicySpec podSelector+:LabelSelector ingress:[NetworkPolicyIngressRule egress:[NetworkPolicyEgressRule
          policyTypes:[s
        ObjectMetricSource describedObject+:CrossVersionObjectReference target+:MetricTarget metric+:MetricIdentifier
        ObjectMetricStatus metric+:MetricIdentifier current+:MetricValueStatus
          describedObject+:CrossVersionObjectReference
        PodDisruptionBudget metadata+:ObjectMeta spec+:PodDisruptionBudgetSpec status+:PodDisruptionBudgetStatus
        PodDisruptionBudgetSpec minAvailable:*S selector:*LabelSelector maxUnavailable:*S
          unhealthyPodEvictionPolicy:*s
        PodDisruptionBudgetStatus observedGeneration:l disruptedPods:{T disruptionsAllowed+:i currentHealthy+:i
          desiredHealthy+:i expectedPods+:i conditions:[Condition@type
        PodFailurePolicy rules+:[PodFailurePolicyRule
        PodFailurePolicyOnExitCodesRequirement containerName:*s operator+:s values+:[i@
        PodFailurePolicyOnPodConditionsPattern type+:s status+:s
        PodFailurePolicyRule action+:s onExitCodes:*PodFailurePolicyOnExitCodesRequirement
          onPodConditions:[PodFailurePolicyOnPodConditionsPattern
        PodTemplateSpec metadata+:ObjectMeta spec+:PodSpec
        PodsMetricSource metric+:MetricIdentifier target+:MetricTarget
        PodsMetricStatus metric+:MetricIdentifier current+:MetricValueStatus
        PolicyRule verbs+:[s apiGroups:[s resources:[s resourceNames:[s nonResourceURLs:[s
        ReplicaSet metadata+:ObjectMeta spec+:ReplicaSetSpec status+:ReplicaSetStatus
        ReplicaSetCondition type+:s status+:s lastTransitionTime+:T reason:s message:s
        ReplicaSetSpec replicas:*i minReadySeconds:i selector+:*LabelSelector template+:PodTemplateSpec
        ReplicaSetStatus replicas+:i fullyLabeledReplicas:i readyReplicas:i availableReplicas:i terminatingReplicas:*i
          observedGeneration:l conditions:[ReplicaSetCondition@type
        ResourceMetricSource name+:s target+:MetricTarget
        ResourceMetricStatus name+:s current+:MetricValueStatus
        Role metadata+:ObjectMeta rules+:[PolicyRule
        RoleBinding metadata+:ObjectMeta subjects:[Subject roleRef+:RoleRef
        RoleRef# apiGroup+:s kind+:s name+:s
        RollingUpdateDeployment maxUnavailable:*S maxSurge:*S
        RollingUpdateStatefulSetStrategy partition:*i maxUnavailable:*S
        ServiceBackendPort# name:s number:i
        StatefulSet metadata+:ObjectMeta spec+:StatefulSetSpec status+:StatefulSetStatus
        StatefulSetCondition type+:s status+:s lastTransitionTime+:T reason:s message:s
        StatefulSetOrdinals start+:i
        StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:s whenScaled:s
        StatefulSetSpec replicas:*i selector+:*LabelSelector template+:PodTemplateSpec
          volumeClaimTemplates:[PersistentVolumeClaim serviceName+:s podManagementPolicy:s
          updateStrategy+:StatefulSetUpdateStrategy revisionHistoryLimit:*i minReadySeconds:i
          persistentVolumeClaimRetentionPolicy:*StatefulSetPersistentVolumeClaimRetentionPolicy
          ordinals:*StatefulSetOrdinals
        StatefulSetStatus observedGeneration:l replicas+:i readyReplicas:i currentReplicas:i updatedReplicas:i
          currentRevision:s updateRevision:s collisionCount:*i conditions:[StatefulSetCondition@type
          availableReplicas+:i
        StatefulSetUpdateStrategy type:s rollingUpdate:*RollingUpdateStatefulSetStrategy
        Subject# kind+:s apiGroup:s name+:s namespace:s
        SuccessPolicy rules+:[SuccessPolicyRule
        SuccessPolicyRule succeededIndexes:*s succeededCount:*i
        UncountedTerminatedPods succeeded:[s@ failed:[s@
        """
}
