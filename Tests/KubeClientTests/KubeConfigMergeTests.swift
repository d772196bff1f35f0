import Crypto
import Glibc
import KubeModel
import TestSupport
import Testing

@testable import KubeClient

/// Random sets of kubeconfigs, merged by us and by kubectl (A40, A42). What is compared is what a client would use:
/// per context the server, the certificates and the identity. Sets that kubectl refuses, we refuse too (but for fields of
/// a wrong type in entries that nobody uses).
///
/// 300 sets; `FUZZ_ITERATIONS` raises it, `FUZZ_SEED` repeats one.
@Suite struct KubeConfigMergeTests {
    private static let program: String? = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/bin"].map {
        "\($0)/kubectl"
    }.first {
        access($0, X_OK) == 0
    }

    // Fails when a later file wins, when it fills in what the first left out, when paths are relative to the first
    // file, when the last current-context wins, and when a name given twice in a file is accepted.
    @Test(.enabled(if: program != nil, "kubectl is not installed: nothing to compare with"))
    func mergesAsKubectlDoes() async throws {
        let iterations = getenv("FUZZ_ITERATIONS").flatMap { Int(String(cString: $0)) } ?? 300
        let seed = getenv("FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? 0x5EED
        var compared = 0
        for index in 0..<max(300, iterations) {
            var set = try KubeConfigSet(seed: seed &+ UInt64(index))
            let theirs = try await merged(set)
            let ours: KubeConfig
            do { ours = try KubeConfig(paths: set.paths) } catch let error as ConfigurationError {
                #expect(theirs == nil, "seed \(seed &+ UInt64(index)): only we refuse: \(error)")
                continue
            }
            guard let theirs else {
                Issue.record("seed \(seed &+ UInt64(index)): kubectl refuses \(set.text)")
                continue
            }
            compared += try compare(ours, theirs, &set, "seed \(seed &+ UInt64(index))")
        }
        // The generator must not drift into making nothing but mistakes.
        #expect(compared > 200)
    }

    /// What kubectl makes of the set, files embedded; nil where it refuses.
    private func merged(_ set: KubeConfigSet) async throws -> JSONValue? {
        let program = try #require(Self.program)
        // What it complains of is expected, and nobody's to read.
        let script = "exec \(program) config view --merge --raw --flatten -o json 2>/dev/null"
        let invocation = ChildProcess.Invocation(
            path: "/bin/sh", arguments: ["-c", script],
            environment: ["KUBECONFIG=\(set.paths.joined(separator: ":"))", "HOME=\(set.directory.path)"],
            deadline: .seconds(60))
        let outcome = await withCheckedContinuation { continuation in
            ChildProcess.run(invocation) { continuation.resume(returning: $0) }
        }
        guard case .exited(0, let output) = outcome else { return nil }
        return try JSONValue(parsing: output)
    }

    private func compare(_ ours: KubeConfig, _ theirs: JSONValue, _ set: inout KubeConfigSet, _ seed: String) throws
        -> Int
    {
        func entries(_ list: String, _ field: String) -> [String: JSONValue] {
            let items = (theirs[list]?.array ?? []).map { ($0["name"]?.string ?? "", $0[field] ?? [:]) }
            return Dictionary(uniqueKeysWithValues: items)
        }
        let (contexts, clusters, users) = (
            entries("contexts", "context"), entries("clusters", "cluster"), entries("users", "user")
        )
        #expect(ours.contextNames == contexts.keys.sorted(), "\(seed)")
        #expect(ours.currentContext ?? "" == theirs["current-context"]?.string ?? "", "\(seed)")
        var compared = 0
        for (name, context) in contexts {
            let cluster = clusters[context["cluster"]?.string ?? ""]
            let userName = context["user"]?.string ?? ""
            let user = userName.isEmpty ? [:] : users[userName]
            let configuration: ClientConfiguration
            do { configuration = try ours.configuration(context: name) } catch is ConfigurationError {
                // We say at once what kubectl says at the first request.
                let isUsable = cluster?["server"]?.string?.isEmpty == false && user != nil
                #expect(!isUsable, "\(seed): context \(name): \(cluster ?? .null)")
                continue
            }
            compared += 1
            let namespace = try configuration.namespace
            #expect(namespace == context["namespace"]?.string ?? "default", "\(seed)")
            let endpoint = configuration.endpoint
            #expect(endpoint.base == cluster?["server"]?.string, "\(seed)")
            #expect(endpoint.tlsServerName == cluster?["tls-server-name"]?.string, "\(seed)")
            #expect(endpoint.proxy == cluster?["proxy-url"]?.string, "\(seed)")
            #expect(endpoint.skipsVerification == cluster?["insecure-skip-tls-verify"]?.bool ?? false, "\(seed)")
            func data(_ value: JSONValue?, _ field: String) -> [UInt8]? { value?[field]?.string.flatMap(Base64.decode) }
            #expect(endpoint.certificateAuthority == data(cluster, "certificate-authority-data"), "\(seed)")
            #expect(endpoint.clientCertificate == data(user, "client-certificate-data"), "\(seed)")
            #expect(endpoint.clientKey == data(user, "client-key-data"), "\(seed)")
            switch configuration.credential {
            case .none:
                #expect(user?["token"] == nil && user?["tokenFile"] == nil && user?["username"] == nil, "\(seed)")
            case .token(let token): #expect(token == user?["token"]?.string && user?["tokenFile"] == nil, "\(seed)")
            // `config view` leaves this path as it stands.
            case .tokenFile(let path, let fallback):
                #expect(path.hasSuffix("/" + (user?["tokenFile"]?.string ?? "?")), "\(seed)")
                #expect(fallback == user?["token"]?.string, "\(seed)")
            case .basic(let username, let password):
                #expect(username == user?["username"]?.string && password == user?["password"]?.string ?? "", "\(seed)")
            case .plugin: Issue.record("\(seed): a plug-in")
            }
        }
        return compared
    }
}

