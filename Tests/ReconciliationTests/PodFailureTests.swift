import CaracalCatalog
import KubeModel
import Testing

@testable import Reconciliation

@Suite struct PodFailureTests {
    private func container(_ message: String) -> JSONValue {
        [
            "name": "gateway", "ready": false,
            "state": ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off"]],
            "lastState": ["terminated": ["exitCode": 1, "reason": "Error", "message": .string(message)]],
        ]
    }

    @Test(arguments: [
        ("FATAL: role \"caracalapi\" already exists", "RolesExist"),
        ("failed to connect: dial tcp: lookup pg-rw.data.svc: no such host", "HostNotFound"),
        ("error: self-signed certificate in certificate chain", "CertificateNotTrusted"),
        ("password authentication failed for user \"caracalsts\"", "PasswordRefused"),
    ])
    func lastWordsAreRead(text: String, reason: String) {
        let status = PodFailure.withoutRawText(container("CANARY \(text)"))
        #expect(!status.text.contains("CANARY"))
        let pod: JSONValue = ["metadata": ["name": "prod-gateway-0"], "status": ["containerStatuses": [status]]]
        let failure = PodFailure.latest([pod])
        #expect(failure?.reason == "CrashLoopBackOff")
        #expect(failure?.reading?.reason == reason)
        #expect(failure?.json["reading"]?.string?.hasPrefix(reason) == true)
    }

    @Test func wordsNobodyKnowsAreDropped() {
        let status = PodFailure.withoutRawText(container("CANARY postgres://u:p@h"))
        #expect(!status.text.contains("CANARY"))
        #expect(!status.text.contains("back-off"))
    }
}
