import Glibc
import KubeModel
import TestSupport
import Testing

@testable import KubeClient

/// Kubeconfig files as people write them (A40 to A42, A45).
@Suite struct KubeConfigTests {
    private let simple = """
        apiVersion: v1
        kind: Config
        current-context: a
        clusters: [{name: c, cluster: {server: "https://h:6443/", certificate-authority: ca.crt, tls-server-name: k}}]
        contexts: [{name: a, context: {cluster: c, user: u, namespace: ns}}]
        users: [{name: u, user: {tokenFile: token}}]
        """

    private func directory(_ files: [String: String]) throws -> TemporaryDirectory {
        try TemporaryDirectory(files.merging(["ca.crt": TestPair.first.certificate]) { given, _ in given })
    }

    private func message(_ files: [String: String], context: String? = nil) throws -> String {
        let directory = try directory(files)
        do {
            _ = try KubeConfig(paths: ["\(directory.path)/a"]).configuration(context: context)
            return ""
        } catch let error as ConfigurationError { return error.description }
    }

    /// The credential of a user with these fields, for a server with this URL.
    private func configuration(_ user: String, server: String = "https://h") throws -> ClientConfiguration {
        let text = """
            current-context: a
            clusters: [{name: c, cluster: {server: "\(server)"}}]
            contexts: [{name: a, context: {cluster: c, user: u}}]
            users: [{name: u, user: {\(user)}}]
            """
        let directory = try directory(["a": text, "tls.crt": TestPair.first.certificate, "tls.key": TestPair.first.key])
        return try KubeConfig(paths: ["\(directory.path)/a"]).configuration()
    }

    // A40. Fails when paths are relative to the working directory or to the first file.
    @Test func readsFilesRelativeToTheirOwnPlace() throws {
        let directory = try directory([
            "1/config": "current-context: a", "2/config": simple.replacing("ca.crt", with: "../2/./ca.crt"),
            "2/ca.crt": TestPair.second.certificate,
        ])
        let configuration = try KubeConfig(paths: ["\(directory.path)/1/config", "\(directory.path)/2/config"])
            .configuration()
        #expect(configuration.endpoint.base == "https://h:6443")
        #expect(configuration.endpoint.certificateAuthority == Array(TestPair.second.certificate.utf8))
        #expect(configuration.endpoint.tlsServerName == "k")
        #expect(configuration.files.certificateAuthority == "\(directory.path)/2/ca.crt")
        let namespace = try configuration.namespace
        #expect(namespace == "ns")
        #expect(configuration.origin == "context a of \(directory.path)/2/config")
        guard case .tokenFile(let file, nil) = configuration.credential else { Issue.record("no token file"); return }
        #expect(file == "\(directory.path)/2/token")
    }

    // A40. Fails when the last file wins, or when a later one fills in what the first left out.
    @Test func ofOneNameTheFirstFileWinsAsAWhole() throws {
        let first = simple.replacing(", tls-server-name: k", with: "").replacing("tokenFile: token", with: "token: one")
        let other = simple.replacing("https://h:6443/", with: "https://other").replacing(
            "current-context: a", with: "current-context: zzz")
        let directory = try directory(["1": first, "2": other])
        let paths = ["", "1", "missing", "2", "1"].map { $0.isEmpty ? "" : "\(directory.path)/\($0)" }
        let configuration = try KubeConfig(paths: paths).configuration()
        #expect(configuration.endpoint.base == "https://h:6443")
        #expect(configuration.endpoint.tlsServerName == nil)
        guard case .token("one") = configuration.credential else { Issue.record("\(configuration.credential)"); return }
    }

    // A42. Fails when null is not taken for absent, or an empty file for a mistake of its own.
    @Test(arguments: [
        "", "\n", "# nothing\n", "null", "clusters: null\nusers: ~\ncontexts:\nextensions: [1]\nmore: {a: 1}",
    ])
    func anEmptyFileSaysNothing(text: String) throws {
        #expect(try message(["a": text]).contains("no current-context. Set it, or pass --context. There is none"))
        let directory = try directory(["a": text, "b": simple])
        let configuration = try KubeConfig(paths: ["\(directory.path)/a", "\(directory.path)/b"]).configuration()
        #expect(configuration.endpoint.base == "https://h:6443")
    }

