import CaracalAPI
import CaracalCatalog
import Glibc
import Hardening
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// The guard rails against a real API server, which alone evaluates admission policies: what is rendered passes, what is
/// weaker is denied, and nothing is deleted in passing. Everything is a dry run.
@Suite(.serialized, .timeLimit(.minutes(3))) struct GuardrailTests {
    static var kubeconfig: String? {
        getenv("KUBECONFIG_CONTRACT").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    @Test(.enabled(if: kubeconfig != nil, "needs KUBECONFIG_CONTRACT")) func weakerIsDeniedAndOursPasses() async throws
    {
        let client = try KubeClient(try KubeConfig(paths: [try #require(Self.kubeconfig)]).configuration())
        let namespace = "guarded-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try await client.apply(
            .customResourceDefinitions, CaracalDeployment.customResourceDefinition(CatalogNames(.caracal)),
            fieldManager: "test")
        for object in GuardrailManifest.objects {
            try await client.apply(Self.type(object), object, fieldManager: "test")
        }
        let labels: JSONValue = [GuardrailManifest.label: "true"]
        try await client.create(
            .namespaces,
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace), "labels": labels]])
        // Without controllers nobody makes the account every pod needs.
        _ = try? await client.create(
            .serviceAccounts,
            [
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": ["name": "default", "namespace": .string(namespace)],
            ])
        let world = Guarded(client: client, namespace: namespace)
        try await world.waitUntilGuarded()

        let context = try Fixture.everything.context { $0.set(["metadata", "namespace"], .string(namespace)) }
        for object in try ResourceCatalog.render(context) {
            if let pod = Guarded.pod(object.document) {
                #expect(try await world.verdict(.pods, pod) == nil, "\(object.name)")
            }
            if [.services, .networkPolicies, .ingresses].contains(object.resource) {
                #expect(try await world.verdict(object.resource, object.document) == nil, "\(object.name)")
            }
        }
        for (name, type, object) in try world.weaker() {
            let verdict = try await world.verdict(type, object)
            #expect(verdict?.contains("denied") == true, "\(name): \(verdict ?? "passed")")
        }
        try await world.deletionsAreAsked()
        // Away again, with the confirmation the policy asks for.
        let confirm: JSONValue = ["metadata": ["annotations": [GuardrailManifest.confirmation: .string(namespace)]]]
        let key = ObjectKey(namespace: "", name: namespace)
        try await client.patch(.namespaces, key, .merge, confirm)
        try await client.delete(.namespaces, key, uid: try await client.get(.namespaces, key).uid)
        for object in GuardrailManifest.objects.reversed() {
            let type = Self.type(object)
            try await client.delete(type, object.key, uid: try await client.get(type, object.key).uid)
        }
    }

    private static func type(_ object: JSONValue) -> ResourceType {
        let plural =
            object.gvk.kind == "ValidatingAdmissionPolicy"
            ? "validatingadmissionpolicies" : "validatingadmissionpolicybindings"
        return ResourceType("admissionregistration.k8s.io", "v1", object.gvk.kind, plural, isNamespaced: false)
    }
}

private struct Guarded {
    let client: KubeClient
    let namespace: String

    /// A server takes up new policies one after the other: what each denies is asked for until it is denied.
    func waitUntilGuarded() async throws {
        for (_, type, object) in try weaker() where type != .pods {
            while try await verdict(type, object) == nil { await Task.yield() }
        }
        let crd = try await client.get(
            .customResourceDefinitions, ObjectKey(namespace: "", name: CaracalDeployment.resource.qualifiedName))
        while try await isDeletable(.customResourceDefinitions, crd) { await Task.yield() }
        let home = try await client.get(.namespaces, ObjectKey(namespace: "", name: namespace))
        while try await isDeletable(.namespaces, home) { await Task.yield() }
    }

    private func isDeletable(_ type: ResourceType, _ object: JSONValue) async throws -> Bool {
        do {
            try await client.delete(type, object.key, uid: object.uid, dryRun: true)
            return true
        } catch let error as KubeError {
            if error.message.contains(GuardrailManifest.confirmation) { return false }
            throw error
        }
    }

