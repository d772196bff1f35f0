import KubeModel

/// Answers that are allowed to differ, each with its reason. Nothing the operator relies on may stand here.
struct Exclusion: Sendable {
    var name: String
    var reason: String
    var holds:
        @Sendable (_ request: GeneratedRequest, _ real: ServerUnderTest.Answer, _ sandbox: ServerUnderTest.Answer) ->
            Bool

    static let all: [Exclusion] = [
        Exclusion(
            name: "unknown group",
            reason: "a real server's 404 for a group nobody serves is plain text; the code is the same"
        ) { _, real, sandbox in real.status == 404 && sandbox.status == 404 && real.document == "404 page not found\n" }
    ]
}
