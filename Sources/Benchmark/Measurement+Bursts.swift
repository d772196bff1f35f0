import CaracalAPI
import KubeClient
import KubeModel

extension Measurement {
    private static let burst = 1000

    /// What a burst leaves behind: an allocator keeps what it once had, and what is kept must not grow from one burst to
    /// the next (B51).
    func bursts(_ report: inout Report) async throws {
        say("\(sizes.bursts) bursts of \(Self.burst) objects")
        var measured: [Double] = []
        try await withOperator { child in
            _ = try await child.untilReady()
            for _ in 0..<sizes.bursts {
                try await stage.createCached(Self.burst)
                try await settle()
                try await stage.deleteCached()
                try await settle()
                measured.append(child.figures.memory.now)
            }
        }
        report.add("RSS after one burst", measured.first ?? .nan, "MiB")
        if let last = measured.last, measured.count > 1 {
            report.add("RSS after \(measured.count) bursts", last, "MiB")
        }
    }
}

extension Stage {
    private static let label = "caracal-benchmark/burst"

    /// ConfigMaps that look like those of an instance that is not there: watched, cached, and nobody's.
    fileprivate func createCached(_ count: Int) async throws {
        let filler = String(repeating: "x", count: 1024)
        try await inParallel(count) { index in
            try await client.create(
                .configMaps,
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "data": ["filler": .string(filler)],
                    "metadata": [
                        "name": .string("burst-\(index)"), "namespace": .string(namespace),
                        "labels": [
                            Label.managedBy: .string(OperatorName.managedBy), Label.deployment: "nobody",
                            Self.label: "true",
                        ],
                    ],
                ])
        }
    }

    fileprivate func deleteCached() async throws {
        let items = try await client.list(
            .configMaps, namespace: namespace, selector: Selector(labels: Self.label)
        ).items
        try await inParallel(items.count) { try await client.delete(.configMaps, items[$0].key, uid: items[$0].uid) }
    }
}
