/// Group, version and kind: what `apiVersion` and `kind` say.
package struct GroupVersionKind: Hashable, Sendable, CustomStringConvertible {
    /// Empty for the core group.
    package var group: String
    package var version: String
    package var kind: String

    package init(_ group: String, _ version: String, _ kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    package init(apiVersion: String, kind: String) {
        if let slash = apiVersion.utf8.firstIndex(of: UInt8(ascii: "/")) {
            self.init(
                String(apiVersion[..<slash]), String(apiVersion[apiVersion.utf8.index(after: slash)...]), kind)
        } else {
            self.init("", apiVersion, kind)
        }
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    package var description: String { "\(apiVersion) \(kind)" }
}

/// A kind together with the plural its URLs use.
package struct ResourceType: Hashable, Sendable {
    package var gvk: GroupVersionKind
    package var plural: String
    package var isNamespaced: Bool

    package init(_ group: String, _ version: String, _ kind: String, _ plural: String, isNamespaced: Bool = true) {
        gvk = GroupVersionKind(group, version, kind)
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    /// `deployments.apps`, as kubectl and RBAC name it.
    package var qualifiedName: String { gvk.group.isEmpty ? plural : "\(plural).\(gvk.group)" }
}

/// Namespace and name.
package struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
