/// Why a text is not the YAML we accept, and where (1-based, as editors count).
package struct YAMLError: Error, Equatable, CustomStringConvertible {
    package var message: String
    package var line: Int
    package var column: Int

    package var description: String { "line \(line), column \(column): \(message)" }
}

/// Limits that keep hostile documents (alias bombs, nesting) from costing more than a moment.
package struct YAMLLimits: Sendable {
    /// Bytes of text.
    package var size = 3 * 1024 * 1024
    /// Nodes after expansion: an alias costs as many as the node it stands for.
    package var nodes = 200_000
    package var depth = 100
    /// Bytes of a field's path that are kept for messages: at every depth the path is that of all above it once more.
    package var path = 1024
    /// libyaml compares each `%TAG` directive with all before it.
    package var directives = 100

    package init() {}
}
