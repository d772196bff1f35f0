// Written by hack/sandbox-types from the Go types of Kubernetes; the notation is explained in TypeTable.swift.
extension TypeTable {
    static let coreTypes = """
        ClientIPConfig timeoutSeconds:*i
        Condition type+:s status+:s observedGeneration:l lastTransitionTime+:T reason+:s message+:s
        ConfigMap metadata+:ObjectMeta immutable:*b data:{s binaryData:{y
        core.Event metadata+:ObjectMeta involvedObject+:ObjectReference reason:s message:s source+:EventSource
          firstTimestamp+:T lastTimestamp+:T count:i type:s eventTime+:M series:*core.EventSeries action:s
          related:*ObjectReference reportingComponent+:s reportingInstance+:s
        core.EventSeries count:i lastObservedTime+:M
        EventSource component:s host:s
        LoadBalancerIngress ip:s hostname:s ipMode:*s ports:[PortStatus
        LoadBalancerStatus ingress:[LoadBalancerIngress
        ModifyVolumeStatus targetVolumeAttributesClassName:s status+:s
        Namespace metadata+:ObjectMeta spec+:NamespaceSpec status+:NamespaceStatus
        NamespaceCondition type+:s status+:s lastTransitionTime+:T reason:s message:s
        NamespaceSpec finalizers:[s
        NamespaceStatus phase:s conditions:[NamespaceCondition@type
        ObjectReference# kind:s namespace:s name:s uid:s apiVersion:s resourceVersion:s fieldPath:s
        PersistentVolumeClaim metadata+:ObjectMeta spec+:PersistentVolumeClaimSpec status+:PersistentVolumeClaimStatus
        PersistentVolumeClaimCondition type+:s status+:s lastProbeTime+:T lastTransitionTime+:T reason:s message:s
        PersistentVolumeClaimStatus phase:s accessModes:[s capacity:{Q conditions:[PersistentVolumeClaimCondition@type
          allocatedResources:{Q allocatedResourceStatuses:{s currentVolumeAttributesClassName:*s
          modifyVolumeStatus:*ModifyVolumeStatus
        PortStatus port+:i protocol+:s error:*s
        ResourceQuota metadata+:ObjectMeta spec+:ResourceQuotaSpec status+:ResourceQuotaStatus
        ResourceQuotaSpec hard:{Q scopes:[s scopeSelector:*ScopeSelector
        ResourceQuotaStatus hard:{Q used:{Q
        ScopeSelector# matchExpressions:[ScopedResourceSelectorRequirement
        ScopedResourceSelectorRequirement scopeName+:s operator+:s values:[s
        Secret metadata+:ObjectMeta immutable:*b data:{y stringData:{s type:s
        Service metadata+:ObjectMeta spec+:ServiceSpec status+:ServiceStatus
        ServiceAccount metadata+:ObjectMeta secrets:[ObjectReference@name imagePullSecrets:[LocalObjectReference
          automountServiceAccountToken:*b
        ServicePort name:s protocol:s=TCP appProtocol:*s port+:i targetPort+:S nodePort:i
        ServiceSpec ports:[ServicePort@port,protocol selector:#{s clusterIP:s clusterIPs:[s type:s externalIPs:[s
          sessionAffinity:s loadBalancerIP:s loadBalancerSourceRanges:[s externalName:s externalTrafficPolicy:s
          healthCheckNodePort:i publishNotReadyAddresses:b sessionAffinityConfig:*SessionAffinityConfig ipFamilies:[s
          ipFamilyPolicy:*s allocateLoadBalancerNodePorts:*b loadBalancerClass:*s internalTrafficPolicy:*s
          trafficDistribution:*s
        ServiceStatus loadBalancer+:LoadBalancerStatus conditions:[Condition@type
        SessionAffinityConfig clientIP:*ClientIPConfig
        """
}
