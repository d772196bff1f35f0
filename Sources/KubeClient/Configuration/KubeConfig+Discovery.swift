extension KubeConfig {
    /// `--kubeconfig`, else `KUBECONFIG`, else the service account of the pod, else `~/.kube/config`. What is named
    /// must be usable: the next one could be another cluster. `origin` of the result says which one it was.
    package static func discover(
        path: String?, context: String?, environment: [String: String]
    ) throws -> ClientConfiguration {
        if let path, !path.isEmpty { return try KubeConfig(paths: [path]).configuration(context: context) }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            return try KubeConfig(paths: list.split(separator: ":").map(String.init)).configuration(context: context)
        }
        if context == nil, environment["KUBERNETES_SERVICE_HOST"] != nil {
            return try InCluster.configuration(environment)
        }
        guard let home = environment["HOME"], !home.isEmpty else {
            throw ConfigurationError("no kubeconfig found: HOME is not set. Set KUBECONFIG or pass --kubeconfig")
        }
        return try KubeConfig(paths: ["\(home)/.kube/config"]).configuration(context: context)
    }
}
