import CaracalAPI
import KubeClient
import KubeModel

extension Measurement {
    /// What sending alone costs, and what our client adds: that is what one more object costs, before anybody watches or
    /// judges it.
    func replay(_ course: inout Course) async throws {
        let replay = Replay(configuration: configuration)
        say("the same writes by bare libcurl, \(Replay.width) at a time, and by the operator's client")
        var (bare, client, rates): ([Double], [Double], [Double]) = ([], [], [])
        var count = 0
        for round in 0..<Self.rounds {
            let prepared = try await replayed("replay-\(round)", course).map { try $0.request() }
            let cost = try await replay.send(prepared)
            bare.append(cost.cpuSeconds / Double(cost.requests))
            rates.append(Double(instancesPerRound) / cost.wall.seconds)
            let own = try await replay.send(try await replayed("client-\(round)", course))
            client.append(own.cpuSeconds / Double(own.requests))
            count = cost.requests
        }
        let perWrite = bare.median
        course.report.add(
            "bare libcurl CPU per write", perWrite * 1000, "ms", note: "median of \(Self.rounds) × \(count) writes")
        course.report.add("bare libcurl throughput", rates.median, "instances/s")
        let added = client.median - perWrite
        course.report.add("the client's CPU per write, beyond libcurl", added * 1000, "ms")
        if added > Self.allowance {
            course.report.complain(
                "the client takes \(Report.text(added * 1000)) ms per write beyond libcurl; \(Report.text(Self.allowance * 1000)) are allowed"
            )
        }
        if course.writesPerConverge > 0 {
            let all = course.cpuPerConverge / course.writesPerConverge
            course.report.add("operator CPU per write", all * 1000, "ms")
            course.report.add("operator CPU per write ÷ bare libcurl", all / perWrite, "×", .tenth)
        }
        let type = CaracalDeployment.resource
        let items = try await stage.client.list(type, namespace: stage.namespace).items
        for item in items where item.name.hasPrefix("replay-") || item.name.hasPrefix("client-") {
            try await stage.client.delete(type, item.key, uid: item.uid)
        }
    }

    /// One round is as likely a fifth off as not.
    private static let rounds = 3
    private var instancesPerRound: Int { min(sizes.backlog, 4) }

    /// Seconds: five times what it takes on two quiet cores.
    private static let allowance = 0.0005

    /// What the operator wrote for an instance, for some new ones.
    private func replayed(_ prefix: String, _ course: Course) async throws -> [Replay.Write] {
        let type = CaracalDeployment.resource
        let model = try await stage.client.get(type, ObjectKey(namespace: stage.namespace, name: "serial-0"))
        let event = try await stage.client.list(.events, namespace: stage.namespace).items.first {
            $0["reportingController"]?.string == "caracal.run/operator"
        }
        var writes: [Replay.Write] = []
        for index in 0..<instancesPerRound {
            let instance = try await stage.create("\(prefix)-\(index)").object
            let objects = try await stage.rendered(instance)
            if course.objects != 0, objects.count != course.objects, index == 0 {
                say("  rendered \(objects.count) objects; \(course.objects) were written")
            }
            for object in objects { writes.append(try .object(object)) }
            for _ in 0..<course.statusWrites { writes.append(.status(model["status"] ?? [:], of: instance.key)) }
            for number in 0..<course.events {
                guard var event else { break }
                event.set(
                    ["metadata"],
                    ["name": .string("\(instance.name).\(number)"), "namespace": .string(stage.namespace)])
                writes.append(.event(event))
            }
        }
        return writes
    }
}
