import CaracalAPI
import CaracalCatalog
import Crypto
import KubeModel
import Reconciliation
import Rendering

/// TLS Secrets for an instance's hosts, signed by nobody: what the quickstart shows a certificate with.
enum SampleCertificates {
    static func secrets(_ context: RenderContext, now: Timestamp = .now()) throws -> [JSONValue] {
        var hosts: [String: [String]] = [:]
        for component in context.catalog.components {
            guard let site = context.spec.exposure?.host(component.name.rawValue), let name = site.tls?.secretName
            else {
                continue
            }
            hosts[name, default: []].append(site.host)
        }
        if let serving = context.spec.gateway?.tls {
            hosts[serving.secretName, default: []] +=
                [context.name(.gateway)] + (context.spec.exposure?.gateway.map { [$0.host] } ?? [])
        }
        return try hosts.sorted { $0.key < $1.key }.map { try secret($0.key, $0.value, context, now) }
    }

    private static func secret(_ name: String, _ hosts: [String], _ context: RenderContext, _ now: Timestamp) throws
        -> JSONValue
    {
        let today = Int64(now.seconds)
        guard let made = MadeCertificate.make(hosts: hosts, notBefore: today - 3600, notAfter: today + 90 * 86_400)
        else {
            throw Failure("cannot make a certificate for \(hosts.joined(separator: ", "))")
        }
        return [
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": ["name": .string(name), "namespace": .string(context.key.namespace)],
            "data": [
                "tls.crt": .string(Base64.encode(made.certificate)), "tls.key": .string(Base64.encode(made.key)),
            ],
        ]
    }
}
