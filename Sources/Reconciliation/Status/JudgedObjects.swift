import KubeModel

/// Which live objects the rules are asked about: status and `audit` must not differ.
package enum JudgedObjects {
    /// A Job that is done runs nothing any more. The cluster removes it an hour later, which is no news either.
    package static func of(_ live: [JSONValue]) -> [JSONValue] {
        live.filter { $0.kind != ResourceType.jobs.gvk.kind || JobOutcome($0) != .succeeded }
    }
}
