import CaracalAPI
import KubeClient
import KubeModel
import Rendering
import TestSupport
import Testing

@testable import Reconciliation

@Suite struct RehearsalTests {
    private func reason(_ code: KubeError.Code, _ message: String) -> Reason? {
        PodRehearsal.reason(KubeError(code, message: message))
    }

    /// Words of a real API server.
    @Test func whatRefusesAPodIsToldFromWhatSaysNothing() {
        #expect(
            reason(
                .forbidden, "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true")
                == .podRejected)
        #expect(
            reason(.forbidden, "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3")
                == .quotaExceeded)
        #expect(
            reason(.forbidden, "pods \"x\" is forbidden: maximum cpu usage per Container is 100m, but limit is 2")
                == .quotaExceeded)
        #expect(
            reason(
                .forbidden,
                "pods is forbidden: User \"system:serviceaccount:caracal:caracal-operator\" cannot create resource \"pods\""
            )
                == nil)
        #expect(reason(.invalidRequest, "admission webhook \"x\" does not support dry run") == nil)
        #expect(reason(.invalidRequest, "admission webhook \"x\" denied the request: no") == .podRejected)
        #expect(
            reason(.forbidden, "error looking up service account n/default: serviceaccount \"default\" not found")
                == nil)
        #expect(reason(.transport(.timeout), "timed out") == nil)
    }

    @Test func quotasAreSummedWithTheSurge() throws {
        let objects = try ResourceCatalog.render(try Fixture.production.context())
        func quota(_ hard: JSONValue, used: JSONValue = [:]) -> JSONValue {
            ["metadata": ["name": "q"], "spec": ["hard": hard], "status": ["used": used]]
        }
        func exceeded(_ quota: JSONValue) -> [String] {
            QuotaSum.exceeded([quota], by: objects) { $0.resource == .deployments ? 3 : 2 }
        }
        // Two StatefulSets of two, four Deployments of two and one more each.
        #expect(exceeded(quota(["pods": "16"])) == [])
        #expect(exceeded(quota(["pods": "15"])).count == 1)
        #expect(exceeded(quota(["pods": "18"], used: ["pods": "3"])).count == 1)
        #expect(
            exceeded(quota(["requests.memory": "1Gi"])).first?.contains("ResourceQuota q allows 1Gi requests.memory")
                == true)
        #expect(exceeded(quota(["cpu": "100"])) == [])
        var scoped = quota(["pods": "1"])
        scoped.set(["spec", "scopes"], ["BestEffort"])
        #expect(exceeded(scoped) == [])
    }

    @Test func theRehearsedPodIsWhatTheWorkloadWouldMake() throws {
        let objects = try ResourceCatalog.render(try Fixture.production.context())
        let sts = try #require(objects.first { $0.name == "prod-sts" && $0.role == .workload })
        let pod = try #require(PodRehearsal.pod(sts))
        #expect(pod.gvk.kind == "Pod")
        #expect(pod.at("spec", "containers") == sts.document.at("spec", "template", "spec", "containers"))
        #expect(pod.at("spec", "volumes")?.array?.contains { $0["name"] == "replay" } == true)
    }
}
