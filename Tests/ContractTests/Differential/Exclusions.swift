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
        ) { _, real, sandbox in real.status == 404 && sandbox.status == 404 && real.document == "404 page not found\n"
        },
        Exclusion(
            name: "scale version",
            reason:
                "a real server moves the record of who owns replicas about when the Scale of an object is written, and stores that"
        ) { request, real, sandbox in
            request.path.hasSuffix("/scale") && request.method == "PATCH" && real.status == 200 && sandbox.status == 200
        },
        Exclusion(
            name: "service without a name",
            reason: "a real server allocates an address first and complains of that; both refuse with 422"
        ) { request, real, sandbox in
            request.body?["kind"] == "Service" && request.body?.name.isEmpty == true && real.status == 422
                && sandbox.status == 422
        },
        Exclusion(
            name: "status of an absent service",
            reason: "a real server judges the Service as a new one before it says that it is not there; both refuse"
        ) { request, real, sandbox in
            request.path.contains("/services/") && request.path.contains("/status") && real.status == 422
                && sandbox.status == 404
        },
        Exclusion(
            name: "job of another uid",
            reason: "a real server says more of a Job's generated labels; both refuse with 422"
        ) { request, real, sandbox in
            request.body?["kind"] == "Job" && request.body?.uid == "other" && real.status == 422
                && sandbox.status == 422
        },
        Exclusion(
            name: "empty rules of a policy",
            reason:
                "a real server counts a generation each time a NetworkPolicy is written with an empty list it does not store"
        ) { request, _, _ in
            request.path.contains("/networkpolicies")
                && (request.body?.at("spec", "ingress") == [] || request.body?.at("spec", "egress") == [])
        },
        Exclusion(
            name: "version of a claim or patch without change",
            reason:
                "found and not yet explained: a real server sometimes stores a patch of a claim that changes nothing"
        ) { request, real, sandbox in
            request.path.contains("/persistentvolumeclaims/") && !request.contentType.contains("apply")
                && request.method == "PATCH" && real.status == 200
                && sandbox.status == 200
        },
    ]
}
