import KubeClient
import KubeModel
import KubeRuntime
import TestSupport
import Testing

@Suite struct StorePropertyTests {
    private enum Step: CustomStringConvertible {
        case upsert(JSONValue), remove(JSONValue), replace([JSONValue])
        /// Somebody works with an owner's objects, and has done.
        case look(String), rest(String)

        var description: String {
            func shown(_ object: JSONValue) -> String { "\(object.name)#\(object.uid)@\(object.resourceVersion)" }
            return switch self {
            case .upsert(let object): "upsert \(shown(object))"
            case .remove(let object): "remove \(shown(object))"
            case .replace(let objects): "replace \(objects.map(shown))"
            case .look(let owner): "look at \(owner)"
            case .rest(let owner): "rest \(owner)"
            }
        }
    }

    private static func object(_ random: inout SplitMix64) -> JSONValue {
        let version = random.pick([1, 9, 10, 99, 100, 999, 1000])
        return .object([
            "metadata": .object([
                "namespace": "n", "name": .string(random.pick(["a", "b", "c"])),
                "uid": .string(random.pick(["1", "2"])),
                // One version has one content.
                "labels": ["of": version % 2 == 0 ? "x" : "y"],
                "resourceVersion": .string("\(version)"),
            ])
        ])
    }

    /// E11, A62, A63: random steps against a dictionary. Of one object only a newer version counts; an object of another uid
    /// is another object; a list is the whole truth. Every change is told once, with what was there before; who works with
    /// what, and what rests, is not to be seen. Fails when versions are compared as texts (999 and 1000).
    @Test func theStoreIsADictionary() {
        Fuzz("object-store", iterations: 3_000).values { random -> [Step] in
            (0..<random.count(upTo: 30)).map { _ in
                switch random.below(10) {
                case 8: .look(random.pick(["x", "y"]))
                case 9: .rest(random.pick(["x", "y"]))
                case 0: .replace((0..<random.below(4)).map { _ in object(&random) })
                case 1, 2: .remove(object(&random))
                default: .upsert(object(&random))
                }
            }
        } check: { steps in
            let told = Locked<[ObjectKey: JSONValue]>([:])
            let mistakes = Locked<[String]>([])
            let store = ObjectStore(.pods, owners: { [ObjectKey(namespace: "", name: $0.label("of") ?? "")] }) {
                change in
                let (key, old, new) = (change.object.key, change.old, change.new)
                told.withLock { known in
                    if let old, new != nil, known[key] != old {
                        mistakes.withLock { $0.append("old of \(key) is another") }
                    }
                    known[key] = new
                }
            }
            var model: [ObjectKey: JSONValue] = [:]
            for step in steps {
                switch step {
                case .upsert(let object):
                    store.upsert(object)
                    if let old = model[object.key], number(old) >= number(object) { break }
                    model[object.key] = object
                case .remove(let object):
                    store.remove(object)
                    if let known = model[object.key], known.uid != object.uid, number(known) > number(object) { break }
                    model[object.key] = nil
                case .replace(let objects):
                    store.replace(objects, at: "1")
                    model = Dictionary(objects.map { ($0.key, $0) }) { $1 }
                case .look(let owner): _ = store.all(of: ObjectKey(namespace: "", name: owner))
                case .rest(let owner):
                    store.rest(of: ObjectKey(namespace: "", name: owner))
                    if let key = model.keys.min() { store.rest(key) }
                }
                for owner in ["x", "y"] {
                    let owned = model.values.filter { $0.label("of") == owner }.map(\.key).sorted()
                    let key = ObjectKey(namespace: "", name: owner)
                    try must(store.hasAny(of: key) == !owned.isEmpty, "\(owner) has something, or has nothing")
                    try must(store.keys(of: key) == owned, "\(owner) has \(store.keys(of: key))")
                }
                let wanted = model.values.sorted { $0.key < $1.key }
                try must(store.all() == wanted, "after \(step) the store holds \(store.all().map(\.text))")
                try must(store.count == model.count, "the count is \(store.count)")
                try must(model.allSatisfy { store.get($0.key) == $0.value }, "an object is not found by its key")
                // A list that brings the same version again is no change, whatever else it brings.
                try must(Set(told.withLock { $0.keys }) == Set(model.keys), "what was told is not what is held")
                try must(mistakes.withLock { $0.isEmpty }, mistakes.withLock { $0.joined() })
            }
        }
    }

    private static func number(_ object: JSONValue) -> Int { Int(object.resourceVersion) ?? 0 }
    private func object(_ random: inout SplitMix64) -> JSONValue { Self.object(&random) }
    private func number(_ object: JSONValue) -> Int { Self.number(object) }

