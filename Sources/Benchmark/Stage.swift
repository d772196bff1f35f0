import CaracalAPI
import Crypto
import Glibc
import KubeClient
import KubeModel
import KubeYAML

/// The cluster's side of a measurement: CRD, namespace, keys, instances, and objects that are nobody's business.
struct Stage: Sendable {
    let client: KubeClient
    let namespace: String
    /// The operator's binary, for what it can print.
    let binary: String
    let sample: String
    private static let manager = "caracal-benchmark"

    /// Everything but instances. A CRD that is there already is left as it is.
    func prepare() async throws {
        let crd = try YAML.document(try await output(["crd"]))
        if (try? await client.get(.customResourceDefinitions, crd.key)) == nil {
            try await client.apply(.customResourceDefinitions, crd, fieldManager: Self.manager)
        }
        try await client.create(
            .namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
        let keys = ["--set", "githubClientId=sample", "--set", "githubClientSecret=sample"]
        var secret = try YAML.document(try await output(["keys", "-f", sample] + keys))
        secret.set(["metadata", "namespace"], .string(namespace))
        try await client.create(.secrets, secret)
        for certificate in try certificates() { try await client.create(.secrets, certificate) }
        // A real server needs a moment to serve a new kind.
        let end = ContinuousClock.now + .seconds(20)
        while (try? await client.list(CaracalDeployment.resource, namespace: namespace)) == nil {
            guard ContinuousClock.now < end else { throw Failure("the server does not serve the CRD within 20 s") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// For the sample's hosts: without them an instance is held where it has an Ingress.
    private func certificates() throws -> [JSONValue] {
        let sites = try YAML.document(try TextFile.read(sample)).at("spec", "exposure")?.object ?? [:]
        var hosts: [String: [String]] = [:]
        for site in sites.map(\.value) {
            guard let host = site["host"]?.string, let name = site.at("tls", "secretName")?.string else { continue }
            hosts[name, default: []].append(host)
        }
        let today = Int64(Timestamp.now().seconds)
        return try hosts.map { name, hosts in
            guard let made = MadeCertificate.make(hosts: hosts, notBefore: today - 3600, notAfter: today + 90 * 86_400)
            else { throw Failure("cannot make a certificate for \(hosts.joined(separator: ", "))") }
            return [
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                "metadata": ["name": .string(name), "namespace": .string(namespace)],
                "data": [
                    "tls.crt": .string(Base64.encode(made.certificate)), "tls.key": .string(Base64.encode(made.key)),
                ],
            ]
        }
    }

    func document(_ name: String) throws -> JSONValue {
        var document = try YAML.document(try TextFile.read(sample))
        document.set(["metadata", "name"], .string(name))
        document.set(["metadata", "namespace"], .string(namespace))
        // Copies share the sample's Postgres, which would hold all but the first.
        document.set(["metadata", "annotations"], [Annotation.acknowledge: "one-instance-per-postgres@1"])
        return document
    }

    /// The object, and when the server's answer was there.
    func create(_ name: String) async throws -> (object: JSONValue, at: ContinuousClock.Instant) {
        let object = try await client.create(CaracalDeployment.resource, try document(name))
        return (object, .now)
    }

    func deleteInstances() async throws {
        let type = CaracalDeployment.resource
        for item in try await client.list(type, namespace: namespace).items {
            try await client.delete(type, item.key, uid: item.uid)
        }
    }

    /// The objects the operator would apply for an instance, as it prints them.
    func rendered(_ instance: JSONValue) async throws -> [JSONValue] {
        var plain = instance
        plain.set(["metadata"], ["name": .string(instance.name), "namespace": .string(namespace)])
        plain.set(["status"], nil)
        var template = Array("/tmp/caracal-benchmark-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure("no temporary file: \(String(cString: strerror(errno)))") }
        close(descriptor)
        let path = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        defer { unlink(path) }
        try TextFile.write(plain.text, to: path)
        return try YAML.documents(try await output(["render", "-f", path, "--owner-uid", instance.uid])).map(\.value)
    }

    /// Secrets and pods of somebody else, as many of each, in the operator's own namespace.
    func createForeign(_ count: Int) async throws {
        let filler = String(repeating: "x", count: 1024)
        try await inParallel(count) { index in
            let name = "foreign-\(index)"
            try await client.create(
                .secrets,
                [
                    "apiVersion": "v1", "kind": "Secret", "stringData": ["filler": .string(filler)],
                    "metadata": ["name": .string(name), "namespace": .string(namespace)],
                ])
            // Nobody schedules it.
            try await client.create(
                .pods,
                [
                    "apiVersion": "v1", "kind": "Pod",
                    "metadata": [
                        "name": .string(name), "namespace": .string(namespace), "labels": ["app": "foreign"],
                    ],
                    "spec": [
                        "schedulerName": "nobody", "automountServiceAccountToken": false,
                        "containers": [["name": "main", "image": "registry.k8s.io/pause:3.10"]],
                    ],
                ])
        }
    }

    func inParallel(_ count: Int, width: Int = 8, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= width { try await group.next() }
                group.addTask { try await body(index) }
            }
            try await group.waitForAll()
        }
    }

    func remove() async {
        guard let home = try? await client.get(.namespaces, ObjectKey(namespace: "", name: namespace)) else { return }
        try? await client.delete(.namespaces, home.key, uid: home.uid)
    }

    private func output(_ arguments: [String]) async throws -> String {
        let invocation = ChildProcess.Invocation(
            path: binary, arguments: arguments, environment: [], deadline: .seconds(30))
        let outcome = await withCheckedContinuation { continuation in
            ChildProcess.run(invocation) { continuation.resume(returning: $0) }
        }
        guard case .exited(status: 0, let bytes) = outcome else {
            throw Failure("\(binary) \(arguments.joined(separator: " ")) failed")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