    /// What the server says to a dry run; nil where it agrees.
    func verdict(_ type: ResourceType, _ object: JSONValue) async throws -> String? {
        var object = object
        object.set(["metadata", "namespace"], .string(namespace))
        object.set(["metadata", "ownerReferences"], nil)
        object.set(["metadata", "resourceVersion"], nil)
        do {
            try await client.create(type, object, dryRun: true)
            return nil
        } catch let error as KubeError where error.code != .transport(.interrupted) { return error.message }
    }

    /// The Pod a workload or Job would make.
    static func pod(_ workload: JSONValue) -> JSONValue? {
        guard var pod = workload.at("spec", "template") else { return nil }
        pod.set(["apiVersion"], "v1")
        pod.set(["kind"], "Pod")
        pod.set(["metadata", "name"], .string(workload.name))
        pod.set(["spec", "serviceAccountName"], nil)
        pod.set(["spec", "priorityClassName"], nil)
        let claims = (workload.at("spec", "volumeClaimTemplates")?.array ?? []).map { claim -> JSONValue in
            ["name": .string(claim.name), "emptyDir": [:]]
        }
        pod.set(["spec", "volumes"], .array((pod.at("spec", "volumes")?.array ?? []) + claims))
        return pod
    }

    private func service(_ spec: JSONValue) -> JSONValue {
        var spec = spec
        spec.set(["ports"], [["port": 80]])
        return ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "weak"], "spec": spec]
    }

    func weaker() throws -> [(String, ResourceType, JSONValue)] {
        let context = try Fixture.production.context()
        let web = try ResourceCatalog.render(context).first { $0.name == "prod-web" && $0.role == .workload }
        guard let web, let good = Self.pod(web.document) else { return [] }
        func pod(_ change: (inout JSONValue) -> Void) -> JSONValue {
            var pod = good
            change(&pod)
            return pod
        }
        func container(_ change: (inout JSONValue) -> Void) -> JSONValue {
            pod { pod in
                var containers = pod.at("spec", "containers")?.array ?? []
                change(&containers[0])
                pod.set(["spec", "containers"], .array(containers))
            }
        }
        let policy: (JSONValue) -> JSONValue = { spec in
            ["apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": ["name": "weak"], "spec": spec]
        }
        return [
            ("escalation", .pods, container { $0.set(["securityContext", "allowPrivilegeEscalation"], nil) }),
            ("root file system", .pods, container { $0.set(["securityContext", "readOnlyRootFilesystem"], false) }),
            ("capabilities", .pods, container { $0.set(["securityContext", "capabilities"], ["drop": ["NET_RAW"]]) }),
            (
                "secret in the environment", .pods,
                container {
                    $0.set(["env"], [["name": "X", "valueFrom": ["secretKeyRef": ["name": "s", "key": "k"]]]])
                }
            ),
            ("host network", .pods, pod { $0.set(["spec", "hostNetwork"], true) }),
            ("token", .pods, pod { $0.set(["spec", "automountServiceAccountToken"], true) }),
            ("node port", .services, service(["type": "NodePort"])),
            ("external address", .services, service(["externalIPs": ["192.0.2.1"]])),
            ("everybody in", .networkPolicies, policy(["podSelector": [:], "ingress": [[:]]])),
            (
                "every port out", .networkPolicies,
                policy(["podSelector": [:], "policyTypes": ["Egress"], "egress": [["to": [["podSelector": [:]]]]]])
            ),
            (
                "no TLS", .ingresses,
                [
                    "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": ["name": "weak"],
                    "spec": [
                        "rules": [
                            [
                                "host": "x.example.com",
                                "http": [
                                    "paths": [
                                        [
                                            "path": "/", "pathType": "Prefix",
                                            "backend": ["service": ["name": "x", "port": ["number": 80]]],
                                        ]
                                    ]
                                ],
                            ]
                        ]
                    ],
                ]
            ),
        ]
    }

    func deletionsAreAsked() async throws {
        var document = try Fixture.production.document
        document.set(["metadata", "namespace"], .string(namespace))
        let instance = try await client.apply(CaracalDeployment.resource, document, fieldManager: "user")
        while try await isDeletable(CaracalDeployment.resource, instance) { await Task.yield() }
        try await client.patch(
            CaracalDeployment.resource, instance.key, .merge,
            ["metadata": ["annotations": [GuardrailManifest.confirmation: "prod"]]])
        try await client.delete(CaracalDeployment.resource, instance.key, uid: instance.uid)
    }
}
