import CaracalAPI
import Hardening
import KubeModel
import Rendering
import TestSupport
import Testing

@Suite struct RuleTests {
    @Test(arguments: Fixture.allCases)
    func everythingRenderedPassesEveryRule(fixture: Fixture) throws {
        let objects = try ResourceCatalog.render(try fixture.context()).map(\.document)
        #expect(RuleCatalog.check(objects).filter { !$0.isNotice } == [])
    }

    /// One change for the worse per rule; each must be found by its rule.
    static let mutants: [(rule: String, kind: String, change: @Sendable (inout JSONValue) -> Void)] = [
        (
            "no-privilege-escalation", "Deployment",
            { $0.container { $0.set(["securityContext", "allowPrivilegeEscalation"], true) } }
        ),
        (
            "no-privilege-escalation", "Job",
            { $0.container { $0.set(["securityContext", "allowPrivilegeEscalation"], nil) } }
        ),
        ("run-as-non-root", "StatefulSet", { $0.container { $0.set(["securityContext", "runAsUser"], 0) } }),
        ("run-as-non-root", "Job", { $0.container { $0.set(["securityContext", "runAsNonRoot"], false) } }),
        (
            "drop-all-capabilities", "Deployment",
            { $0.container { $0.set(["securityContext", "capabilities", "drop"], ["NET_RAW"]) } }
        ),
        (
            "drop-all-capabilities", "Deployment",
            { $0.container { $0.set(["securityContext", "capabilities", "add"], ["SYS_ADMIN"]) } }
        ),
        (
            "seccomp-runtime-default", "Deployment",
            { $0.container { $0.set(["securityContext", "seccompProfile", "type"], "Unconfined") } }
        ),
        (
            "no-privileged-container", "Deployment",
            { $0.container { $0.set(["securityContext", "privileged"], true) } }
        ),
        ("no-host-namespaces", "Deployment", { $0.set(["spec", "template", "spec", "hostPID"], true) }),
        (
            "no-host-ports", "Deployment",
            { $0.container { $0.set(["ports"], [["containerPort": 1, "hostPort": 80]]) } }
        ),
        (
            "no-host-ports", "Deployment",
            { $0.container { $0.set(["livenessProbe", "httpGet", "host"], "169.254.169.254") } }
        ),
        (
            "restricted-volume-types", "Deployment",
            { $0.set(["spec", "template", "spec", "volumes"], [["name": "x", "hostPath": ["path": "/"]]]) }
        ),
        (
            "no-unsafe-security-options", "Deployment",
            { $0.set(["spec", "template", "spec", "securityContext", "sysctls"], [["name": "x", "value": "1"]]) }
        ),
        (
            "no-unsafe-security-options", "Deployment",
            { $0.container { $0.set(["securityContext", "procMount"], "Unmasked") } }
        ),
        (
            "no-unsafe-security-options", "Deployment",
            { $0.container { $0.set(["securityContext", "appArmorProfile", "type"], "Unconfined") } }
        ),
        (
            "no-unsafe-security-options", "Deployment",
            { $0.container { $0.set(["securityContext", "seLinuxOptions", "role"], "x") } }
        ),
        (
            "read-only-root-filesystem", "StatefulSet",
            { $0.container { $0.set(["securityContext", "readOnlyRootFilesystem"], false) } }
        ),
        (
            "no-service-account-token", "Deployment",
            { $0.set(["spec", "template", "spec", "automountServiceAccountToken"], true) }
        ),
        ("no-service-account-token", "ServiceAccount", { $0.set(["automountServiceAccountToken"], nil) }),
        (
            "no-secret-in-environment", "Deployment",
            {
                $0.container {
                    $0.set(["env"], [["name": "X", "valueFrom": ["secretKeyRef": ["name": "s", "key": "k"]]]])
                }
            }
        ),
        ("resource-limits", "Job", { $0.container { $0.set(["resources", "limits", "memory"], nil) } }),
        (
            "network-rules-have-peers-and-ports", "NetworkPolicy",
            { $0.set(["spec", "egress"], [["ports": [["port": 53]]]]) }
        ),
        (
            "network-rules-have-peers-and-ports", "NetworkPolicy",
            { $0.set(["spec", "ingress"], [["from": [["podSelector": [:]]]]]) }
        ),
        ("network-rules-have-peers-and-ports", "NetworkPolicy", { $0.set(["spec", "policyTypes"], ["Ingress"]) }),
        ("ingress-has-tls", "Ingress", { $0.set(["spec", "tls"], nil) }),
        ("private-services", "Service", { $0.set(["spec", "type"], "NodePort") }),
        ("private-services", "Service", { $0.set(["spec", "externalIPs"], ["192.0.2.1"]) }),
        (
            "secret-file-mode", "Deployment",
            {
                $0.set(
                    ["spec", "template", "spec", "volumes"],
                    [["name": "s", "secret": ["secretName": "x", "items": [["key": "k", "path": "k"]]]]])
            }
        ),
        (
            "secret-file-mode", "Deployment",
            {
                $0.set(
                    ["spec", "template", "spec", "volumes"],
                    [["name": "s", "projected": ["defaultMode": 0o440, "sources": [["secret": ["name": "x"]]]]]])
            }
        ),
        ("no-runtime-cli", "Deployment", { $0.container { $0.set(["image"], "r.example/x/caracal-runtime:v1.0.0") } }),
        (
            "metrics-bearer", "ServiceMonitor",
            { $0.set(["spec", "endpoints"], [["port": "http", "path": "/metrics"]]) }
        ),
        (
            "no-closed-range-opened", "NetworkPolicy",
            { $0.set(["spec", "egress"], [["to": [["ipBlock": ["cidr": "0.0.0.0/0"]]], "ports": [["port": 443]]]]) }
        ),
        (
            "no-closed-range-opened", "NetworkPolicy",
            {
                $0.set(
                    ["spec", "egress"], [["to": [["ipBlock": ["cidr": "169.254.20.10/32"]]], "ports": [["port": 80]]]])
            }
        ),
        ("image-digest", "Deployment", { $0.container { $0.set(["image"], "r.example/x/caracal-go:v1.0.0") } }),
    ]

