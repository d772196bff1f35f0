import CaracalAPI
import KubeClient
import KubeModel

/// The phases of one run, in order. Each adds its figures to the report.
struct Measurement: Sendable {
    struct Sizes: Sendable {
        var serial: Int
        var backlog: Int
        var steadySeconds: Int
        var foreign: Int
        var bursts: Int
    }

    let stage: Stage
    let observer: Observer
    let configuration: ClientConfiguration
    let kubeconfig: String
    let audit: AuditLog?
    let log: String
    let sizes: Sizes

    /// What was learnt on the way and is needed later.
    struct Course {
        var report = Report()
        var runsPods = true
        var statusWrites = 1
        var events = 0
        var objects = 0
        var cpuPerConverge = 0.0
        var writesPerConverge = 0.0
    }

    func run() async throws -> Report {
        try await stage.prepare()
        var course = try await observing {
            var course = Course()
            try await withOperator { child in try await serial(child, &course) }
            try await backlogAndSteady(&course)
            return course
        }
        try await replay(&course)
        if sizes.foreign > 0 { try await foreign(&course) }
        if sizes.bursts > 0 { try await bursts(&course.report) }
        return course.report
    }

    // MARK: One after the other

    private func serial(_ child: OperatorProcess, _ course: inout Course) async throws {
        say("start, and \(sizes.serial) instances one after the other")
        let synced = try await child.untilReady()
        course.report.add("start to synced, empty", synced.milliseconds, "ms")
        try await settle()
        let empty = child.figures.memory
        course.report.add("RSS, empty", empty.now, "MiB", note: Self.note(empty))
        try await Task.sleep(for: Self.untilStartIsOver)
        resting(child, "empty", instances: 0, &course)
        let offset = try audit?.end() ?? 0
        let (cpu, metrics, looks) = (
            child.figures.cpuSeconds, try await child.requests(), try await child.reconciles()
        )
        var (current, ready): ([Duration], [Duration]) = ([], [])
        for index in 0..<sizes.serial {
            let name = "serial-\(index)"
            let created = try await stage.create(name).at
            guard try await observer.wait(.seconds(60), until: { $0[name]?.currentAt != nil }) else {
                throw Failure("\(name): status was not current within 60 s: see operator.log")
            }
            if let at = observer.all[name]?.currentAt { current.append(at - created) }
            if course.runsPods {
                // The first one decides: where no kubelet runs, nothing ever becomes Ready.
                let limit = Duration.seconds(index == 0 ? 30 : 120)
                course.runsPods = try await observer.wait(limit, until: { $0[name]?.readyAt != nil })
                if !course.runsPods, index > 0 { throw Failure("\(name): not Ready within \(limit): see operator.log") }
                if let at = observer.all[name]?.readyAt { ready.append(at - created) }
            }
        }
        try await settle()
        let count = Double(sizes.serial)
        course.cpuPerConverge = (child.figures.cpuSeconds - cpu) / count
        course.report.add("created to status current, p50", current.quantile(0.5), "ms")
        course.report.add("created to status current, p99", current.quantile(0.99), "ms")
        if course.runsPods {
            course.report.add("created to Ready, p50", ready.quantile(0.5), "ms")
            course.report.add("created to Ready, p99", ready.quantile(0.99), "ms")
        } else {
            say("no pods run here: instances stay as they are after their first writes")
        }
        course.report.add("operator CPU per converge", course.cpuPerConverge * 1000, "ms")
        let looked = Double(try await child.reconciles() - looks) / count
        course.report.add("reconciles per converge", looked, "")
        course.report.add("operator CPU per reconcile, writes included", course.cpuPerConverge / looked * 1000, "ms")
        try requests(since: offset, &course)
        for (method, total) in try await child.requests().sorted(by: { $0.key < $1.key }) {
            let own = Double(total - (metrics[method] ?? 0)) / count
            course.report.add("\(method) per instance, by its own metrics", own, "")
        }
        if audit == nil {
            let own = try await child.requests().filter { ["PATCH", "POST", "PUT", "DELETE"].contains($0.key) }
            course.writesPerConverge = own.reduce(0.0) { $0 + Double($1.value - (metrics[$1.key] ?? 0)) } / count
        }
    }

