import Glibc
import KubeClient
import TestSupport
import Testing

@Suite struct KubeConfigTests {
    /// Writes files to a directory of this test alone.
    private func directory(_ files: [String: String]) throws -> String {
        var template = Array("/tmp/kubeconfig-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        for (name, text) in files {
            let file = try #require(fopen("\(path)/\(name)", "w"))
            let bytes = Array(text.utf8)
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        return path
    }

    private let certificate = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"

    private func message(_ files: [String: String], context: String? = nil) throws -> String {
        let path = try directory(files)
        do {
            _ = try KubeConfig(paths: ["\(path)/a"]).configuration(context: context)
            return ""
        } catch let error as ConfigurationError { return error.description }
    }

    private let simple = """
        apiVersion: v1
        kind: Config
        current-context: a
        clusters: [{name: c, cluster: {server: "https://h:6443/", certificate-authority: ca.crt, tls-server-name: k}}]
        contexts: [{name: a, context: {cluster: c, user: u, namespace: ns}}]
        users: [{name: u, user: {tokenFile: token}}]
        """

    @Test func readsFilesRelativeToTheirOwnPlace() throws {
        let path = try directory(["config": simple, "ca.crt": certificate, "token": "t"])
        let configuration = try KubeConfig(paths: ["\(path)/config"]).configuration()
        #expect(configuration.endpoint.base == "https://h:6443")
        #expect(configuration.endpoint.certificateAuthority == Array(certificate.utf8))
        #expect(configuration.endpoint.tlsServerName == "k")
        #expect(configuration.namespace == "ns")
        guard case .tokenFile(let file) = configuration.credential else { return #expect(Bool(false), "no token file") }
        #expect(file == "\(path)/token")
    }

    @Test func ofOneNameTheFirstFileWins() throws {
        let other = simple.replacing("https://h:6443/", with: "https://other").replacing(
            "current-context: a", with: "current-context: zzz")
        let path = try directory(["1": simple, "2": other, "ca.crt": certificate])
        #expect(
            try KubeConfig(paths: ["\(path)/1", "\(path)/2", "\(path)/missing"]).configuration().endpoint.base
                == "https://h:6443")
    }

    @Test func everyMistakeNamesItsPlace() throws {
        #expect(try message(["a": "a: [1"]).contains("/a:"))
        #expect(try message(["a": "kind: Pod"]).contains("not Config"))
        #expect(try message(["a": "[]"]).contains("a mapping is expected"))
        #expect(try message(["a": "kind: Config"]).contains("no current-context"))
        #expect(try message(["a": simple], context: "b").contains("context \"b\" is in none"))
        #expect(try message(["a": simple]).contains("ca.crt does not exist"))
        #expect(try message(["a": simple, "ca.crt": "junk"]).contains("no PEM certificate"))
        #expect(
            try message(["a": simple.replacing("cluster: c,", with: "cluster: d,")]).contains("names cluster \"d\""))
        #expect(
            try message(["a": simple.replacing("user: u,", with: "user: v,"), "ca.crt": certificate]).contains(
                "names user \"v\""))
        #expect(
            try message(["a": simple.replacing("https://h:6443/", with: "h:6443")]).contains("not an http or https URL")
        )
        let exec = simple.replacing("tokenFile: token", with: "exec: {command: x}")
        #expect(try message(["a": exec, "ca.crt": certificate]).contains("credential plug-in"))
        let half = simple.replacing("tokenFile: token", with: "client-certificate-data: eA==")
        #expect(try message(["a": half, "ca.crt": certificate]).contains("needed together"))
        let badData = simple.replacing("certificate-authority: ca.crt", with: "certificate-authority-data: '!'")
        #expect(try message(["a": badData]).contains("not Base64"))
        let both = simple.replacing("tls-server-name: k", with: "insecure-skip-tls-verify: true")
        #expect(try message(["a": both, "ca.crt": certificate]).contains("exclude each other"))
    }

    @Test func nothingFoundSaysWhereWasLooked() {
        #expect(throws: ConfigurationError.self) { try KubeConfig(paths: ["/nowhere/config"]) }
        #expect(throws: ConfigurationError.self) {
            try KubeConfig.discover(path: nil, context: nil, environment: ["HOME": "/nowhere"])
        }
    }
}
