import KubeModel

package struct SandboxRequest: Sendable {
    package var method: String
    package var target: String
    package var contentType: String
    package var accept: String
    package var userAgent: String
    package var body: [UInt8]

    package init(
        method: String, target: String, contentType: String = "", accept: String = "", userAgent: String = "",
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.contentType = contentType
        self.accept = accept
        self.userAgent = userAgent
        self.body = body
    }
}

package enum SandboxResponse: Sendable {
    case document(status: Int, JSONValue)
    /// Runs until the stream is over, handing out its bytes; an empty chunk only asks whether anybody still listens.
    case stream(@Sendable (_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async -> Void)
}
