import CaracalAPI
import KubeClient
import KubeModel
import TestSupport
import Testing

/// What the operator relies on, held against the embedded server and, where there is one, a real API server. Where they
/// disagree, the embedded one is wrong.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ContractTests {
    private func map(_ name: String, _ namespace: String, _ data: JSONValue = ["a": "1"]) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace)], "data": data,
        ]
    }

    private func code(_ body: () async throws -> Void) async -> KubeError.Code? {
        do {
            try await body()
            return nil
        } catch let error as KubeError { return error.code } catch { return .other }
    }

    @Test(arguments: ContractServer.available)
    func absenceHasThreeForms(server: ContractServer) async throws {
        try await server.with { client, namespace in
            #expect(
                await code { _ = try await client.get(.configMaps, ObjectKey(namespace: namespace, name: "x")) }
                    == .notFound)
            let unknown = ResourceType("nowhere.example", "v1", "X", "xs")
            #expect(await code { _ = try await client.list(unknown, namespace: namespace) } == .unknownType)
            let nowhere = try await client.kinds(group: "nowhere.example", version: "v1")
            let apps = try await client.kinds(group: "apps", version: "v1")
            #expect(nowhere == nil)
            #expect(apps?.contains("Deployment") == true)
        }
    }

    @Test(arguments: ContractServer.available)
    func createListSelectAndPage(server: ContractServer) async throws {
        try await server.with { client, namespace in
            for index in 0..<7 {
                var object = map("m\(index)", namespace)
                object.set(["metadata", "labels"], ["half": .string(index < 3 ? "low" : "high")])
                try await client.create(.configMaps, object)
            }
            #expect(await code { try await client.create(.configMaps, map("m0", namespace)) } == .alreadyExists)
            let all = try await client.list(
                .configMaps, namespace: namespace, selector: Selector(labels: "half"), pageSize: 2)
            #expect(all.items.map(\.name).sorted() == (0..<7).map { "m\($0)" })
            let low = try await client.list(
                .configMaps, namespace: namespace, selector: Selector(labels: "half in (low)"))
            #expect(low.items.count == 3)
            let one = try await client.list(
                .configMaps, namespace: namespace, selector: Selector(fields: "metadata.name=m5"))
            #expect(one.items.map(\.name) == ["m5"])
        }
    }

    @Test(arguments: ContractServer.available)
    func applyOwnsWhatItNames(server: ContractServer) async throws {
        try await server.with { client, namespace in
            let key = ObjectKey(namespace: namespace, name: "m")
            let first = try await client.apply(
                .configMaps, map("m", namespace, ["a": "1", "b": "1"]), fieldManager: "one")
            let again = try await client.apply(
                .configMaps, map("m", namespace, ["a": "1", "b": "1"]), fieldManager: "one")
            #expect(first.resourceVersion == again.resourceVersion)
            do {
                try await client.apply(.configMaps, map("m", namespace, ["a": "2"]), fieldManager: "two", force: false)
                Issue.record("a conflict is expected")
            } catch let error as KubeError {
                #expect(error.code == .ownershipConflict)
                #expect(error.message == "Apply failed with 1 conflict: conflict with \"one\": .data.a")
            }
            try await client.apply(.configMaps, map("m", namespace, ["c": "3"]), fieldManager: "two")
            let reduced = try await client.apply(.configMaps, map("m", namespace, ["a": "1"]), fieldManager: "one")
            #expect(reduced["data"] == ["a": "1", "c": "3"])
            let forced = try await client.apply(.configMaps, map("m", namespace, ["a": "9"]), fieldManager: "two")
            #expect(forced["data"] == ["a": "9"])
            #expect(try await client.get(.configMaps, key).resourceVersion == forced.resourceVersion)
        }
    }

    @Test(arguments: ContractServer.available)
    func applyKeepsOthersListItems(server: ContractServer) async throws {
        try await server.with { client, namespace in
            func service(_ port: Int64, _ name: String) -> JSONValue {
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s", "namespace": .string(namespace)],
                    "spec": ["ports": [["name": .string(name), "port": .integer(port), "protocol": "TCP"]]],
                ]
            }
            try await client.apply(.services, service(80, "a"), fieldManager: "one")
            let both = try await client.apply(.services, service(81, "b"), fieldManager: "two")
            #expect(both.at("spec", "ports")?.array?.count == 2)
            let moved = try await client.apply(.services, service(82, "a"), fieldManager: "one")
            #expect(Set((moved.at("spec", "ports")?.array ?? []).compactMap { $0["port"]?.integer }) == [81, 82])
        }
    }

    @Test(arguments: ContractServer.available)
    func everyCharacterSurvivesApply(server: ContractServer) async throws {
        try await server.with { client, namespace in
            var text = "a/b \\ \" '"
            for value in [
                0x7F, 0x80, 0x85, 0x9F, 0xA0, 0x2028, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF,
            ] {
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            let stored = try await client.apply(
                .configMaps, map("m", namespace, ["k": .string(text)]), fieldManager: "one")
            #expect(stored.at("data", "k") == .string(text))
        }
    }

    @Test(arguments: ContractServer.available)
    func patchesAndPreconditions(server: ContractServer) async throws {
        try await server.with { client, namespace in
            let key = ObjectKey(namespace: namespace, name: "m")
            let made = try await client.create(.configMaps, map("m", namespace, ["a": "1", "b": "2"]))
            let merged = try await client.patch(
                .configMaps, key, .merge, .object(["data": .object(["a": .null, "c": "3"])]))
            #expect(merged["data"] == ["b": "2", "c": "3"])
            let stale: JSONValue = ["metadata": ["resourceVersion": .string(made.resourceVersion)], "data": ["d": "4"]]
            #expect(await code { try await client.patch(.configMaps, key, .merge, stale) } == .conflict)
            #expect(
                await code {
                    try await client.patch(.configMaps, key, .json, [["op": "test", "path": "/data/b", "value": "9"]])
                } == .invalid)
            try await client.patch(
                .configMaps, key, .json,
                [["op": "test", "path": "/data/b", "value": "2"], ["op": "remove", "path": "/data/b"]])
            #expect(await code { try await client.delete(.configMaps, key, uid: "other") } == .conflict)
            try await client.delete(.configMaps, key, uid: made.uid)
            try await client.delete(.configMaps, key, uid: made.uid)
        }
    }

    @Test(arguments: ContractServer.available)
    func aDryRunLeavesNothing(server: ContractServer) async throws {
        try await server.with { client, namespace in
            try await client.create(.configMaps, map("m", namespace), dryRun: true)
            try await client.apply(.configMaps, map("n", namespace), fieldManager: "one", dryRun: true)
            let names = try await client.list(.configMaps, namespace: namespace).items.map(\.name)
            #expect(!names.contains("m") && !names.contains("n"))
        }
    }

    @Test(arguments: ContractServer.available)
    func statusIsItsOwnDocument(server: ContractServer) async throws {
        try await server.with { client, namespace in
            var document = try Fixture.production.document
            document.set(["metadata", "namespace"], .string(namespace))
            document.set(["status"], ["targetVersion": "x"])
            let made = try await client.apply(CaracalDeployment.resource, document, fieldManager: "user")
            #expect(made["status"] == nil)
            #expect(made.generation == 1)
            let identity = { (uid: String) -> JSONValue in
                [
                    "apiVersion": "caracal.run/v1alpha1", "kind": "CaracalDeployment",
                    "metadata": ["name": "prod", "namespace": .string(namespace), "uid": .string(uid)],
                    "spec": ["paused": true], "status": ["targetVersion": "1.0.0"],
                ]
            }
            let reported = try await client.apply(
                CaracalDeployment.resource, identity(made.uid), fieldManager: "status", subresource: "status")
            #expect(reported.at("status", "targetVersion") == "1.0.0")
            #expect(reported.at("spec", "paused") == nil)
            #expect(reported.generation == 1)
            #expect(
                await code {
                    try await client.apply(
                        CaracalDeployment.resource, identity("other"), fieldManager: "status", subresource: "status")
                } == nil, "a status write takes no part of metadata, its preconditions included")
            let unknown: JSONValue = [
                "apiVersion": "caracal.run/v1alpha1", "kind": "CaracalDeployment", "metadata": made.metadata,
                "spec": ["nope": 1],
            ]
            var stripped = unknown
            stripped.set(["metadata"], ["name": "prod", "namespace": .string(namespace)])
            #expect(
                await code { try await client.apply(CaracalDeployment.resource, stripped, fieldManager: "user") }
                    == .invalid)
        }
    }

    @Test(arguments: ContractServer.available)
    func watchesTellWhatHappened(server: ContractServer) async throws {
        try await server.with { client, namespace in
            let start = try await client.list(.configMaps, namespace: namespace).resourceVersion
            let selector = Selector(labels: "w=1")
            var object = map("m", namespace)
            object.set(["metadata", "labels"], ["w": "1"])
            let made = try await client.create(.configMaps, object)
            try await client.patch(.configMaps, made.key, .merge, ["data": ["a": "2"]])
            try await client.patch(.configMaps, made.key, .merge, ["metadata": ["labels": ["w": "2"]]])
            try await client.patch(.configMaps, made.key, .merge, ["metadata": ["labels": ["w": "1"]]])
            try await client.delete(.configMaps, made.key, uid: made.uid)
            var seen: [String] = []
            for try await event in try await client.watch(
                .configMaps, namespace: namespace, selector: selector, from: start, seconds: 30)
            {
                switch event {
                case .added: seen.append("added")
                case .modified: seen.append("modified")
                case .deleted: seen.append("deleted")
                default: break
                }
                if seen.count == 5 { break }
            }
            #expect(seen == ["added", "modified", "deleted", "added", "deleted"])
        }
    }

    @Test(arguments: ContractServer.available)
    func immutableFieldsAreRefused(server: ContractServer) async throws {
        try await server.with { client, namespace in
            let set = try #require(try Fixture.production.context().statefulSet(in: namespace))
            try await client.apply(.statefulSets, set, fieldManager: "one")
            var changed = set
            changed.set(["spec", "serviceName"], "other")
            #expect(await code { try await client.apply(.statefulSets, changed, fieldManager: "one") } == .invalid)
        }
    }
}
