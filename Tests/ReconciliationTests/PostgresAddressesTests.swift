import CaracalAPI
import Hardening
import KubeClient
import KubeModel
import KubeRuntime
import TestSupport
import Testing

@testable import Reconciliation

@Suite struct PostgresAddressesTests {
    private func instance(
        _ name: String, on host: String, uid: String = "1", generation: Int64 = 1, version: Int, created: String = "1"
    ) throws -> JSONValue {
        var document = try Fixture.production.document
        for (field, value) in [
            "name": .string(name), "uid": .string("\(name)-\(uid)"), "generation": .integer(generation),
            "resourceVersion": .string("\(version)"), "creationTimestamp": .string(created),
        ] as [String: JSONValue] { document.set(["metadata", field], value) }
        document.set(["spec", "database", "host"], .string(host))
        return document
    }

    /// Who is on the same server is known as soon as the cache knows it, whatever comes and goes, and where time goes back
    /// as well (an etcd that was restored). Fails when a lower generation is taken for old news.
    @Test func neighboursAreThoseOfTheCache() throws {
        let addresses = PostgresAddresses()
        let store = ObjectStore(CaracalDeployment.resource, owners: addresses.owners) { change in
            if change.new == nil { addresses.forget(change.object.key, uid: change.object.uid) }
        }
        func neighbours(_ name: String) -> [String] {
            addresses.neighbours(of: ObjectKey(namespace: "caracal", name: name), in: store).map {
                "\($0.instance.name) \($0.isOlder ? "older" : "younger")"
            }
        }
        store.replace(
            [
                try instance("a", on: "one", version: 1, created: "1"),
                try instance("b", on: "one", version: 2, created: "2"),
                try instance("c", on: "two", version: 3),
            ], at: "3")
        #expect(neighbours("a") == ["b younger"] && neighbours("b") == ["a older"] && neighbours("c") == [])
        store.upsert(try instance("a", on: "two", generation: 2, version: 4, created: "1"))
        #expect(neighbours("b") == [] && neighbours("c") == ["a older"])
        // As it was before.
        store.replace(
            [
                try instance("a", on: "one", version: 1, created: "1"),
                try instance("b", on: "one", version: 2, created: "2"),
            ], at: "2")
        #expect(neighbours("b") == ["a older"])
        // A successor of the same name, whose predecessor's end is told late.
        store.upsert(try instance("a", on: "one", uid: "2", version: 9, created: "3"))
        store.remove(try instance("a", on: "one", version: 8, created: "1"))
        #expect(neighbours("b") == ["a younger"])
        var going = try instance("a", on: "one", uid: "2", version: 10, created: "3")
        going.set(["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z")
        store.upsert(going)
        #expect(neighbours("b") == [])
    }
}