    // A42. Fails when the marks are not looked for: an error about a control character in line 1.
    @Test func otherEncodingsAreRefusedWithASentence() throws {
        let directory = try TemporaryDirectory()
        let utf16 = simple.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        for (bytes, says) in [
            ([0xEF, 0xBB, 0xBF] + Array(simple.utf8), "UTF-8 with a byte order mark"),
            ([0xFF, 0xFE] + utf16, "is UTF-16:"),
            ([0xFE, 0xFF, 0, 0x61], "is UTF-16:"), (utf16, "UTF-16 or binary"), ([0x61, 0xFF], "not UTF-8"),
        ] {
            try directory.write("a", bytes)
            let error = #expect(throws: ConfigurationError.self) { try KubeConfig(paths: ["\(directory.path)/a"]) }
            #expect(error?.description.contains(says) == true)
        }
    }

    @Test func everyMistakeNamesItsPlace() throws {
        #expect(try message(["a": simple.replacing("token}", with: "token, unknown: 1}")]) == "")
        #expect(try message(["a": "a: [1"]).contains("/a:"))
        #expect(try message(["a": "kind: Pod"]).contains("not Config"))
        #expect(try message(["a": "apiVersion: v2"]).contains("not v1"))
        #expect(try message(["a": "[]"]).contains("a mapping is expected"))
        #expect(try message(["a": "kind: Config"]).contains("no current-context"))
        #expect(try message(["a": "clusters: {}"]).contains("/a: clusters is not a list"))
        #expect(try message(["a": "users: [1]"]).contains("/a: users[0] is not a mapping"))
        #expect(try message(["a": "users: [{name: 1}]"]).contains("/a: users[0]: name is not a text but integer"))
        #expect(try message(["a": "users: [{name: a}, {name: a}]"]).contains("user \"a\" is there already"))
        #expect(try message(["a": simple], context: "b").contains("context \"b\" is in none"))
        #expect(try message(["a": simple.replacing("ca.crt", with: "no.crt")]).contains("no.crt does not exist"))
        #expect(try message(["a": simple, "ca.crt": "junk"]).contains("no PEM certificate"))
        #expect(try message(["a": simple, "ca.crt": ""]).contains("ca.crt is empty"))
        #expect(
            try message(["a": simple.replacing("cluster: c,", with: "cluster: d,")]).contains("names cluster \"d\""))
        #expect(try message(["a": simple.replacing("user: u,", with: "user: v,")]).contains("names user \"v\""))
        #expect(
            try message(["a": simple.replacing("https://h:6443/", with: "h:6443")]).contains("not an http or https URL")
        )
        let badData = simple.replacing("certificate-authority: ca.crt", with: "certificate-authority-data: '!'")
        #expect(try message(["a": badData]).contains("not Base64"))
        let both = simple.replacing("tls-server-name: k", with: "insecure-skip-tls-verify: true")
        #expect(try message(["a": both]).contains("exclude each other"))
        let text = simple.replacing("tls-server-name: k", with: "insecure-skip-tls-verify: \"true\"")
        #expect(try message(["a": text]).contains("neither true nor false"))
    }

    // A45, and A43's and auth-provider's refusal. Each fails when its check is left out.
    @Test(arguments: [
        ("client-certificate-data: eA==", "needed together"), ("client-key: tls.key", "needed together"),
        ("client-certificate: tls.crt, client-key: tls.crt", "cannot be used: the key is not"),
        ("as: somebody", "impersonates somebody (as)"), ("as-groups: [a]", "impersonates somebody (as-groups)"),
        ("token: t, auth-provider: {name: gcp}", "auth-provider, which Kubernetes has removed"),
        ("token: 123", "token is not a text but integer: put it in quotes"), ("token: 'a b'", "token holds blanks"),
        ("token: t, username: me", "a username and a token"), ("tokenFile: t, username: me", "a username and a token"),
        ("password: p", "a password but no username"),
        ("exec: {}", "exec has no command"), ("exec: {command: x}", "exec.apiVersion must be"),
        ("exec: []", "exec is not a mapping"),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", "exec.apiVersion must be"),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1}", "interactiveMode is required"),
        (
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Maybe}",
            "\"Maybe\" is none of"
        ),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, args: [1]}", "exec.args"),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: a}]}", "exec.env"),
        ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: A, value: 1}]}", "of A is"),
    ])
    func whatAUserMayNotSay(user: String, says: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try configuration(user) }
        #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("/a: user \"u\"") == true)
    }

    // A42, A45, as kubectl 1.32 does it against an echoing server. Fails when a plug-in runs beside a credential that
    // stands in the file, when a token hides its file, and when anything is sent without TLS.
    @Test func oneIdentityIsChosenAsKubectlChoosesIt() throws {
        let exec = "exec: {command: ./x, apiVersion: client.authentication.k8s.io/v1beta1}"
        let pair = "client-certificate: tls.crt, client-key: tls.key"
        let table: [(user: String, credential: String)] = [
            ("", "no credential"), ("as: null, as-groups: [], token: '', exec: null", "no credential"),
            ("token: t", "a token"), ("tokenFile: f", "the token in /"), ("token: t, tokenFile: f", "the token in /"),
            ("username: me", "a user name and password"), (exec, "plug-in /"), ("token: t, \(exec)", "a token"),
            ("tokenFile: f, \(exec)", "the token in /"), ("username: me, password: p, \(exec)", "a user name"),
            ("\(pair), \(exec)", "no credential"), ("\(pair), token: t", "a token"),
        ]
        for (user, credential) in table {
            let chosen = try configuration(user)
            #expect("\(chosen.credential)".hasPrefix(credential), "\(user)")
            #expect((chosen.endpoint.clientKey != nil) == user.contains(pair))
            let plain = try configuration(user, server: "http://h")
            #expect("\(plain.credential)".hasPrefix("no credential"))
            #expect(plain.endpoint.clientKey == nil)
        }
        guard case .tokenFile(_, "t") = try configuration("token: t, tokenFile: f").credential else {
            Issue.record("the token is no fallback"); return
        }
    }

    // A42. Fails when the file is read although its content stands in the kubeconfig.
    @Test func dataBeatsAFile() throws {
        let data = Base64Text.of(TestPair.second.certificate)
        let text = simple.replacing(
            "certificate-authority:", with: "certificate-authority-data: \(data), certificate-authority:")
        let directory = try directory(["a": text])
        let configuration = try KubeConfig(paths: ["\(directory.path)/a"]).configuration()
        #expect(configuration.endpoint.certificateAuthority == Array(TestPair.second.certificate.utf8))
        #expect(configuration.files.certificateAuthority == nil)
    }

    // A38. Fails when a command with a slash is relative to the working directory, and when cluster facts are left out.
    @Test func aPluginIsToldAboutItsCluster() async throws {
        let user = """
            exec: {command: bin/plug, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never,
              provideClusterInfo: true, args: [x], env: [{name: A, value: b}], more: 1}
            """
        let text = simple.replacing("tokenFile: token", with: user).replacing(
            "tls-server-name: k",
            with: "tls-server-name: k, extensions: [{name: client.authentication.k8s.io/exec, extension: {q: 1}}]")
        let directory = try directory(["sub/a": text, "sub/ca.crt": TestPair.first.certificate])
        let token =
            #"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t"}}"#
        try directory.write(
            "sub/bin/plug", "#!/bin/sh\necho \"$KUBERNETES_EXEC_INFO\" > \(directory.path)/info\necho '\(token)'",
            mode: 0o700)
        let configuration = try KubeConfig(paths: ["\(directory.path)/sub/a"]).configuration()
        let header = try await Authorization(configuration.credential).header()
        #expect(header.value == "Bearer t")
        let told = try JSONValue(parsing: directory.read("info"))
        let expected: JSONValue = [
            "server": "https://h:6443/", "tls-server-name": "k", "config": ["q": 1],
            "certificate-authority-data": .string(Base64Text.of(TestPair.first.certificate)),
        ]
        #expect(told.at("spec", "cluster") == expected)
    }

    // A33. Fails when any of these types is printed member by member.
    @Test func secretsAreInNoDescription() throws {
        for user in [
            "token: canary", "username: me, password: canary", "tokenFile: f, token: canary",
            "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: A, value: canary}]}",
        ] {
            let configuration = try configuration(user)
            for text in [
                "\(configuration)", String(reflecting: configuration), "\(configuration.credential)",
                String(reflecting: configuration.credential), "\([configuration])", dumped(configuration),
                dumped(configuration.credential), String(reflecting: configuration.endpointSource),
            ] {
                #expect(!text.contains("canary"))
            }
        }
        let directory = try directory(["a": simple.replacing("tokenFile: token", with: "token: canary")])
        let config = try KubeConfig(paths: ["\(directory.path)/a"])
        #expect(!"\(config)\(String(reflecting: config))\(dumped(config))".contains("canary"))
        let paired = try configuration("client-certificate: tls.crt, client-key: tls.key")
        let bytes = Array(TestPair.first.key.utf8).prefix(40).map(String.init).joined(separator: ", ")
        #expect(!"\(paired.endpoint)\(String(reflecting: paired))".contains(bytes))
    }

    private func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