    /// What is packed alone, beside others and again is found, is whose it was and reads as it did, whatever its texts are.
    /// Fails when the lengths before a text are those of its characters.
    @Test func whatRestsIsWhatItWas() {
        Fuzz("packed-objects", iterations: 300).values { random -> [JSONValue] in
            let owners = (0..<2).map { _ in JSONGenerator.text(&random) }
            return (0..<random.count(upTo: 6)).map { index in
                .object([
                    "metadata": .object([
                        "namespace": .string(JSONGenerator.text(&random)),
                        "name": .string("\(index)\(JSONGenerator.text(&random))"),
                        "uid": .string(JSONGenerator.text(&random)), "resourceVersion": .string("\(index + 1)"),
                        "labels": .object(["of": .string(random.pick(owners))]),
                    ]),
                    "spec": JSONGenerator.value(&random),
                ])
            }
        } check: { objects in
            // As the server would have sent them.
            let objects = try objects.map { try JSONValue(parsing: $0.bytes) }
            let owner: @Sendable (JSONValue) -> ObjectKey = { object in
                ObjectKey(namespace: object.namespace, name: object.label("of") ?? "")
            }
            let store = ObjectStore(.pods, owners: { [owner($0), ObjectKey(namespace: "", name: "all")] }) { _ in }
            store.replace(objects, at: "9")
            for round in 0..<3 {
                for object in objects {
                    try must(store.version(of: object.key) == ObjectVersion(object), "\(object.key) in round \(round)")
                    try must(store.keys(of: owner(object)).contains(object.key), "\(object.key) has lost its owner")
                    if round == 1 { try must(store.get(object.key) == object, "\(object.text) was read otherwise") }
                }
                try must(store.all().map(\.text) == objects.sorted { $0.key < $1.key }.map(\.text), "round \(round)")
                if round == 0 { store.rest(of: ObjectKey(namespace: "", name: "all")) }
                for object in objects where round == 1 { store.rest(of: owner(object)) }
            }
        }
    }

    /// A51, A63: the end of an object that is no longer known must not take away its successor of the same name.
    /// Fails while `remove` looks at the name only.
    @Test func theEndOfAPredecessorIsNotThatOfItsSuccessor() {
        let store = ObjectStore(.pods) { _ in }
        func pod(_ uid: String, _ version: String) -> JSONValue {
            ["metadata": ["namespace": "n", "name": "a", "uid": .string(uid), "resourceVersion": .string(version)]]
        }
        store.upsert(pod("1", "5"))
        // The answer to our own creation comes before the watch tells of the deletion that made room for it.
        store.upsert(pod("2", "8"))
        store.remove(pod("1", "7"))
        #expect(store.get(ObjectKey(namespace: "n", name: "a"))?.uid == "2")
    }

    /// A62: an order of numbers. Fails when texts of different length are compared from their beginning.
    @Test func versionsAreOrderedAsNumbers() {
        Fuzz("resource-version", iterations: 20_000).values { random -> (UInt64, UInt64) in
            let a = random.next() >> UInt64(random.below(64))
            return (a, random.once(in: 3) ? a &+ 1 : random.next() >> UInt64(random.below(64)))
        } check: { a, b in
            try must(ResourceVersion.isNewer("\(a)", than: "\(b)") == (a > b), "\(a) > \(b)")
        }
        #expect(ResourceVersion.isNewer("1", than: nil))
        #expect(ResourceVersion.isNewer("1", than: ""))
        #expect(!ResourceVersion.isNewer("", than: "1"))
    }

    /// A62. Fails while nothing looks at the text.
    @Test(arguments: ["007", "1x", "-5", "٩", " 12", "0"]) func whatIsNoVersionIsNotNewer(text: String) {
        #expect(!ResourceVersion.isNewer(text, than: "6"))
    }

    /// E12. Pauses stay between half the doubled base and the limit, and grow with the failures, whatever the numbers.
    /// Fails when the power is not capped before it is shifted.
    @Test func pausesStayInBounds() {
        Fuzz("backoff", iterations: 10_000).values { random -> (Int, Int, Int, Double) in
            let failures = random.once(in: 4) ? random.pick([0, 1, 19, 20, 21, 62, 63, 64, .max]) : random.below(100)
            return (
                1 + random.below(10_000), 1 + random.below(1_000_000), failures,
                Double.random(in: 0..<1, using: &random)
            )
        } check: { base, limit, failures, chance in
            let backoff = Backoff(base: .milliseconds(base), limit: .milliseconds(limit))
            let pause = backoff.pause(failures: failures, random: chance)
            let whole = min(base << min(failures, 20), limit)
            try must(pause >= .milliseconds(whole) / 2 && pause <= .milliseconds(whole), "\(pause) of \(whole) ms")
            let next = backoff.pause(failures: failures == .max ? .max : failures + 1, random: chance)
            try must(next >= pause, "\(next) after \(pause)")
        }
    }

    /// E12. Whatever follows, a reflector waits between 0 and 60 seconds, and never lists from the middle of nothing.
    /// Fails when a version that is too old is kept.
    @Test func reflectorsWaitInBounds() {
        let codes: [KubeError.Code] = [
            .notFound, .unknownType, .conflict, .expired, .unauthorized, .forbidden, .invalid, .tooManyRequests,
            .unavailable,
            .transport(.interrupted), .malformedResponse, .other,
        ]
        Fuzz("reflector-state", iterations: 3_000).values { random in
            (0..<random.count(upTo: 40)).map { _ in (random.below(6), random.pick(codes), random.below(61)) }
        } check: { steps in
            var state = ReflectorState()
            for (kind, code, seconds) in steps {
                var pause = Duration.zero
                switch kind {
                case 0: state.listed(resourceVersion: "\(seconds)")
                case 1: state.advanced(to: seconds == 0 ? "" : "\(seconds)")
                case 2: pause = state.ended(wasShort: seconds % 2 == 0)
                default:
                    let wish: Duration? = seconds % 3 == 0 ? .seconds(seconds) : nil
                    pause = state.failed(KubeError(code, message: "x", retryAfter: wish), random: 0)
                    try must(pause >= .milliseconds(100) && pause >= wish ?? .zero, "\(pause) after \(code)")
                    if code == .expired { try must(state.step == .list, "goes on from a version that is too old") }
                }
                try must(pause >= .zero && pause <= .seconds(60), "\(pause)")
            }
        }
    }
}