    @Test(arguments: mutants.indices)
    func mutantIsFoundByItsRule(index: Int) throws {
        let mutant = Self.mutants[index]
        var object = try #require(
            try ResourceCatalog.render(try Fixture.everything.context()).map(\.document).first {
                $0.gvk.kind == mutant.kind
            })
        mutant.change(&object)
        #expect(RuleCatalog.check([object]).map(\.rule).contains(mutant.rule))
    }

    @Test func everyRuleHasAMutant() {
        #expect(Set(Self.mutants.map(\.rule)) == Set(RuleCatalog.all.map { type(of: $0).id }))
    }

    @Test func aForeignSidecarIsNamed() throws {
        var object = try #require(
            try ResourceCatalog.render(try Fixture.production.context()).map(\.document).first {
                $0.gvk.kind == "Deployment"
            })
        let containers = object.at("spec", "template", "spec", "containers")?.array ?? []
        object.set(["spec", "template", "spec", "containers"], .array(containers + [["name": "mesh", "image": "x"]]))
        #expect(RuleCatalog.check([object]).contains { $0.message.contains("container mesh") })
    }

    @Test func foreignVariablesAndMountsAreNamed() throws {
        let rendered = try ResourceCatalog.render(try Fixture.production.context()).map(\.document)
        #expect(ForeignAdditions.findings(rendered: rendered, live: rendered) == [])
        var live = rendered
        for index in live.indices {
            if live[index].gvk.kind == "Deployment", live[index].name == "prod-web" {
                live[index].container {
                    $0.set(
                        ["env"], .array(($0["env"]?.array ?? []) + [["name": "NODE_OPTIONS", "value": "--require /x"]]))
                    $0.set(
                        ["volumeMounts"],
                        .array(($0["volumeMounts"]?.array ?? []) + [["name": "x", "mountPath": "/x"]]))
                }
            }
        }
        let found = ForeignAdditions.findings(rendered: rendered, live: live)
        #expect(found.map(\.object).sorted() == ["Deployment/prod-web", "Deployment/prod-web"])
        #expect(found.contains { $0.message.contains("NODE_OPTIONS") })
    }

    /// Fails when a well-behaved stranger may read our files, or when our own container may be given a command.
    @Test func strangersThatReadAndCommandsNobodyGaveAreNamed() throws {
        let rendered = try ResourceCatalog.render(try Fixture.production.context()).map(\.document)
        var live = try #require(rendered.first { $0.name == "prod-web" && $0.gvk.kind == "Deployment" })
        var containers = live.at("spec", "template", "spec", "containers")?.array ?? []
        containers[0].set(["command"], ["/bin/other"])
        containers.append(["name": "side", "volumeMounts": [["name": "runtime-secrets", "mountPath": "/x"]]])
        containers.append(["name": "mesh", "volumeMounts": [["name": "mesh-certs", "mountPath": "/x"]]])
        live.set(["spec", "template", "spec", "containers"], .array(containers))
        let found = ForeignAdditions.findings(rendered: rendered, live: [live]).map(\.message)
        #expect(found.count == 2)
        #expect(found.contains { $0.contains("container side is not ours and mounts our files") })
        #expect(found.contains { $0.contains("was given command") })
    }

    @Test func waiversHoldUntilTheirLastDay() {
        let finding = Finding(rule: "r", object: "Deployment/x", message: "m", component: "web")
        func open(_ waiver: String) throws -> Int {
            HardeningVerdict([finding], waivers: [try JSONValue(parsing: waiver).decode()], today: "2026-11-23").failed
                .count
        }
        #expect((try? open("{\"rule\":\"r\",\"reason\":\"x\",\"until\":\"2026-11-23\"}")) == 0)
        #expect((try? open("{\"rule\":\"r\",\"reason\":\"x\",\"until\":\"2026-11-22\"}")) == 1)
        #expect((try? open("{\"rule\":\"r\",\"reason\":\"x\",\"component\":\"api\"}")) == 1)
        #expect((try? open("{\"rule\":\"r\",\"reason\":\"x\",\"component\":\"web\"}")) == 0)
    }
}

extension JSONValue {
    /// Changes the first container of a workload.
    fileprivate mutating func container(_ change: (inout JSONValue) -> Void) {
        var containers = at("spec", "template", "spec", "containers")?.array ?? []
        guard !containers.isEmpty else { return }
        change(&containers[0])
        set(["spec", "template", "spec", "containers"], .array(containers))
    }
}
