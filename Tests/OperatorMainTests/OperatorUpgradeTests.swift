import CaracalAPI
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

/// Another version of the operator was here before: a newer one, that wrote more, or an older one, that wrote less.
@Suite(.serialized, .timeLimit(.minutes(3))) struct OperatorUpgradeTests {
    /// The converged production sample, as `change` would have written its objects, with the operator's own hand.
    private func after(
        _ change: @escaping @Sendable (inout JSONValue) -> Void,
        status: @escaping @Sendable (inout JSONValue) -> Void = { _ in },
        putRight isPutRight: @escaping @Sendable (JSONValue?) -> Bool,
        _ body: @escaping @Sendable (Theatre, Theatre.Operator, _ before: [String: String]) async throws -> Void
    ) async throws {
        try await Theatre.open { theatre in
            try await theatre.operate { one in
                try await theatre.apply()
                try await theatre.wait(for: "Converged")
                await one.settle()
            }
            let before = try await Self.documents(theatre)
            for type in Theatre.kinds {
                for object in try await theatre.objects(type) where object.label(Label.deployment) != nil {
                    var document = try Self.written(try await theatre.client.get(type, object.key))
                    change(&document)
                    try await theatre.client.apply(type, document, fieldManager: FieldManager.objects)
                }
            }
            // Their time is over: they are no evidence.
            for job in try await theatre.objects(.jobs) {
                try await theatre.client.delete(.jobs, job.key, uid: job.uid)
            }
            let instance = try await theatre.client.get(CaracalDeployment.resource, theatre.key)
            var text = instance["status"] ?? .null
            status(&text)
            try await theatre.client.patch(
                CaracalDeployment.resource, theatre.key, .merge, ["status": text], subresource: "status")
            try await theatre.operate { two in
                try await theatre.wait(for: "Converged")
                // One of the last it gets to.
                try await theatre.client.wait(
                    .deployments, ObjectKey(namespace: theatre.namespace, name: "prod-web"), until: isPutRight)
                await two.settle()
                try await body(theatre, two, before)
            }
        }
    }

    /// What is there, without what every write moves. Jobs that are done are left as they are.
    private static func documents(_ theatre: Theatre) async throws -> [String: String] {
        var documents: [String: String] = [:]
        for type in Theatre.kinds where type != .jobs {
            for object in try await theatre.objects(type) {
                var object = object
                object.set(["status"], nil)
                object.set(["metadata", "generation"], nil)
                documents["\(object.kind)/\(object.name)"] = Mask.text(object, in: theatre.namespace)
            }
        }
        return documents
    }

    /// What the operator's own hand has written of an object: its document, by managedFields.
    private static func written(_ object: JSONValue) throws -> JSONValue {
        let entry = try #require(
            object.metadata["managedFields"]?.array?.first { $0["manager"]?.string == FieldManager.objects })
        var document = try #require(OwnedFields.of(object, entry["fieldsV1"] ?? .null))
        for field in ["apiVersion", "kind"] { document.set([field], object[field]) }
        for field in ["name", "namespace"] { document.set(["metadata", field], object.metadata[field]) }
        return document
    }

    /// C55, B49. Back from a newer version, which hung more on every object and tells more in ledgers and status: what it
    /// added goes, nothing is made anew, no pod restarts, nothing is migrated again. Fails when a field in a ledger that
    /// is not known makes the ledger unreadable.
    @Test func goingBackLeavesWhatRunsAlone() async throws {
        try await after { object in
            object.set(["metadata", "labels", "caracal.run/of-tomorrow"], "x")
            object.set(["metadata", "annotations", "caracal.run/of-tomorrow"], "x")
            object.set(["metadata", "annotations", Annotation.applied], "of-tomorrow")
            if let ledger = object.annotation(Annotation.migrated),
                case .array(let items)? = try? JSONValue(parsing: ledger)
            {
                let more = items.map { item -> JSONValue in
                    var item = item
                    item.set(["ofTomorrow"], ["x": 1])
                    return item
                }
                object.set(["metadata", "annotations", Annotation.migrated], .string(JSONValue.array(more).text))
            }
        } status: { status in
            // Only the copy on the workloads is left.
            status.set(["migrations"], .null)
        } putRight: {
            $0?.label("caracal.run/of-tomorrow") == nil
        } _: { theatre, operation, before in
            let state = try await Self.documents(theatre)
            for (name, text) in before where state[name] != text {
                Issue.record("\(name): \(Mask.difference(text, state[name] ?? ""))")
            }
            #expect(Set(state.keys) == Set(before.keys))
            let births = await theatre.births(after: 0)
            #expect(births.values.allSatisfy { $0 == 1 }, "nothing is made again: \(births.filter { $0.value > 1 })")
        }
    }

    /// C55. Forward from an older version, which knew less of every object: what it lacked is added, in one write each,
    /// and nothing is migrated again. Fails when an object whose digest is another is made anew.
    @Test func goingForwardAddsWhatWasMissing() async throws {
        try await after { object in
            object.set(["metadata", "labels", "app.kubernetes.io/part-of"], nil)
            object.set(["metadata", "annotations", Annotation.applied], "of-yesterday")
        } putRight: {
            $0?.label("app.kubernetes.io/part-of") != nil
        } _: { theatre, operation, before in
            let state = try await Self.documents(theatre)
            for (name, text) in before where state[name] != text {
                Issue.record("\(name): \(Mask.difference(text, state[name] ?? ""))")
            }
            let births = await theatre.births(after: 0)
            #expect(births.values.allSatisfy { $0 == 1 }, "nothing is made again: \(births.filter { $0.value > 1 })")
            let writes = Dictionary(grouping: operation.transport.objectWrites, by: \.path).mapValues(\.count)
            #expect(writes.values.allSatisfy { $0 == 1 }, "\(writes.filter { $0.value > 1 })")
        }
    }
}

/// The part of an object that one manager has written.
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
private enum OwnedFields {
    static func of(_ value: JSONValue, _ fields: JSONValue) -> JSONValue? {
        guard let set = fields.object, set.contains(where: { $0.key != "." }) else { return value }
        switch value {
        case .object(let object):
            var kept: JSONObject = [:]
            for (key, child) in object {
                if let below = set["f:\(key)"] { kept[key] = of(child, below) }
            }
            return .object(kept)
        case .array(let items):
            return .array(
                items.compactMap { item in
                    for entry in set where entry.key.hasPrefix("k:") {
                        guard let keys = try? JSONValue(parsing: String(entry.key.dropFirst(2))).object,
                            keys.allSatisfy({ item[$0.key] == $0.value })
                        else { continue }
                        return of(item, entry.value)
                    }
                    return set["v:\(item.text)"] != nil ? item : nil
                })
        default: return value
        }
    }
}
