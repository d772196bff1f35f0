import KubeModel

/// The kind this operator reconciles.
package enum CaracalDeployment {
    package static let resource = ResourceType("caracal.run", "v1alpha1", "CaracalDeployment", "caracaldeployments")
    package static let shortName = "cdep"
    package static let category = "caracal"
    /// Object names are made from the instance's name and a suffix, within a label's 63 characters.
    package static let nameLimit = 40
}

/// The parts of a `CaracalDeployment` that reconciling reads.
package struct CaracalInstance: Sendable {
    package var key: ObjectKey
    package var uid: String
    package var generation: Int64
    package var annotations: [String: String]
    package var isTerminating: Bool
    package var spec: CaracalSpec
    package var status: JSONValue

    /// Throws a `DecodingError` whose `fieldMessage` says which field is wrong.
    package init(_ object: JSONValue) throws {
        key = object.key
        uid = object.uid
        generation = object.generation
        annotations = object.annotations
        isTerminating = object.isTerminating
        guard let spec = object["spec"] else {
            throw DecodingError.valueNotFound(
                JSONValue.self, .init(codingPath: [], debugDescription: "spec is missing"))
        }
        self.spec = try spec.decode(CaracalSpec.self)
        status = object["status"] ?? .object([:])
    }
}
