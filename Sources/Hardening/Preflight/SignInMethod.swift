import CaracalAPI
import CaracalCatalog

/// With CARACAL_REQUIRE_SIGN_IN_METHOD, which is always set in rc and stable, the console refuses to start otherwise.
struct SignInMethod: PreflightRule {
    static let id = "sign-in-method"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        let signIn = input.spec.web?.signIn
        guard input.isPublished, signIn?.github == nil, signIn?.google == nil, input.spec.web?.smtp == nil else {
            return []
        }
        return [
            finding(
                "spec.web.signIn", [.web], .refusesToStart,
                "nobody could sign in: set web.signIn.github, web.signIn.google or web.smtp")
        ]
    }
}
