import CaracalAPI
import CaracalCatalog
import KubeModel

/// A user's CA bundle, mounted from a ConfigMap.
enum TrustBundle {
    static let directory = "/etc/caracal/trust"
    static let file = "\(directory)/ca.crt"
}

/// The gateway's own certificate. It is read at start: renewal restarts the gateway through its fingerprint.
enum ServingCertificate {
    static let directory = "/run/secrets/caracal-tls"
}

/// The file whose presence opens `POST /v1/control/invoke` (its content does not matter).
enum ControlGate {
    static let directory = "/etc/caracal/control"
    static let key = "enabled"
}

/// Who may sign in; the console reads the file again on every request.
enum Allowlist {
    static let directory = "/etc/caracal/allowlist"
    static let key = "allowlist.json"
}

extension RenderContext {
    /// Volumes and mounts that carry configuration and secrets into a component or job.
    func files(of reader: ComponentName) -> (volumes: [Volume], mounts: [VolumeMount]) {
        var volumes: [Volume] = []
        var mounts: [VolumeMount] = []
        func add(_ volume: Volume, at path: String) {
            volumes.append(volume)
            mounts.append(VolumeMount(name: volume.name, mountPath: path, readOnly: true))
        }
        if let secrets = secretVolume(of: reader) { add(secrets, at: SecretFiles.directory) }
        if let bundle = spec.trust?.caBundles?.first, usesTrustBundle(reader) {
            add(
                configMap("trust", bundle.configMapName, key: bundle.key ?? "ca.crt", as: "ca.crt"),
                at: TrustBundle.directory)
        }
        if let component = catalog.component(reader), servesTLS(component), let tls = spec.gateway?.tls {
            let items = ["tls.crt", "tls.key"].map { Volume.Item(key: $0, path: $0) }
            let source = Volume.Source { $0.secret = .init(name: tls.secretName, items: items) }
            add(projected("serving-certificate", [source]), at: ServingCertificate.directory)
        }
        if isOn(.control), reads(reader, .setting(.controlGateFile)) {
            add(
                configMap("control-gate", "\(key.name)-control-gate", key: ControlGate.key, as: ControlGate.key),
                at: ControlGate.directory)
        }
        if isOn(.allowlist), reads(reader, .setting(.allowlistFile)) {
            add(
                configMap("allowlist", "\(key.name)-allowlist", key: Allowlist.key, as: Allowlist.key),
                at: Allowlist.directory)
        }
        return (volumes, mounts)
    }

    func reads(_ reader: ComponentName, _ source: EnvVariable.Source) -> Bool {
        catalog.environment.contains {
            $0.readers.contains(reader) && $0.source == source && $0.generations.contains(release.generation)
        }
    }

    private func usesTrustBundle(_ reader: ComponentName) -> Bool {
        reads(reader, .setting(.caBundleFile)) || reads(reader, .setting(.caBundleDirectory))
            || reads(reader, .setting(.postgresRootCertificate))
    }

    /// One projected volume over as many Secrets as the keys live in; exactly the keys this reader needs.
    private func secretVolume(of reader: ComponentName) -> Volume? {
        let keys = secretKeys(of: reader)
        guard !keys.isEmpty else { return nil }
        let names = Set(keys.map(\.location.secretName)).sorted()
        return projected(
            SecretFiles.volume,
            names.map { name in
                Volume.Source {
                    $0.secret = .init(
                        name: name,
                        items: keys.filter { $0.location.secretName == name }
                            .map { .init(key: $0.location.key, path: $0.name) })
                }
            })
    }

    private func projected(_ name: String, _ sources: [Volume.Source]) -> Volume {
        Volume {
            $0.name = name
            $0.projected = .init(defaultMode: SecretFiles.mode, sources: sources)
        }
    }

    private func configMap(_ name: String, _ map: String, key: String, as path: String) -> Volume {
        Volume {
            $0.name = name
            $0.configMap = Volume.ConfigMapSource {
                $0.name = map
                $0.defaultMode = 0o444
                $0.items = [.init(key: key, path: path)]
            }
        }
    }
}