/// A few kubeconfigs made from a seed: names collide, fields are missing, empty or null, files lie in several places.
private struct KubeConfigSet {
    let directory: TemporaryDirectory
    private(set) var paths: [String] = []
    private var random: SeededRandom

    init(seed: UInt64) throws {
        random = SeededRandom(state: seed)
        directory = try TemporaryDirectory()
        // Each place has other certificates under the same names.
        for (place, pair, other) in [("a", TestPair.first, TestPair.second), ("b", .second, .first)] {
            try directory.write("\(place)/ca.crt", other.certificate)
            try directory.write("\(place)/tls.crt", pair.certificate)
            try directory.write("\(place)/tls.key", pair.key)
        }
        for index in 0..<Int.random(in: 1...4, using: &random) {
            let name = "\(directory.path)/\(pick(["a", "b"]))/config\(index)"
            if !chance(8) { try directory.write(String(name.dropFirst(directory.path.utf8.count + 1)), file().text) }
            paths.append(name)
            if chance(8) { paths.append(pick([name, "", paths[0]])) }
        }
        // At least one file is there: nothing at all is an error of ours alone.
        try directory.write("a/last", chance(2) ? file().text : "")
        paths.append("\(directory.path)/a/last")
    }

    /// For the message of a failure.
    var text: String {
        paths.map { "\n\($0): \(directory.read(String($0.dropFirst(directory.path.utf8.count + 1))))" }.joined()
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func file() -> JSONValue {
        var file: JSONObject = [:]
        if chance(2) { file["kind"] = "Config" }
        if chance(2) { file["apiVersion"] = pick(["v1", ""]) }
        if !chance(3) { file["current-context"] = pick(["x", "y", "z", "", .null]) }
        if chance(6) { file["preferences"] = ["colors": true] }
        if chance(6) { file["unknown"] = [1, "two", .null] }
        file["clusters"] = list("cluster") { $0.cluster() }
        file["users"] = list("user") { $0.user() }
        file["contexts"] = list("context") { $0.context() }
        return .object(file)
    }

    private mutating func list(_ field: String, _ entry: (inout Self) -> JSONValue) -> JSONValue? {
        if chance(6) { return pick([nil, .null, []]) }
        var names = ["x", "y", "z"].shuffled(using: &random)
        if chance(40) { names[0] = names[1] }
        if chance(20) { names[0] = "" }
        return .array(
            names.prefix(Int.random(in: 2...3, using: &random)).map { name in
                var item: JSONObject = ["name": .string(name)]
                if chance(30) { item["name"] = pick([1, true]) }
                item[field] = chance(20) ? pick([nil, .null, [:]]) : entry(&self)
                return .object(item)
            })
    }

    private mutating func cluster() -> JSONValue {
        var cluster: JSONObject = ["server": .string("https://\(UInt16.random(in: 0...999, using: &random))")]
        if chance(15) { cluster["server"] = pick([nil, "", .null]) }
        if chance(4) { cluster["tls-server-name"] = pick(["a", "b"]) }
        if chance(6) { cluster["proxy-url"] = pick(["http://p:1", "http://q:2"]) }
        if chance(6) { cluster["unknown-field"] = pick(["1", ["a": 1]]) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            cluster["certificate-authority"] = pick([
                "ca.crt", "../a/ca.crt", "./ca.crt", .string("\(directory.path)/b/ca.crt"),
            ])
        case 1:
            cluster["certificate-authority-data"] = .string(Base64Text.of(pick([TestPair.first, .second]).certificate))
        case 2: cluster["insecure-skip-tls-verify"] = true
        case 3: cluster["certificate-authority"] = pick(["", .null])
        default: break
        }
        return .object(cluster)
    }

    private mutating func user() -> JSONValue {
        var user: JSONObject = [:]
        let secret = JSONValue.string("t\(UInt16.random(in: 0...999, using: &random))")
        switch Int.random(in: 0..<6, using: &random) {
        case 0: user["token"] = secret
        case 1: user["tokenFile"] = pick(["token", "f/token"])
        case 2: (user["token"], user["tokenFile"]) = (.some(secret), .some("token"))
        case 3: (user["username"], user["password"]) = (.some("me"), pick([secret, nil]))
        case 4:
            user["client-certificate"] = "../a/tls.crt"
            user["client-key"] = "../b/.././a/tls.key"
        default:
            (user["token"], user["as"], user["as-groups"], user["exec"]) = (
                .some(""), .some(""), .some([]), .some(.null)
            )
        }
        return .object(user)
    }

    private mutating func context() -> JSONValue {
        var context: JSONObject = [:]
        if !chance(20) { context["cluster"] = pick(["x", "y", "z"]) }
        if !chance(6) { context["user"] = pick(["x", "y", "z", ""]) }
        if chance(3) { context["namespace"] = pick(["n", "m", "", .null]) }
        return .object(context)
    }
}

/// SplitMix64.
private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
