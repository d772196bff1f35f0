import KubeClient
import KubeModel
import Rendering
import Testing

@testable import Reconciliation

@Suite struct KindRegistryTests {
    /// Answers discovery by path; whatever is not named fails as a dead aggregated API does.
    private final class Discovery: Transport {
        private let kinds: Locked<[String: [String]]>
        let asked = Locked<[String]>([])

        init(_ kinds: [String: [String]]) { self.kinds = Locked(kinds) }

        func offer(_ path: String, _ offered: [String]?) { kinds.withLock { $0[path] = offered } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            asked.withLock { $0.append(request.target) }
            guard let kinds = kinds.withLock({ $0[request.target] }) else {
                return HTTPResponse(status: 503, body: Array("service unavailable".utf8))
            }
            let list: JSONValue = ["resources": .array(kinds.map { ["kind": .string($0)] })]
            return HTTPResponse(status: 200, body: list.bytes)
        }

        func stream(_ request: HTTPRequest) async throws -> HTTPStream {
            throw TransportError(.unreachable, "no streams here")
        }
    }

    private func registry(_ discovery: Discovery) -> KindRegistry {
        let configuration = ClientConfiguration(
            endpoint: CurlEndpoint(base: "http://127.0.0.1:1", host: "127.0.0.1:1"), credential: .none,
            namespace: "default", origin: "test")
        return KindRegistry(client: KubeClient(configuration, transport: discovery))
    }

    private static let groups = Dictionary(grouping: ResourceCatalog.optionalKinds) {
        "/apis/\($0.gvk.group)/\($0.gvk.version)"
    }.mapValues { $0.map(\.gvk.kind) }

    /// A101. A group that cannot be asked neither fails the others nor takes back what it offered before. Fails when one
    /// failure ends the round, and when a group that is away counts as empty.
    @Test func aGroupThatIsAwayKeepsItsLastAnswer() async throws {
        let discovery = Discovery(Self.groups)
        let registry = registry(discovery)
        let first = try await registry.refresh()
        #expect(Set(first) == Set(ResourceCatalog.optionalKinds))
        for group in Self.groups.keys { discovery.offer(group, nil) }
        #expect(try await registry.refresh() == [])
        #expect(registry.available == Set(ResourceCatalog.optionalKinds.map(\.optionalID)))
    }

    /// A101. Fails when the first dead group ends the round.
    @Test(arguments: groups.keys.sorted()) func othersAreStillFound(dead: String) async throws {
        let discovery = Discovery(Self.groups)
        discovery.offer(dead, nil)
        let found = try await registry(discovery).refresh()
        #expect(
            Set(found)
                == Set(ResourceCatalog.optionalKinds.filter { !Self.groups[dead, default: []].contains($0.gvk.kind) }))
    }

    /// One request for each group, however many kinds are wanted of it.
    @Test func eachGroupIsAskedOnce() async throws {
        let discovery = Discovery(Self.groups)
        _ = try await registry(discovery).refresh()
        #expect(discovery.asked.withLock { $0 }.sorted() == Self.groups.keys.sorted())
    }
}
