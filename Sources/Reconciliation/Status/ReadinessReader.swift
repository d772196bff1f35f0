import CaracalAPI
import CaracalCatalog
import KubeClient
import KubeModel
import Rendering

/// Asks services that have not been ready for a while for their own reason, so that status can say
/// `gateway (0 of 2 pods ready): sts_unreachable`. Of the answer only words of the catalog are taken, and nothing secret is
/// sent: so the certificate of a gateway that serves TLS is not verified.
package struct ReadinessReader: Sendable {
    /// A pod's `/ready`: what it answers, or nil.
    package typealias Ask = @Sendable (_ address: String, _ port: Int32, _ isTLS: Bool) async -> String?

    private struct Known: Sendable {
        var asked: ContinuousClock.Instant
        var reason: String?
    }

    private let ask: Ask
    private let known = Locked<[String: Known]>([:])

    /// A roll-out's pods are unready for a moment; nobody asks those.
    static let patience = 20.0
    private static let pause = Duration.seconds(15)

    package init(ask: @escaping Ask = ReadinessReader.overHTTP) { self.ask = ask }

    /// One pod a component, each at most every fifteen seconds, all at once.
    func reasons(_ live: LiveView, _ context: RenderContext, now: Timestamp) async -> [ComponentName: String] {
        await withTaskGroup(of: (ComponentName, String?).self) { group in
            for component in context.catalog.components {
                let pods = live.pods(of: component.name).filter { Self.isUnready($0, now) }
                guard let pod = pods.first, let address = pod.at("status", "podIP")?.string else { continue }
                group.addTask {
                    (component.name, await reason(pod.uid, address, component.port, context.servesTLS(component)))
                }
            }
            var found: [ComponentName: String] = [:]
            for await (name, reason) in group { found[name] = reason }
            return found
        }
    }

    private func reason(_ pod: String, _ address: String, _ port: Int32, _ isTLS: Bool) async -> String? {
        let now = ContinuousClock.now
        if let known = known.withLock({ $0[pod] }), now - known.asked < Self.pause { return known.reason }
        let reason = await ask(address, port, isTLS).flatMap(ReadinessReason.read)?.word
        known.withLock { known in
            if known.count >= 1024 { known = [:] }
            known[pod] = Known(asked: now, reason: reason)
        }
        return reason
    }

    static func isUnready(_ pod: JSONValue, _ now: Timestamp) -> Bool {
        guard !pod.isTerminating, pod.at("status", "phase") == "Running" else { return false }
        let ready = (pod.at("status", "conditions")?.array ?? []).first { $0["type"] == "Ready" }
        guard ready?["status"] == "False", let since = ready?["lastTransitionTime"]?.string.flatMap({ Timestamp($0) })
        else { return false }
        return now.seconds - since.seconds >= patience
    }

    /// At most two seconds and four kilobytes.
    @Sendable package static func overHTTP(_ address: String, _ port: Int32, _ isTLS: Bool) async -> String? {
        let host = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        var endpoint = CurlEndpoint(base: "\(isTLS ? "https" : "http")://\(host)", host: host)
        endpoint.skipsVerification = true
        endpoint.proxy = ""
        let fixed = endpoint
        guard let transport = try? CurlTransport(concurrency: 1, endpoint: { fixed }) else { return nil }
        let request = HTTPRequest("GET", "/ready", timeout: .seconds(2), responseLimit: 4096)
        return (try? await transport.send(request)).map { String(decoding: $0.body, as: UTF8.self) }
    }
}
