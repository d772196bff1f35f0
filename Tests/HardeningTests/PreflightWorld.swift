import CaracalAPI
import CaracalCatalog
import Crypto
import Hardening
import KubeModel
import Preflight
import Reconciliation
import Rendering
import TestSupport

/// An instance whose Secrets are all as they should be, to be spoiled one thing at a time.
struct PreflightWorld {
    static let now = Timestamp(seconds: 1_780_000_000)
    static let key = DigestKey(Array(repeating: 7, count: 32))

    var fixture = Fixture.production
    var change: (inout JSONValue) -> Void = { _ in }
    /// By Secret and key.
    var values: [String: [String: [UInt8]]] = [:]
    var absent: Set<String> = []
    var neighbours: [PreflightInput.Neighbour] = []

    init(_ fixture: Fixture = .production, _ change: @escaping (inout JSONValue) -> Void = { _ in }) throws {
        self.fixture = fixture
        self.change = change
        let context = try context()
        for requirement in context.secretRequirements() where !requirement.isOptional {
            values[requirement.secretName, default: [:]][requirement.secretKey] = Self.value(requirement, context.spec)
        }
        for name in context.edgeCertificates {
            let host = context.catalog.components.compactMap { context.spec.exposure?.host($0.name.rawValue) }.first {
                $0.tls?.secretName == name
            }?.host
            set(name, certificate: Self.certificate([host ?? ""]))
        }
        if let serving = context.spec.gateway?.tls?.secretName {
            let names = [context.name(.gateway), context.spec.exposure?.gateway?.host].compactMap { $0 }
            set(serving, certificate: Self.certificate(names))
        }
    }

    func context() throws -> RenderContext { try fixture.context(change) }

    mutating func set(_ key: String, _ value: String, in secret: String = "caracal-runtime") {
        values[secret, default: [:]][key] = Array(value.utf8)
    }

    mutating func set(_ secret: String, certificate: MadeCertificate?) {
        values[secret] = ["tls.crt": certificate?.certificate ?? [], "tls.key": certificate?.key ?? []]
    }

    static func certificate(_ hosts: [String], days: Int64 = 90, from: Int64 = -1, issuer: MadeCertificate? = nil)
        -> MadeCertificate?
    {
        let today = Int64(now.seconds)
        return MadeCertificate.make(
            hosts: hosts, notBefore: today + from * 86_400, notAfter: today + days * 86_400, name: hosts.first ?? "x",
            issuer: issuer)
    }

    func findings() throws -> [PreflightFinding] {
        let context = try context()
        let inspector = SecretInspector(key: Self.key)
        var states: [String: SecretState] = [:]
        for name in context.readSecrets {
            guard let keys = values[name], !absent.contains(name) else {
                states[name] = .missing
                continue
            }
            let data = keys.map { (key: $0.key, value: JSONValue.string(Base64.encode($0.value))) }
            states[name] = inspector.inspect(["data": .object(JSONObject(data))])
        }
        return PreflightCatalog.check(
            context.preflightInput(
                context.secretRequirements(), states: states, neighbours: neighbours, now: Self.now))
    }

    /// Proper, different for each key, and the same in each run.
    private static func value(_ requirement: SecretRequirement, _ spec: CaracalSpec) -> [UInt8] {
        let name = requirement.key
        func hex(_ seed: String) -> String {
            Hex.text(KeyedDigest.hmacSHA256(key: Array("test".utf8), message: Array(seed.utf8)))
        }
        let text: String =
            switch requirement.format {
            case .postgresURL:
                "postgres://caracal:\(hex("\(name.dropLast("DatabaseUrl".count))DbPassword"))@\(spec.database.host):\(spec.databasePort)/\(name == "authDatabaseUrl" ? spec.database.authName ?? "caracal_auth" : spec.databaseName)?sslmode=verify-full"
            case .redisURL: "rediss://:\(hex(name))@\(spec.redis.host):\(spec.redisPort)/\(spec.redis.database ?? 0)"
            case .smtpURL: "smtps://u:\(hex(name))@mail.example.com:465"
            default: hex(name)
            }
        return Array(text.utf8)
    }
}