    /// The server's side: who was written how often.
    private func requests(since offset: Int, _ course: inout Course) throws {
        guard let audit else { return say("no audit log: requests are told by the operator's metrics alone") }
        let all = try audit.requests(since: offset).requests.filter { !$0.resource.hasPrefix("leases.") }
        let count = Double(sizes.serial)
        let writes = all.filter(\.isWrite)
        let status = writes.filter { $0.resource.hasSuffix("/status") }
        let events = writes.filter { $0.resource.hasPrefix("events") }
        let objects = writes.filter { !$0.resource.hasSuffix("/status") && !$0.resource.hasPrefix("events") }
        let rehearsals = all.filter(\.isDryRun)
        let reads = all.filter { !$0.isWrite && !$0.isWatch && !$0.isDryRun }
        course.objects = Int((Double(objects.count) / count).rounded())
        course.statusWrites = Int((Double(status.count) / count).rounded())
        course.events = Int((Double(events.count) / count).rounded())
        course.writesPerConverge = Double(writes.count) / count
        course.report.add("object writes per instance", Double(objects.count) / count, "", .exact)
        let twice = Dictionary(grouping: objects, by: \.path).filter { $0.value.count > 1 }
        course.report.add("objects written more than once", Double(twice.count), "", .exact)
        for path in twice.keys.sorted().prefix(10) { say("  written \(twice[path]?.count ?? 0) times: \(path)") }
        course.report.add("dry runs per instance", Double(rehearsals.count) / count, "", .exact)
        course.report.add("reads, all instances together", Double(reads.count), "", .exact)
        for (text, count) in reads.counts({ "\($0.verb) \($0.uri) HTTP \($0.code)" }).prefix(10) {
            say("  \(count) × \(text)")
        }
        let seen = observer.all.filter { $0.key.hasPrefix("serial-") }.values.map(\.transitions).reduce(0, +)
        course.report.add(
            "status writes per instance", Double(status.count) / count, "",
            note: "\(Report.text(Double(seen) / count)) changed a condition, the wave or the migrations")
        course.report.add("Events per instance", Double(events.count) / count, "")
        course.report.add("watches opened per instance", Double(all.filter(\.isWatch).count) / count, "")
        let failed = all.filter { $0.code >= 400 }
        course.report.add("requests refused", Double(failed.count), "", .exact)
        for (text, count) in failed.counts({ "\($0.verb) \($0.resource) HTTP \($0.code)" }) {
            say("  \(count) × \(text)")
        }
        say("requests per instance, by the server's audit log:")
        for (text, total) in all.counts({ "\($0.verb) \($0.resource)" }) {
            say("  \(Report.text(Double(total) / count).padding(to: 7)) \(text)")
        }
    }

    // MARK: All at once, and then nothing

    private func backlogAndSteady(_ course: inout Course) async throws {
        say("\(sizes.backlog) instances that wait when the operator starts")
        let names = Set((0..<sizes.backlog).map { "backlog-\($0)" })
        try await stage.inParallel(sizes.backlog) { _ = try await stage.create("backlog-\($0)") }
        try await withOperator { child in
            let synced = try await child.untilReady()
            guard
                try await observer.wait(
                    .seconds(60 + sizes.backlog * 3),
                    until: { all in names.allSatisfy { all[$0]?.currentAt != nil } })
            else { throw Failure("the backlog was not worked off in time: see operator.log") }
            let at = names.compactMap { observer.all[$0]?.currentAt }.sorted()
            if let first = at.first, let last = at.last {
                course.report.add("start to first status, backlog", (first - child.startedAt).milliseconds, "ms")
                course.report.add("start to last status, backlog", (last - child.startedAt).milliseconds, "ms")
                let rate = Double(sizes.backlog - 1) / max((last - first).seconds, 0.001)
                course.report.add("backlog throughput", rate, "instances/s")
            }
            if course.runsPods {
                let isReady = try await observer.wait(
                    .seconds(60 + sizes.backlog * 5), until: { all in names.allSatisfy { all[$0]?.readyAt != nil } })
                if !isReady { throw Failure("the backlog did not become Ready in time: see operator.log") }
            }
            try await settle()
            let perInstance = child.figures.cpuSeconds / Double(sizes.backlog) * 1000
            course.report.add("operator CPU per converge, backlog and start", perInstance, "ms")
            let memory = child.figures.memory
            course.report.add(
                "RSS, \(sizes.serial + sizes.backlog) instances", memory.now, "MiB",
                note: "\(Self.note(memory)), synced in \(Report.text(synced.milliseconds)) ms")
            try await steady(child, &course)
        }
    }

