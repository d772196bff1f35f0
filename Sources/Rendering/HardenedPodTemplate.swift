import CaracalAPI
import CaracalCatalog
import KubeModel

/// The one writer of pod security. Rules only look at what stands here; nothing else sets these fields.
///
/// It satisfies Pod Security `restricted` (kubernetes.io/docs/concepts/security/pod-security-standards), and adds a
/// read-only root file system, no service account token, no service links and sized scratch space.
struct HardenedPodTemplate {
    let context: RenderContext
    let name: ComponentName
    let user: Int64

    /// `fill` sets what is particular to the container; security is written after it and cannot be undone by it.
    func template(
        container fill: (inout Container) -> Void, grace: Int64?, isJob: Bool, scratch: [Component.Scratch] = [],
        extraLabels: [String: String] = [:]
    ) -> PodTemplate {
        let files = context.files(of: name)
        var volumes = files.volumes
        var mounts = files.mounts
        for (index, space) in ([Component.Scratch(path: "/tmp", size: "64Mi", when: .always)] + scratch).enumerated()
        where context.isOn(space.when) {
            volumes.append(Self.scratch("scratch-\(index)", space.size))
            mounts.append(VolumeMount(name: "scratch-\(index)", mountPath: space.path))
        }
        let container = Container {
            $0.name = name.rawValue
            fill(&$0)
            $0.env = context.environment(of: name)
            $0.volumeMounts = mounts + ($0.volumeMounts ?? [])
            $0.terminationMessagePolicy = "FallbackToLogsOnError"
            $0.securityContext = containerSecurity
        }
        return PodTemplate {
            $0.metadata = metadata(extraLabels)
            $0.spec = PodSpec {
                $0.serviceAccountName = context.name(name)
                $0.automountServiceAccountToken = false
                $0.enableServiceLinks = false
                $0.hostNetwork = false
                $0.hostPID = false
                $0.hostIPC = false
                $0.securityContext = podSecurity
                $0.restartPolicy = isJob ? "Never" : "Always"
                $0.terminationGracePeriodSeconds = grace
                $0.priorityClassName = context.spec.podDefaults?.priorityClassName
                $0.nodeSelector = context.spec.podDefaults?.nodeSelector
                $0.tolerations = context.spec.podDefaults?.tolerations
                $0.affinity = isJob ? nil : antiAffinity
                $0.topologySpreadConstraints = isJob ? nil : [spread]
                $0.imagePullSecrets = context.spec.images?.pullSecrets
                $0.containers = [container]
                $0.volumes = volumes
            }
        }
    }

    private func metadata(_ extraLabels: [String: String]) -> ObjectMeta {
        ObjectMeta {
            let own = context.labels(name).merging([
                Label.isolation: context.name(name), Label.version: context.release.version,
            ]) { $1 }
            let defaults = context.spec.podDefaults
            $0.labels = (defaults?.labels ?? [:]).merging(extraLabels) { $1 }.merging(own) { $1 }
            var annotations = defaults?.annotations ?? [:]
            if let fingerprint = context.inputs.fingerprints[name] { annotations[Annotation.fingerprint] = fingerprint }
            $0.annotations = annotations.isEmpty ? nil : annotations
        }
    }

    private var podSecurity: PodSecurityContext {
        PodSecurityContext {
            $0.runAsNonRoot = true
            $0.seccompProfile = SeccompProfile(type: "RuntimeDefault")
            // OpenShift's SCC assigns the numbers; fixed ones would be refused.
            guard !context.isOpenShift else { return }
            $0.runAsUser = user
            $0.runAsGroup = user
            $0.fsGroup = user
            $0.fsGroupChangePolicy = "OnRootMismatch"
        }
    }

    private var containerSecurity: SecurityContext {
        SecurityContext {
            $0.allowPrivilegeEscalation = false
            $0.privileged = false
            $0.readOnlyRootFilesystem = true
            $0.runAsNonRoot = true
            $0.capabilities = .init(drop: ["ALL"])
            $0.seccompProfile = SeccompProfile(type: "RuntimeDefault")
            guard !context.isOpenShift else { return }
            $0.runAsUser = user
            $0.runAsGroup = user
        }
    }

    private static func scratch(_ name: String, _ size: String) -> Volume {
        Volume {
            $0.name = name
            $0.emptyDir = Volume.EmptyDir { $0.sizeLimit = size }
        }
    }

    /// Scoped to the instance: two instances in one namespace do not push each other away.
    private var antiAffinity: Affinity {
        let term = Affinity.Term(
            labelSelector: LabelSelector(matchLabels: context.selector(name)), topologyKey: "kubernetes.io/hostname")
        return Affinity { $0.podAntiAffinity = .init(preferred: [.init(weight: 100, term: term)]) }
    }

    private var spread: TopologySpreadConstraint {
        TopologySpreadConstraint(
            maxSkew: 1, topologyKey: "topology.kubernetes.io/zone",
            whenUnsatisfiable: (context.spec.podDefaults?.zoneSpread ?? .scheduleAnyway).rawValue,
            labelSelector: LabelSelector(matchLabels: context.selector(name)))
    }
}
