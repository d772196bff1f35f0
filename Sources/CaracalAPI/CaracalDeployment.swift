import KubeModel

/// The kind this operator reconciles.
package enum CaracalDeployment {
    package static let resource = ResourceType("caracal.run", "v1alpha1", "CaracalDeployment", "caracaldeployments")
    package static let shortName = "cdep"
    package static let category = "caracal"
    /// Object names are made from the instance's name and a suffix, within a label's 63 characters.
    package static let nameLimit = 40
}

/// Which `CaracalDeployment`, and what was last said of it: readable whatever its spec holds.
package struct InstanceIdentity: Sendable {
    package var key: ObjectKey
    package var uid: String
    package var generation: Int64
    package var annotations: [String: String]
    package var status: JSONValue

    package init(_ object: JSONValue) {
        key = object.key
        uid = object.uid
        generation = object.generation
        annotations = object.annotations
        status = object["status"] ?? .object([:])
    }
}

/// A `CaracalDeployment` whose spec could be read.
@dynamicMemberLookup
package struct CaracalInstance: Sendable {
    package var identity: InstanceIdentity
    package var spec: CaracalSpec

    package subscript<Value>(dynamicMember field: KeyPath<InstanceIdentity, Value>) -> Value {
        identity[keyPath: field]
    }

    /// Throws a `DecodingError` whose `fieldMessage` says which field is wrong.
    package init(_ object: JSONValue) throws {
        identity = InstanceIdentity(object)
        guard let spec = object["spec"] else {
            throw DecodingError.valueNotFound(
                JSONValue.self, .init(codingPath: [], debugDescription: "spec is missing"))
        }
        self.spec = try spec.decode(CaracalSpec.self)
    }

    /// For a spec that was read before.
    package init(identity: InstanceIdentity, spec: CaracalSpec) { (self.identity, self.spec) = (identity, spec) }
}
