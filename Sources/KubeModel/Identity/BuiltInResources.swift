/// The Kubernetes kinds this project reads or writes, once.
extension ResourceType {
    package static let namespaces = ResourceType("", "v1", "Namespace", "namespaces", isNamespaced: false)
    package static let nodes = ResourceType("", "v1", "Node", "nodes", isNamespaced: false)
    package static let pods = ResourceType("", "v1", "Pod", "pods")
    package static let resourceQuotas = ResourceType("", "v1", "ResourceQuota", "resourcequotas")
    package static let secrets = ResourceType("", "v1", "Secret", "secrets")
    package static let configMaps = ResourceType("", "v1", "ConfigMap", "configmaps")
    package static let services = ResourceType("", "v1", "Service", "services")
    package static let serviceAccounts = ResourceType("", "v1", "ServiceAccount", "serviceaccounts")
    package static let persistentVolumeClaims = ResourceType(
        "", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
    package static let events = ResourceType("events.k8s.io", "v1", "Event", "events")
    package static let deployments = ResourceType("apps", "v1", "Deployment", "deployments")
    package static let statefulSets = ResourceType("apps", "v1", "StatefulSet", "statefulsets")
    package static let replicaSets = ResourceType("apps", "v1", "ReplicaSet", "replicasets")
    package static let jobs = ResourceType("batch", "v1", "Job", "jobs")
    package static let networkPolicies = ResourceType("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
    package static let ingresses = ResourceType("networking.k8s.io", "v1", "Ingress", "ingresses")
    package static let podDisruptionBudgets =
        ResourceType("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
    package static let horizontalPodAutoscalers =
        ResourceType("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
    package static let leases = ResourceType("coordination.k8s.io", "v1", "Lease", "leases")
    package static let customResourceDefinitions = ResourceType(
        "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", isNamespaced: false)
    package static let serviceMonitors =
        ResourceType("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors")
    package static let prometheusRules =
        ResourceType("monitoring.coreos.com", "v1", "PrometheusRule", "prometheusrules")
    package static let httpRoutes = ResourceType("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes")
}
