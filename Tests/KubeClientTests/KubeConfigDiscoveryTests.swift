import Crypto
import TestSupport
import Testing

@testable import KubeClient

enum Base64Text {
    static func of(_ text: String) -> String { Base64.encode(Array(text.utf8)) }
}

/// Which configuration is chosen (A41), and that of a pod (A44).
@Suite struct KubeConfigDiscoveryTests {
    private func config(_ server: String) -> String {
        "{current-context: a, clusters: [{name: c, cluster: {server: \"https://\(server)\"}}], contexts: [{name: a, context: {cluster: c}}]}"
    }

    // A41. Fails when any two of the four change places: the operator in a pod picks a mounted home configuration.
    @Test func theOrderIsFlagThenVariableThenPodThenHome() throws {
        let directory = try TemporaryDirectory([
            "flag": config("flag"), "one": config("one"), "two": config("two"), ".kube/config": config("home"),
        ])
        let path = directory.path
        var environment = ["HOME": path, "KUBECONFIG": ":\(path)/none:\(path)/one:\(path)/two"]
        func chosen(_ flag: String? = nil, context: String? = nil) throws -> ClientConfiguration {
            try KubeConfig.discover(path: flag, context: context, environment: environment)
        }
        environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
        environment["KUBERNETES_SERVICE_PORT"] = "443"
        #expect(try chosen("\(path)/flag").endpoint.base == "https://flag")
        #expect(try chosen("\(path)/flag").origin == "context a of \(path)/flag")
        #expect(try chosen("").endpoint.base == "https://one")
        #expect(try chosen().endpoint.base == "https://one")
        #expect(try chosen().origin == "context a of \(path)/one")
        environment["KUBECONFIG"] = ""
        // This test is no pod: its service account is looked for, and the home configuration left alone.
        let pod = #expect(throws: ConfigurationError.self) { try chosen() }
        #expect(pod?.description.contains("serviceaccount/ca.crt does not exist") == true)
        #expect(try chosen(context: "a").endpoint.base == "https://home")
        environment["KUBERNETES_SERVICE_HOST"] = nil
        #expect(try chosen().origin == "context a of \(path)/.kube/config")
    }

    // A41. Fails when what was named and is missing makes the next one be used.
    @Test func whatIsNamedMustBeThere() throws {
        let directory = try TemporaryDirectory([".kube/config": config("home")])
        var environment = ["HOME": directory.path]
        #expect(throws: ConfigurationError.self) {
            try KubeConfig.discover(path: "/nowhere/config", context: nil, environment: environment)
        }
        environment["KUBECONFIG"] = "/nowhere/config:/nowhere/other"
        let error = #expect(throws: ConfigurationError.self) {
            try KubeConfig.discover(path: nil, context: nil, environment: environment)
        }
        #expect(error?.description.contains("looked for /nowhere/config, /nowhere/other") == true)
        let homeless = #expect(throws: ConfigurationError.self) {
            try KubeConfig.discover(path: nil, context: nil, environment: [:])
        }
        #expect(homeless?.description.contains("HOME is not set") == true)
    }

    // A44. Fails when the namespace falls back to "default": the lease would be somebody else's.
    @Test func aPodsNamespaceIsThatOfItsFile() throws {
        let directory = try TemporaryDirectory(["ca.crt": TestPair.first.certificate, "namespace": "caracal\n"])
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let configuration = try InCluster.configuration(environment, directory: directory.path)
        let namespace = try configuration.namespace
        #expect(namespace == "caracal")
        #expect(configuration.origin == "in-cluster")
        #expect(configuration.endpoint.base == "https://[fd00::1]:443")
        #expect(configuration.files.certificateAuthority == "\(directory.path)/ca.crt")
        guard case .tokenFile(let file, nil) = configuration.credential else { Issue.record("no token file"); return }
        #expect(file == "\(directory.path)/token")

        for (content, says) in [("", "is empty"), (nil, "does not exist")] {
            if let content { try directory.write("namespace", content) } else { directory.remove("namespace") }
            // Not before it is asked for: who names a namespace needs no file.
            let without = try InCluster.configuration(environment, directory: directory.path)
            let error = #expect(throws: ConfigurationError.self) { try without.namespace }
            #expect(error?.description.contains("\(directory.path)/namespace \(says)") == true)
        }
        try directory.write("ca.crt", "")
        #expect(throws: ConfigurationError.self) { try InCluster.configuration(environment, directory: directory.path) }
    }
}
