import Glibc
import KubeModel
import TestSupport
import Testing

@testable import KubeClient

/// Credential plug-ins as programs: what they are given and what they may answer (A38, C30).
@Suite struct ExecPluginTests {
    private let v1 = "client.authentication.k8s.io/v1"

    /// A plug-in that is a shell script, configured as from a kubeconfig.
    private func plugin(
        _ directory: TemporaryDirectory, _ script: String, change: (inout ExecPluginConfiguration) -> Void = { _ in }
    ) throws -> ExecPlugin {
        try directory.write("plugin", "#!/bin/sh\n\(script)\n", mode: 0o700)
        var configuration = ExecPluginConfiguration(
            place: "/k: user \"u\"", command: "\(directory.path)/plugin", apiVersion: v1)
        configuration.interactiveMode = .never
        configuration.installHint = "install it so"
        change(&configuration)
        return ExecPlugin(configuration)
    }

    private func print(_ status: String, apiVersion: String = "client.authentication.k8s.io/v1") -> String {
        "echo '{\"apiVersion\": \"\(apiVersion)\", \"kind\": \"ExecCredential\", \"status\": \(status)}'"
    }

    private func failure(_ script: String, change: (inout ExecPluginConfiguration) -> Void = { _ in }) async throws
        -> String
    {
        let directory = try TemporaryDirectory()
        let plugin = try plugin(directory, script, change: change)
        let error = await #expect(throws: ConfigurationError.self) { try await plugin.credential() }
        let message = error?.description ?? ""
        // Whatever it is: who, where, and what helps.
        #expect(message.contains("/k: user \"u\": credential plug-in \(directory.path)/plugin "))
        #expect(message.hasSuffix("\ninstall it so"))
        #expect(!message.contains("canary"))
        return message
    }

