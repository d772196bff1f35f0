import KubeClient
import KubeModel
import KubeRuntime
import Testing

@Suite struct CacheTests {
    private func pod(_ name: String, uid: String = "1", version: String) -> JSONValue {
        [
            "kind": "Pod",
            "metadata": [
                "namespace": "n", "name": .string(name), "uid": .string(uid), "resourceVersion": .string(version),
            ],
        ]
    }

    @Test func relistDropsWhatIsGoneAndSaysSo() {
        let gone = Locked<[String]>([])
        let store = ObjectStore(.pods) { change in
            if change.new == nil { gone.withLock { $0.append(change.object.name) } }
        }
        #expect(!store.isSynced)
        store.replace([pod("a", version: "1"), pod("b", version: "2")], at: "2")
        store.replace([pod("b", version: "2")], at: "3")
        #expect(store.isSynced)
        #expect(gone.withLock { $0 } == ["a"])
        #expect(store.all().map(\.name) == ["b"])
    }

    /// Who waits for a store counts on what its changes bring about. Fails when the store is filled before it has told.
    @Test func aStoreIsFilledOnceItHasToldEverything() {
        let all = Locked<ObjectStore?>(nil)
        let told = Locked<[Bool]>([])
        let store = ObjectStore(.pods) { _ in
            let isSynced = all.withLock { $0 }?.isSynced ?? true
            told.withLock { $0.append(isSynced) }
        }
        all.withLock { $0 = store }
        defer { all.withLock { $0 = nil } }
        store.replace([pod("a", version: "1"), pod("b", version: "2")], at: "2")
        #expect(told.withLock { $0 } == [false, false])
        #expect(store.isSynced)
    }

    /// B24. Fails when the answer to our own write, or its event after it, passes for somebody else's change.
    @Test func ourOwnWriteIsToldAsSuch() {
        let told = Locked<[Bool]>([])
        let store = ObjectStore(.pods) { change in told.withLock { $0.append(change.isOwn) } }
        store.upsert(pod("a", version: "1"))
        store.wrote(pod("a", version: "2"))
        store.upsert(pod("a", version: "2"))
        store.upsert(pod("a", version: "3"))
        #expect(told.withLock { $0 } == [false, true, false])
    }

    @Test func anOlderEventDoesNotBringThePastBack() {
        let store = ObjectStore(.pods) { _ in }
        store.upsert(pod("a", version: "1000"))
        store.upsert(pod("a", version: "999"))
        #expect(store.get(ObjectKey(namespace: "n", name: "a"))?.resourceVersion == "1000")
        store.upsert(pod("a", uid: "2", version: "5"))
        #expect(store.get(ObjectKey(namespace: "n", name: "a"))?.uid == "1", "another object's past is the past too")
        store.upsert(pod("a", uid: "2", version: "1001"))
        #expect(store.get(ObjectKey(namespace: "n", name: "a"))?.uid == "2")
    }

    @Test func managedFieldsAreNotKept() {
        let store = ObjectStore(.pods) { _ in }
        var object = pod("a", version: "1")
        object.set(["metadata", "managedFields"], [["manager": "x"]])
        store.upsert(object)
        #expect(store.all().first?.metadata["managedFields"] == nil)
    }

    @Test func anExpiredVersionMeansListAgain() {
        var state = ReflectorState()
        #expect(state.step == .list)
        state.listed(resourceVersion: "5")
        state.advanced(to: "7")
        #expect(state.step == .watch(from: "7"))
        #expect(state.ended(wasShort: false) == .zero)
        #expect(state.step == .watch(from: "7"))
        _ = state.failed(KubeError(.expired, message: "too old"), random: 1)
        #expect(state.step == .list)
    }

    /// A permission that comes back brings no event: what is known must be read again.
    @Test(arguments: [KubeError.Code.forbidden, .unauthorized, .notFound, .unknownType])
    func aRefusedWatchListsAgain(code: KubeError.Code) {
        var state = ReflectorState()
        state.listed(resourceVersion: "5")
        _ = state.failed(KubeError(code, message: "x"), random: 1)
        #expect(state.step == .list)
    }

    @Test func aHangUpContinuesWhereItWasAndPausesLonger() {
        var state = ReflectorState()
        state.listed(resourceVersion: "5")
        let first = state.failed(KubeError(.transport(.interrupted), message: "x"), random: 1)
        let second = state.failed(KubeError(.transport(.interrupted), message: "x"), random: 1)
        #expect(state.step == .watch(from: "5"))
        #expect(second > first)
        state.advanced(to: "6")
        #expect(state.failed(nil, random: 1) == first)
    }

    @Test func aServersWishIsHonoured() {
        var state = ReflectorState()
        #expect(
            state.failed(KubeError(.tooManyRequests, message: "x", retryAfter: .seconds(7)), random: 0) == .seconds(7))
    }
}
