import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeClient
import KubeModel
import Rendering

/// The steps of the quickstart and what they print.
struct QuickstartTour: Sendable {
    let client: KubeClient
    let file: InstanceFile
    private static let manager = "caracal-quickstart"

    private var key: ObjectKey { file.instance.key }

    /// The CRD, the namespace, keys where there are none, and the instance.
    func prepare() async throws {
        // Made before the first write: an instance that asks for more leaves nothing behind.
        let context = try RenderContext(
            key: key, spec: file.instance.spec, catalog: .caracal, inputs: RenderInputs(ownerUID: ""))
        let (keys, certificates) = (try sampleKeys(context), try SampleCertificates.secrets(context))
        let crd = CaracalDeployment.customResourceDefinition(CatalogNames(.caracal))
        try await client.apply(.customResourceDefinitions, crd, fieldManager: Self.manager)
        print("applied  customresourcedefinition \(crd.name)")
        try await waitForType()
        let namespace: JSONValue = [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": [
                "name": .string(key.namespace), "labels": ["pod-security.kubernetes.io/enforce": "restricted"],
            ],
        ]
        try await client.apply(.namespaces, namespace, fieldManager: Self.manager)
        print("applied  namespace \(key.namespace) (Pod Security: restricted)")
        try await store(keys, "sample keys")
        for certificate in certificates { try await store(certificate, "a certificate nobody signed") }
        var document = file.document
        document.set(["metadata", "namespace"], .string(key.namespace))
        try await client.apply(CaracalDeployment.resource, document, fieldManager: Self.manager)
        print("applied  caracaldeployment \(key)")
        fflush(nil)
    }

    /// A real server needs a moment to serve a new kind.
    private func waitForType() async throws {
        for attempt in 1...50 {
            do {
                _ = try await client.list(CaracalDeployment.resource, namespace: "default")
                return
            } catch let error as KubeError where error.code == .unknownType && attempt < 50 {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func sampleKeys(_ context: RenderContext) throws -> JSONValue {
        let wanted = Set(context.secretKeys(of: .web).map(\.name))
        let samples = [
            "githubClientId": "sample", "githubClientSecret": "sample", "googleClientId": "sample",
            "googleClientSecret": "sample", "smtpUrl": "smtps://user:sample@mail.example.com:465",
        ]
        return try KeyGenerator(context: context, given: samples.filter { wanted.contains($0.key) }).secret()
    }

    private func store(_ secret: JSONValue, _ what: String) async throws {
        if (try? await client.get(.secrets, secret.key)) != nil { return print("kept     secret \(secret.name)") }
        try await client.create(.secrets, secret)
        print("created  secret \(secret.name) with \(what)")
    }

    /// Prints each change of the instance until it is Ready, then what was made.
    func follow() async throws {
        var last = ""
        var served: Set<String> = []
        let start = try await client.get(CaracalDeployment.resource, key)
        var current: JSONValue? = start
        let events = try await client.watch(
            CaracalDeployment.resource, namespace: key.namespace,
            selector: Selector(fields: "metadata.name=\(key.name)"),
            from: start.resourceVersion, seconds: 600)
        var iterator = events.makeAsyncIterator()
        while let object = current {
            for component in object.at("status", "components")?.array ?? [] {
                guard let name = component["name"]?.string, let ready = component["ready"]?.integer, ready > 0,
                    ready >= component["desired"]?.integer ?? 1, served.insert(name).inserted
                else { continue }
                print("ready    \(name) \(ready)/\(component["desired"]?.integer ?? 0)")
            }
            let ready = object.at("status", "conditions")?.array?.first { $0["type"] == "Ready" }
            let line =
                "\(ready?["reason"]?.string ?? "Pending"): \(ready?["message"]?.string ?? "the operator has not looked yet")"
            if line != last { print("status   \(line)") }
            last = line
            fflush(nil)
            if ready?["status"] == "True" { return try await summary(object) }
            current = nil
            while current == nil, let event = try await iterator.next() {
                if case .modified(let object) = event { current = object }
                if case .failed(let error) = event { throw error }
            }
        }
    }

    private func summary(_ object: JSONValue) async throws {
        func status(_ field: String) -> String { object.at("status", field)?.string ?? "" }
        let born = object.metadata["creationTimestamp"]?.string.flatMap { Timestamp($0) }
        let age = born.map { "\(Int(Timestamp.now().seconds - $0.seconds))s" } ?? ""
        print("\nNAME   READY   STATUS      VERSION   COMPONENTS   AGE")
        print(
            "\(object.name)   True    Converged   \(status("version"))     \(status("readyComponents"))          \(age)\n"
        )
        for type in ResourceCatalog.kinds where !ResourceCatalog.optionalKinds.contains(type) {
            let selector = Selector(labels: "\(Label.deployment)=\(key.name)")
            let names = try await client.list(type, namespace: key.namespace, selector: selector).items.map(\.name)
            if !names.isEmpty { print("\(type.plural): \(names.joined(separator: " "))") }
        }
        fflush(nil)
    }
}
