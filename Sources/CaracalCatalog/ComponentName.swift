/// The name of a Caracal component or migration job, as used in object names, labels and the API.
package struct ComponentName: RawRepresentable, Hashable, Sendable, Comparable, ExpressibleByStringLiteral,
    CustomStringConvertible
{
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(stringLiteral value: String) { rawValue = value }
    package var description: String { rawValue }
    package static func < (left: ComponentName, right: ComponentName) -> Bool { left.rawValue < right.rawValue }

    package static let sts: ComponentName = "sts"
    package static let api: ComponentName = "api"
    package static let gateway: ComponentName = "gateway"
    package static let audit: ComponentName = "audit"
    package static let coordinator: ComponentName = "coordinator"
    package static let web: ComponentName = "web"
    package static let migrate: ComponentName = "migrate"
    package static let authMigrate: ComponentName = "auth-migrate"
}