    @Test func aTokenIsTaken() async throws {
        let directory = try TemporaryDirectory()
        let issued = try await plugin(directory, print(#"{"token": "t", "more": 1}"#)).credential()
        #expect(issued.credential.token == "t")
        #expect(issued.credential.expiry == nil)
        #expect(issued.credential.certificate == nil)
    }

    // A38, C30. Each fails when its check is left out: the answer is taken, or the message does not say what it was.
    @Test func whatIsNoCredentialIsAnErrorThatNamesThePlugin() async throws {
        let v1beta1 = "client.authentication.k8s.io/v1beta1"
        let cases: [(script: String, says: String)] = [
            ("echo canary; exit 3", "exit status 3"),
            ("kill -9 $$", "signal 9"),
            ("echo canary", "not a JSON object"),
            ("true", "printed 0 bytes"),
            ("echo '[]'", "not a JSON object"),
            ("echo '{\"apiVersion\": \"\(v1)\", \"status\": {\"token\": \"canary\"}}'", "not of kind ExecCredential"),
            (print(#"{"token": "canary"}"#, apiVersion: v1beta1), "answered with apiVersion \(v1beta1), but"),
            (print(#"{"token": "canary"}"#, apiVersion: "canary"), "answered with another apiVersion, but"),
            (print("null"), "no status"),
            (print("{}"), "neither a token nor a certificate"),
            (print(#"{"token": 1}"#), "status.token that is no text"),
            (print(#"{"token": "canary\\r\\nX-A: b"}"#), "line breaks"),
            (print(#"{"clientCertificateData": "canary"}"#), "without clientKeyData"),
            (print(#"{"clientKeyData": "canary"}"#), "without clientCertificateData"),
            (print(#"{"clientCertificateData": "canary", "clientKeyData": "canary"}"#), "cannot be used"),
            (print(#"{"token": "canary", "expirationTimestamp": "tomorrow"}"#), "not an RFC 3339 time"),
            (print(#"{"token": "canary", "expirationTimestamp": "2001-02-03T04:05:06Z"}"#), "2001-02-03T04:05:06Z"),
            ("yes canary", "printed more than"),
        ]
        for (script, says) in cases {
            let message = try await failure(script)
            #expect(message.contains(says), "\(script): \(message)")
        }
    }

    // A38. Fails when a command is started without looking: exit status 127, or an errno without the hint.
    @Test func aCommandThatIsNotThereIsSaid() async throws {
        let directory = try TemporaryDirectory()
        let plugin = try plugin(directory, "true") { $0.command += "-no" }
        let gone = await #expect(throws: ConfigurationError.self) { try await plugin.credential() }
        #expect(gone?.description.contains("plugin-no does not exist or is not executable\ninstall it so") == true)
        let missing = ExecPluginConfiguration(place: "p", command: "no-such-plugin", apiVersion: v1)
        let error = #expect(throws: ConfigurationError.self) { try missing.invocation() }
        #expect(error?.description.contains("no-such-plugin is in no directory of PATH") == true)
    }

    // A38. Fails when PATH is not searched, when it is searched in the working directory, and when PATH is taken from
    // the plug-in's own variables.
    @Test func aNameIsSearchedInPath() throws {
        let directory = try TemporaryDirectory()
        try directory.write("bin/aws", "", mode: 0o700)
        try directory.write("other/aws", "", mode: 0o600)
        var configuration = ExecPluginConfiguration(place: "p", command: "aws", apiVersion: v1)
        let path = directory.path
        configuration.environment = { ["PATH": "::.:\(path)/other:\(path)/none:\(path)/bin"] }
        configuration.variables = [("PATH", "/nowhere")]
        configuration.hasTerminal = { false }
        #expect(try configuration.invocation().path == "\(path)/bin/aws")
        configuration.environment = { ["PATH": "\(path)/other"] }
        #expect(throws: ConfigurationError.self) { try configuration.invocation() }
    }

    // A38. Fails when the environment is replaced, when ours wins over the kubeconfig's, and without EXEC_INFO.
    @Test func theEnvironmentIsAddedTo() async throws {
        let directory = try TemporaryDirectory()
        let script = "env > \(directory.path)/env; echo \"$@\" > \(directory.path)/args; " + print(#"{"token": "t"}"#)
        let plugin = try plugin(directory, script) { configuration in
            configuration.environment = { ["PATH": "/usr/bin:/bin", "HERE": "ours", "BOTH": "ours"] }
            configuration.variables = [("BOTH", "theirs"), ("EMPTY", "")]
            configuration.arguments = ["a b", "c"]
            configuration.cluster = ["server": "https://h"]
        }
        _ = try await plugin.credential()
        let lines = Set(directory.read("env").split(separator: "\n").map(String.init))
        #expect(lines.isSuperset(of: ["PATH=/usr/bin:/bin", "HERE=ours", "BOTH=theirs", "EMPTY="]))
        let info = try #require(lines.first { $0.hasPrefix("KUBERNETES_EXEC_INFO=") }).dropFirst(21)
        let expected: JSONValue = [
            "kind": "ExecCredential", "apiVersion": .string(v1),
            "spec": ["cluster": ["server": "https://h"], "interactive": false],
        ]
        let told = try JSONValue(parsing: String(info))
        #expect(told == expected)
        #expect(directory.read("args") == "a b c\n")
    }

    // A38. Fails when the mode is not asked for, or a terminal is taken for granted.
    @Test func interactiveModeIsHonoured() throws {
        var configuration = ExecPluginConfiguration(place: "p", command: "/bin/sh", apiVersion: v1)
        let table: [(ExecPluginConfiguration.InteractiveMode, terminal: Bool, interactive: Bool?)] = [
            (.never, true, false), (.never, false, false), (.ifAvailable, true, true), (.ifAvailable, false, false),
            (.always, true, true), (.always, false, nil),
        ]
        for (mode, terminal, interactive) in table {
            configuration.interactiveMode = mode
            configuration.hasTerminal = { terminal }
            let invocation = try? configuration.invocation()
            #expect(invocation?.isInteractive == interactive)
            let info = invocation?.environment.first { $0.hasPrefix("KUBERNETES_EXEC_INFO=") } ?? ""
            if let interactive { #expect(info.contains("\"interactive\":\(interactive)")) }
        }
        configuration.interactiveMode = .always
        let error = #expect(throws: ConfigurationError.self) { try configuration.invocation() }
        #expect(error?.description.contains("standard input is not a terminal") == true)
    }

    // A38. Fails when standard error is captured or thrown away, when standard input is ours, and when descriptors of
    // ours (connections among them) are left open in the plug-in.
    @Test func standardErrorIsOursAndNothingElse() async throws {
        let directory = try TemporaryDirectory(["marker": ""])
        // As a library might: not marked to be closed.
        let leak = open("\(directory.path)/marker", O_RDONLY)
        defer { close(leak) }
        let script = """
            for f in 0 2; do readlink /proc/$$/fd/$f > \(directory.path)/$f; done
            ls -l /proc/$$/fd | grep -c marker > \(directory.path)/leaks
            """
        _ = try await plugin(directory, script + "\n" + print(#"{"token": "t"}"#)).credential()
        var target = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/fd/2", &target, target.count)
        let ours = String(decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(directory.read("2") == ours + "\n")
        #expect(directory.read("0") == "/dev/null\n")
        #expect(directory.read("leaks") == "0\n")
    }

    @Test(arguments: [
        ("2026-03-01T00:00:00Z", 1_772_323_200.0), ("2026-03-01T01:30:00+01:30", 1_772_323_200),
        ("2026-02-28T19:00:00.123-05:00", 1_772_323_200), ("2026-03-01t00:00:00z", 1_772_323_200),
    ])
    func offsetsAreUnderstood(text: String, seconds: Double) {
        #expect(ExecCredential.time(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T00:00:00",
        "2026-03-01T00:00:00.Z",
        "2026-03-01T00:00:00+1:00", "2026-03-01T00:00:00+01:00x", "2026-03-01T00:00:00Zx", "20260301T000000Z....",
    ])
    func whatIsNoTimeIsRefused(text: String) { #expect(ExecCredential.time(text) == nil) }
}
