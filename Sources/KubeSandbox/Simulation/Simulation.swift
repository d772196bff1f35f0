import KubeModel

/// Plays the controllers and the kubelet: workloads get pods, pods become ready once their files are there, Jobs finish,
/// autoscalers raise to their minimum, what lost its owner goes.
package struct Simulation: Sendable {
    private let cluster: SandboxCluster
    /// How long a pod takes from being made to being ready.
    private let podDelay: Duration

    package init(cluster: SandboxCluster, podDelay: Duration = .milliseconds(300)) {
        self.cluster = cluster
        self.podDelay = podDelay
    }

    /// Runs until cancelled: after every change, and a little later for what takes time.
    package func run() async {
        let changes = await cluster.changes()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes {
                    await step()
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: podDelay)
                    if await cluster.hasStartingPods { await step() }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// One look at everything.
    package func step() async {
        await cluster.collectGarbage()
        await cluster.scaleToMinimum()
        await cluster.runDeployments()
        await cluster.runStatefulSets()
        await cluster.runJobs()
        await cluster.runPods(readyAfter: podDelay)
        await cluster.reportWorkloads()
    }
}

extension SandboxCluster {
    func all(_ type: ResourceType) -> [JSONValue] { storage.list(type.qualifiedName, namespace: nil) }

    /// Stores a simulated controller's write where it changes something. Refusals cannot happen to them.
    func simulate(_ type: ResourceType, _ object: JSONValue) {
        guard let info = infos.first(where: { $0.type == type }) else { return }
        if let old = storage.get(type.qualifiedName, object.key) {
            if old != object { _ = try? commit(info, object) }
        } else {
            _ = try? commit(info, Self.born(object))
        }
    }

    func vanish(_ type: ResourceType, _ key: ObjectKey) {
        guard let info = infos.first(where: { $0.type == type }) else { return }
        erase(info, key)
    }

    func reference(_ owner: JSONValue) -> JSONValue {
        [
            "apiVersion": owner["apiVersion"] ?? "", "kind": owner["kind"] ?? "", "name": .string(owner.name),
            "uid": .string(owner.uid),
            "controller": true, "blockOwnerDeletion": true,
        ]
    }

    func children(_ type: ResourceType, of owner: JSONValue) -> [JSONValue] {
        storage.list(type.qualifiedName, namespace: owner.namespace).filter { $0.controllerOwner?.uid == owner.uid }
    }

    /// Objects whose owners are all gone, and the contents of namespaces that are going.
    func collectGarbage() {
        let uids = Set(infos.flatMap { storage.list(storageName($0), namespace: nil).map(\.uid) })
        let going = Set(all(.namespaces).filter(\.isTerminating).map(\.name))
        for info in infos {
            for object in storage.list(storageName(info), namespace: nil) {
                let owners = object.metadata["ownerReferences"]?.array ?? []
                let isOrphaned = !owners.isEmpty && owners.allSatisfy { !uids.contains($0["uid"]?.string ?? "") }
                if isOrphaned || going.contains(object.namespace) { erase(info, object.key) }
            }
        }
        for info in infos {
            for object in storage.list(storageName(info), namespace: nil) where object.isTerminating {
                release(info, object)
            }
        }
        for name in going { vanish(.namespaces, ObjectKey(namespace: "", name: name)) }
    }

    /// Takes off the finalizers that are the controllers' own: dependents are freed or gone first.
    private func release(_ info: ResourceInfo, _ object: JSONValue) {
        let finalizers = object.metadata["finalizers"]?.array ?? []
        guard !finalizers.isEmpty else { return }
        let own: [JSONValue] = ["orphan", "foregroundDeletion", "kubernetes.io/pvc-protection"]
        let dependents = infos.flatMap { kind in
            storage.list(storageName(kind), namespace: object.namespace).filter { dependent in
                (dependent.metadata["ownerReferences"]?.array ?? []).contains { $0["uid"]?.string == object.uid }
            }.map { (kind, $0) }
        }
        for (kind, dependent) in dependents {
            if finalizers.contains("orphan") {
                var free = dependent
                let left = (dependent.metadata["ownerReferences"]?.array ?? []).filter {
                    $0["uid"]?.string != object.uid
                }
                free.set(["metadata", "ownerReferences"], left.isEmpty ? nil : .array(left))
                _ = try? commit(kind, free)
            } else if finalizers.contains("foregroundDeletion") {
                erase(kind, dependent.key)
            }
        }
        let left = finalizers.filter { !own.contains($0) }
        if left.isEmpty {
            erase(info, object.key)
        } else if left.count < finalizers.count {
            var rest = object
            rest.set(["metadata", "finalizers"], .array(left))
            _ = try? commit(info, rest)
        }
    }

    func scaleToMinimum() {
        for scaler in all(.horizontalPodAutoscalers) {
            let type: ResourceType =
                scaler.at("spec", "scaleTargetRef", "kind") == "StatefulSet" ? .statefulSets : .deployments
            let key = ObjectKey(
                namespace: scaler.namespace, name: scaler.at("spec", "scaleTargetRef", "name")?.string ?? "")
            guard var target = storage.get(type.qualifiedName, key) else { continue }
            let (count, minimum, maximum) = (
                target.at("spec", "replicas")?.integer ?? 1, scaler.at("spec", "minReplicas")?.integer ?? 1,
                scaler.at("spec", "maxReplicas")?.integer ?? 1
            )
            let wanted = count == 0 ? 0 : min(max(count, minimum), maximum)
            if wanted != count {
                guard let info = infos.first(where: { $0.type == type }) else { continue }
                var fields = owners(info, target, "scale")
                let old = target
                target.set(["spec", "replicas"], .integer(wanted))
                target.set(["metadata", "generation"], .integer(target.generation + 1))
                fields.update(
                    from: old, to: target,
                    owner: .init(manager: "kube-controller-manager", operation: "Update", subresource: "scale"),
                    time: Timestamp.now().description)
                target.set(["metadata", "managedFields"], fields.json)
                simulate(type, target)
            }
            var status = scaler
            status.set(["status"], ["currentReplicas": .integer(wanted), "desiredReplicas": .integer(wanted)])
            simulate(.horizontalPodAutoscalers, status)
        }
    }
}
