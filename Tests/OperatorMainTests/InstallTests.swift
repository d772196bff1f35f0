import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

@Suite struct InstallTests {
    private func rules() -> [JSONValue] {
        (InstallManifest.namespaced + InstallManifest.clusterWide).filter {
            ["Role", "ClusterRole"].contains($0.gvk.kind)
        }
        .flatMap { $0["rules"]?.array ?? [] }
    }

    @Test func noWildcardAndNoListOfSecrets() {
        for rule in rules() {
            for field in ["apiGroups", "resources", "verbs"] { #expect(rule[field]?.array?.contains("*") != true) }
            guard rule["resources"]?.array?.contains("secrets") == true else { continue }
            #expect(rule["resourceNames"]?.array?.isEmpty == false)
            #expect(rule["verbs"]?.array?.contains("list") != true)
        }
        for resource in ["roles", "rolebindings", "pods/exec", "serviceaccounts/token"] {
            #expect(!rules().contains { $0["resources"]?.array?.contains(.string(resource)) == true })
        }
    }

    @Test func everyRenderedKindIsGranted() {
        let granted = Permissions.rules(secrets: [])
        for kind in ResourceCatalog.kinds {
            let rule = granted.first {
                $0["apiGroups"] == [.string(kind.gvk.group)]
                    && $0["resources"]?.array?.contains(.string(kind.plural)) == true
            }
            #expect(rule?["verbs"] == ["get", "list", "watch", "create", "patch", "delete"], "\(kind.plural)")
        }
    }

    @Test func theOperatorIsAsHardenedAsWhatItRenders() {
        let findings = RuleCatalog.check(InstallManifest.namespaced)
        #expect(findings.filter { !$0.isNotice } == [])
    }

    @Test func rbacNamesEverySecretOfTheSpec() throws {
        let names = Permissions.secrets(try Fixture.everything.context())
        #expect(
            names == [
                "api-tls", "caracal-runtime-7h2k", "co-tls", "gateway-serving", "gw-tls", "pg-superuser", "redis-app",
                "sts-tls",
            ])
    }

    @Test func everyReasonHasACauseAndANextStep() {
        let page = DocsCommand.pages.first { $0.name == "Reasons" }
        #expect(page?.text.contains("|  |") == false)
    }

    @Test func generatedKeysPassPreflight() throws {
        let context = try Fixture.production.context()
        let secret = try KeyGenerator(context: context, given: ["githubClientId": "a", "githubClientSecret": "b"])
            .secret()
        let wanted = Set(context.secretReaders.flatMap { context.secretKeys(of: $0).map(\.location.key) })
        #expect(Set(secret["data"]?.object?.keys ?? []) == wanted)
        #expect(throws: Failure.self) { try KeyGenerator(context: context, given: [:]).secret() }
        #expect(throws: Failure.self) {
            try KeyGenerator(context: context, given: ["githubClientId": "a", "githubClientSecret": "b", "x": "y"])
                .secret()
        }
    }
}
