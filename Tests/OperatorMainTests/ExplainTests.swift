import CaracalAPI
import CaracalCatalog
import Hardening
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import OperatorMain

@Suite struct ExplainTests {
    private func explain(
        _ from: String, _ to: String, fixture: Fixture = .production, foreign: [JSONValue] = [],
        _ change: (inout JSONValue) -> Void = { _ in }
    ) throws -> Explanation.Verdict {
        let context = try fixture.context(change)
        let rendered = try ResourceCatalog.render(context)
        let own = rendered.filter { $0.role == .networkPolicy }.map(\.document)
        let (target, port) = ExplainCommand.split(to)
        return try Explanation(context: context, rendered: rendered, policies: own + foreign).explain(
            from: ExplainedEnd(from, catalog: .caracal), to: ExplainedEnd(target, catalog: .caracal), port: port)
    }

    @Test(arguments: [
        ("gateway", "sts"), ("web", "database"), ("sts", "redis"), ("api", "dns"), ("ingress", "web"),
        ("gateway", "upstream:api.github.com"), ("migrate", "migration-database"), ("web", "github"),
    ])
    func whatCaracalNeedsIsAllowed(from: String, to: String) throws {
        #expect(try explain(from, to).isAllowed)
    }

    @Test(arguments: [
        ("gateway", "audit"), ("gateway", "metadata"), ("api", "metadata"), ("ingress", "api"), ("prometheus", "sts"),
        ("gateway", "upstream:evil.example.com"), ("gateway", "upstream:api.github.com:22"), ("audit", "web"),
        ("gateway", "upstream:10.0.0.7"), ("web", "redis"), ("sts", "10.9.9.9"),
    ])
    func everythingElseIsDeniedWithAWayOut(from: String, to: String) throws {
        let verdict = try explain(from, to)
        #expect(!verdict.isAllowed)
        #expect(verdict.text.contains("DENIED"))
        #expect(
            verdict.text.contains("to allow it:") || verdict.text.contains("nothing in the spec says")
                || verdict.text.contains("allowedHosts"))
    }

    @Test func aPolicyOfSomebodyElseIsNamed() throws {
        let foreign: JSONValue = [
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": ["name": "helper", "namespace": "caracal"],
            "spec": ["podSelector": [:], "ingress": [["from": [["ipBlock": ["cidr": "10.9.0.0/16"]]]]]],
        ]
        let verdict = try explain("10.9.9.9", "audit", foreign: [foreign])
        #expect(verdict.isAllowed)
        #expect(verdict.text.contains("helper ingress rule 0 (not ours)"))
    }

    /// Second row of the page's troubleshooting table: each part is answered.
    @Test func anUpstreamThatCannotBeReachedIsTakenApart() throws {
        let text = try explain("gateway", "upstream:mcp.tools.svc:8443").text
        for part in ["DNS ", "TLS ", "list ", "ranges ", "gateway.upstreams.peers"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func nobodyIsAnError() {
        #expect(throws: Failure.self) { try explain("nobody", "web") }
        #expect(throws: Failure.self) { try explain("database", "redis") }
    }
}

@Suite struct AuditTests {
    @Test func theSampleIsTickedAndASpoiledObjectIsNot() throws {
        let instance = try Fixture.production.instance()
        let offline = try AuditSubject(offline: instance).report(today: "2026-11-25")
        #expect(offline.verdict.failed == [])
        var objects = try ResourceCatalog.render(try Fixture.production.context()).map(\.document)
        let whole = try AuditSubject(live: instance, objects: objects, policies: []).report(today: "2026-11-25")
        #expect(whole.verdict.failed == [])
        let index = try #require(objects.firstIndex { $0.gvk.kind == "Service" && $0.name == "prod-api" })
        objects[index].set(["spec", "type"], "LoadBalancer")
        let spoiled = try AuditSubject(live: instance, objects: objects, policies: []).report(today: "2026-11-25")
        #expect(spoiled.verdict.failed.map(\.rule) == ["private-services", "as-rendered"])
        let text = AuditText.text(spoiled, of: "prod", notJudged: [])
        #expect(text.contains("[ ] Internal services"))
        #expect(text.contains("[x] Containers"))
    }

    /// Fails when objects that are gone are ticked off, or when a key that is mounted on purpose counts as an addition.
    @Test func whatIsGoneIsNoticedAndOptionalKeysAreOurs() throws {
        let instance = try Fixture.production.instance {
            $0.set(["status", "secrets"], [["key": "secretStoreKekPrevious", "fingerprint": "k.x"]])
            $0.set(["status", "hardening"], ["summary": "x"])
        }
        var objects = try AuditSubject(offline: instance).objects
        let whole = try AuditSubject(live: instance, objects: objects, policies: []).report(today: "2026-11-25")
        #expect(whole.verdict.failed == [])
        #expect(objects.contains { $0.text.contains("SECRET_STORE_KEK_PREVIOUS_FILE") })
        objects.removeAll { $0.gvk.kind == "NetworkPolicy" }
        let bare = try AuditSubject(live: instance, objects: objects, policies: []).report(today: "2026-11-25")
        #expect(Set(bare.verdict.failed.map(\.rule)) == ["as-rendered"])
        #expect(AuditText.text(bare, of: "prod", notJudged: []).contains("[ ] NetworkPolicy"))
    }

    /// As in the status. Fails when the live audit judges Jobs of its own accord.
    @Test func aFinishedJobIsNotJudged() throws {
        let instance = try Fixture.production.instance()
        let objects = try AuditSubject(offline: instance).objects
        func failed(_ change: (inout JSONValue) -> Void) throws -> Int {
            let live = objects.map { object -> JSONValue in
                guard object.gvk.kind == "Job" else { return object }
                var job = object
                job.set(["spec", "template", "spec", "hostNetwork"], true)
                change(&job)
                return job
            }
            let subject = try AuditSubject(live: instance, objects: live, policies: [])
            return try subject.report(today: "2026-11-25").verdict.failed.count { $0.object.hasPrefix("Job/") }
        }
        #expect(try failed { _ in } > 0)
        #expect(try failed { $0.set(["status", "conditions"], [["type": "Complete", "status": "True"]]) } == 0)
    }

    @Test func whatIsNotJudgedIsNotTicked() throws {
        let subject = try AuditSubject(offline: try Fixture.production.instance())
        let text = AuditText.text(try subject.report(today: "2026-11-25"), of: "prod", notJudged: subject.notJudged)
        #expect(text.contains("[?] HMAC and signing keys"))
    }
}
