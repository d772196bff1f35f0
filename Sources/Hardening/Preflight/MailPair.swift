import CaracalAPI
import CaracalCatalog

struct MailPair: PreflightRule {
    static let id = "mail-pair"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        let web = input.spec.web
        if web?.signIn?.password == true, web?.smtp == nil {
            return [
                finding(
                    "spec.web.signIn.password", [.web], .refusesToStart,
                    "password sign-up needs mail: set web.smtp, or take web.signIn.password out")
            ]
        }
        guard let from = web?.smtp?.from, !from.contains("@") else { return [] }
        return [finding("spec.web.smtp.from", [.web], .unsafe, "\"\(from)\" is no address: relays refuse such mail")]
    }
}