    private func steady(_ child: OperatorProcess, _ course: inout Course) async throws {
        say("\(sizes.steadySeconds) s in which nothing changes")
        let offset = try audit?.end() ?? 0
        let (before, cpu) = (try await child.requests(), child.figures.cpuSeconds)
        let start = ContinuousClock.now
        try await Task.sleep(for: .seconds(sizes.steadySeconds))
        let seconds = (ContinuousClock.now - start).seconds
        course.report.add("CPU at idle", (child.figures.cpuSeconds - cpu) / seconds * 1000, "mcore")
        if let audit {
            let requests = try audit.requests(since: offset).requests
            let leases = requests.filter { $0.resource.hasPrefix("leases.") }.count
            let watches = requests.filter(\.isWatch).count
            let rest = requests.count - leases - watches
            course.report.add(
                "requests while steady, but for Lease and watches", Double(rest), "",
                note: "Lease \(leases), watches \(watches), in \(Report.text(seconds)) s")
            for text in SteadyState.complaints(requests, seconds: seconds) { course.report.complain(text) }
        } else {
            let after = try await child.requests()
            var sent = after.filter { $0.key != "WATCH" }
            for (method, count) in before { sent[method]? -= count }
            // The Lease is renewed by patches, and by nothing else.
            sent["PATCH"] = max(0, (sent["PATCH"] ?? 0) - SteadyState.renewals(seconds: seconds))
            let rest = sent.values.reduce(0, +)
            course.report.add("requests while steady, but for Lease and watches", Double(rest), "")
            if rest > 0 { course.report.complain("nothing changed, and the operator sent \(rest) requests") }
        }
        try await Task.sleep(for: max(.zero, Self.untilAtRest - (ContinuousClock.now - start)))
        let instances = sizes.serial + sizes.backlog
        resting(child, "\(instances) instances", instances: instances, &course)
    }

    // MARK: What is not the operator's business

    private func foreign(_ course: inout Course) async throws {
        say("\(sizes.foreign) Secrets and \(sizes.foreign) pods of somebody else")
        try await stage.createForeign(sizes.foreign)
        try await settle()
        try await withOperator { child in
            let synced = try await child.untilReady()
            course.report.add("start to synced, \(sizes.foreign) foreign", synced.milliseconds, "ms")
            try await settle()
            let memory = child.figures.memory
            let instances = sizes.serial + sizes.backlog
            let what = "\(instances) instances, \(sizes.foreign) foreign"
            course.report.add("RSS, \(what)", memory.now, "MiB", note: Self.note(memory))
            try await Task.sleep(for: Self.untilAtRest)
            resting(child, what, instances: instances, &course)
            try await stage.deleteInstances()
            try await settle()
            course.report.add("RSS, instances deleted", child.figures.memory.now, "MiB")
        }
    }

    /// The operator puts aside what it has not looked at for 45 seconds, and looks for that every ten; this is twice that.
    private static let untilAtRest = Duration.seconds(110)
    /// Pages that starting alone needed are given back with the first of those looks.
    private static let untilStartIsOver = Duration.seconds(15)

    private func resting(_ child: OperatorProcess, _ what: String, instances: Int, _ course: inout Course) {
        let memory = child.figures.memory
        course.report.add("RSS at rest, \(what)", memory.now, "MiB", note: Self.note(memory))
        let isTLS = configuration.endpoint.base.hasPrefix("https")
        let allowed = MemoryAllowance.atRest(instances: instances, isTLS: isTLS)
        if memory.now > allowed {
            course.report.complain(
                "at rest (\(what)) the operator takes \(Report.text(memory.now)) MiB; \(Report.text(allowed)) are allowed"
            )
        }
    }

    // MARK: Steps

    /// Runs the body with the observer watching. The observer ends with the body, and a failing observer ends it.
    private func observing(_ body: @escaping @Sendable () async throws -> Course) async throws -> Course {
        let (starts, continuation) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: Course?.self) { group in
            group.addTask {
                try await observer.run { continuation.yield() }
                return nil
            }
            group.addTask {
                for await _ in starts { break }
                return try await body()
            }
            defer { group.cancelAll() }
            while let result = try await group.next() { if let course = result { return course } }
            throw CancellationError()
        }
    }

    func withOperator(_ body: (OperatorProcess) async throws -> Void) async throws {
        let child = try OperatorProcess.start(
            stage.binary, kubeconfig: kubeconfig, namespace: stage.namespace, log: log)
        do {
            try await body(child)
            try await child.stop()
        } catch {
            child.abandon()
            throw error
        }
    }

    /// Until the operator has written nothing for three seconds, or the server has had three seconds of peace.
    func settle() async throws {
        let end = ContinuousClock.now + .seconds(60)
        repeat {
            let offset = try audit?.end() ?? 0
            try await Task.sleep(for: .seconds(3))
            guard let audit else { return }
            let requests = try audit.requests(since: offset).requests
            if !requests.contains(where: { $0.isWrite && !$0.resource.hasPrefix("leases.") }) { return }
        } while ContinuousClock.now < end
    }

    private static func note(_ memory: (now: Double, peak: Double, anonymous: Double)) -> String {
        "highest \(Report.text(memory.peak)), anonymous \(Report.text(memory.anonymous))"
    }

    func say(_ text: String) { Console.say(text) }
}
