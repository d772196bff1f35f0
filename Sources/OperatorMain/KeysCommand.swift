import ArgumentParser
import CaracalAPI
import CaracalCatalog
import Crypto
import KubeModel
import KubeYAML
import Rendering

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Prints a runtime Secret with fresh, proper keys.",
        discussion: """
            Pipe it where it belongs; it is shown once and kept nowhere: caracal-operator keys -f caracal.yaml | kubectl apply -f -
            Database and Redis URLs are made from the CaracalDeployment's hosts and fresh passwords; keys that live in other \
            Secrets are left out. Sign-in keys come from your provider: add them with --set.
            """)

    @Option(name: [.short, .customLong("filename")], help: "File with the CaracalDeployment.")
    var filename: String

    @Option(
        help: "Sets a key instead of generating it, as name=value. Mind your shell's history: name=@file reads a file.")
    var set: [String] = []

    func run() throws {
        var given: [String: String] = [:]
        for item in set {
            guard let equals = item.firstIndex(of: "="), equals != item.startIndex else {
                throw Failure("--set needs name=value")
            }
            let value = String(item[item.index(after: equals)...])
            given[String(item[..<equals])] = value.hasPrefix("@") ? try Files.text(String(value.dropFirst())) : value
        }
        for file in try InstanceFile.load(filename) {
            let context = try RenderContext(
                key: file.instance.key, spec: file.instance.spec, catalog: .caracal, inputs: RenderInputs(ownerUID: ""))
            try Files.write("---\n" + YAML.text(try KeyGenerator(context: context, given: given).secret()))
        }
    }
}

/// Makes the keys one instance needs, each from its own randomness.
struct KeyGenerator {
    let context: RenderContext
    let given: [String: String]

    func secret() throws -> JSONValue {
        let spec = context.spec
        var values = given
        for reader in context.secretReaders {
            for key in context.secretKeys(of: reader)
            where spec.location(ofKey: key.name).secretName == spec.secrets.runtimeSecretName && values[key.name] == nil
            {
                values[key.name] = try value(key.name, &values)
            }
        }
        let unknown = Set(given.keys).subtracting(context.catalog.secretKeys.map(\.name))
        guard unknown.isEmpty else { throw Failure("--set: unknown key \(unknown.sorted().joined(separator: ", "))") }
        let data = values.sorted { $0.key < $1.key }.map {
            (key: $0.key, value: JSONValue.string(Base64.encode(Array($0.value.utf8))))
        }
        return [
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": [
                "name": .string(spec.secrets.runtimeSecretName), "namespace": .string(context.key.namespace),
                "labels": [Label.partOf: .string(OperatorName.partOf)],
            ],
            "data": .object(JSONObject(data)),
        ]
    }

    private func value(_ name: String, _ values: inout [String: String]) throws -> String {
        switch context.catalog.secretKey(name)?.format {
        case .kek, .hmacKey: return try random(32)
        case .postgresURL: return try databaseURL(name, &values)
        case .redisURL:
            let scheme = context.spec.redis.tls == .disable ? "redis" : "rediss"
            return
                "\(scheme)://:\(try random(24))@\(context.spec.redis.host):\(context.spec.redisPort)/\(context.spec.redis.database ?? 0)"
        case .text where name.hasSuffix("Password"): return try random(24)
        case .text
        where ["githubClientId", "githubClientSecret", "googleClientId", "googleClientSecret"].contains(name):
            throw Failure("\(name) comes from your sign-in provider: add --set \(name)=…")
        case .smtpURL: throw Failure("smtpUrl comes from your mail relay: add --set smtpUrl=smtps://…")
        default: return try random(32)
        }
    }

    /// The login's password is also a key of its own, which the migration job sets in Postgres.
    private func databaseURL(_ name: String, _ values: inout [String: String]) throws -> String {
        let spec = context.spec
        let service = String(name.dropLast("DatabaseUrl".count))
        let isShared = context.release.generation == .a
        let (user, passwordKey) =
            isShared ? (spec.migrationUser, "postgresPassword") : ("caracal\(service)", "\(service)DbPassword")
        let password = try values[passwordKey] ?? random(24)
        values[passwordKey] = password
        let database = service == "auth" ? spec.database.authName ?? "caracal_auth" : spec.databaseName
        let mode =
            spec.databaseTLS == .verifyFull ? "verify-full" : spec.databaseTLS == .require ? "require" : "disable"
        return "postgres://\(user):\(password)@\(spec.database.host):\(spec.databasePort)/\(database)?sslmode=\(mode)"
    }

    private func random(_ count: Int) throws -> String {
        guard let bytes = SecureRandom.bytes(count) else { throw Failure("the system has no randomness to give") }
        return Hex.text(bytes)
    }
}
