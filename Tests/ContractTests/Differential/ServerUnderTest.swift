import KubeClient
import KubeModel
import KubeSandbox

/// Answers raw requests, and remembers what only it knows of its objects.
struct ServerUnderTest {
    typealias Send =
        @Sendable (_ method: String, _ target: String, _ contentType: String, _ body: JSONValue?) async throws
        -> Answer

    struct Answer: Sendable {
        var status: Int
        var document: JSONValue
    }

    let send: Send
    let namespace: String
    private var versions: [String: String] = [:]
    private var uids: [String: String] = [:]
    private var nexts: [String: String] = [:]

    init(namespace: String, send: @escaping Send) {
        self.namespace = namespace
        self.send = send
    }

    static func sandbox(namespace: String) -> ServerUnderTest {
        let api = SandboxAPI(cluster: SandboxCluster())
        return ServerUnderTest(namespace: namespace) { method, target, contentType, body in
            let request = SandboxRequest(
                method: method, target: target, contentType: contentType, accept: "application/json",
                userAgent: "contract", body: body?.bytes ?? [])
            guard case .document(let status, let document) = await api.respond(request) else {
                return Answer(status: 0, document: .null)
            }
            // Through bytes, as a client reads it.
            return Answer(status: status, document: try JSONValue(parsing: document.bytes))
        }
    }

    static func real(kubeconfig: String, namespace: String) throws -> ServerUnderTest {
        let configuration = try KubeConfig(paths: [kubeconfig]).configuration()
        let endpoint = configuration.endpoint
        let transport = try CurlTransport { endpoint }
        var headers = [(name: "Accept", value: "application/json"), (name: "User-Agent", value: "contract")]
        if case .token(let token) = configuration.credential { headers.append(("Authorization", "Bearer \(token)")) }
        let fixed = headers
        return ServerUnderTest(namespace: namespace) { method, target, contentType, body in
            let response = try await transport.send(
                HTTPRequest(
                    method, target, headers: fixed + [(name: "Content-Type", value: contentType)], body: body?.bytes))
            let document =
                (try? JSONValue(parsing: response.body)) ?? .string(String(decoding: response.body, as: UTF8.self))
            return Answer(status: response.status, document: document)
        }
    }

    // MARK: One request

    /// The answer, and whether the object's resourceVersion is another than before.
    mutating func answer(_ request: GeneratedRequest) async throws -> (answer: Answer, isNewVersion: Bool) {
        let path = filled(request.path)
        let query = request.query.map { "\($0)=\(Self.encoded(filled($1)))" }.joined(separator: "&")
        let answer = try await send(
            request.method, query.isEmpty ? path : "\(path)?\(query)", request.contentType, request.body.map(filled))
        return (answer, remember(answer.document, request))
    }

    private mutating func remember(_ document: JSONValue, _ request: GeneratedRequest) -> Bool {
        if let next = document.at("metadata", "continue")?.string { nexts[request.path] = next }
        let isPersistent = !request.query.contains { $0.0 == "dryRun" } && request.body?["dryRun"] == nil
        guard isPersistent, !document.resourceVersion.isEmpty, !document.name.isEmpty else { return false }
        var path = request.path
        if request.method == "POST" { path += "/\(document.name)" }
        for subresource in ["/status", "/scale"] where path.hasSuffix(subresource) {
            path.removeLast(subresource.count)
        }
        defer {
            versions[path] = document.resourceVersion
            uids[path] = document.uid
        }
        return versions[path] != document.resourceVersion
    }

    private func filled(_ text: String) -> String {
        let text = text.replacing("{ns}", with: namespace)
        if text.hasPrefix("@version:") { return versions[plain(text)] ?? "1" }
        if text.hasPrefix("@uid:") { return uids[plain(text)] ?? "unknown" }
        if text.hasPrefix("@next:") { return nexts[plain(text)] ?? "" }
        return text
    }

    private func plain(_ text: String) -> String {
        String(text[text.index(after: text.firstIndex(of: ":") ?? text.startIndex)...])
            .replacing(namespace, with: "{ns}")
    }

    private func filled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(filled(text))
        case .array(let items): .array(items.map(filled))
        case .object(let object): .object(object.mapValues(filled))
        default: value
        }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            return scalar.properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte) || byte == 0x2E
                || byte == 0x2D
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
