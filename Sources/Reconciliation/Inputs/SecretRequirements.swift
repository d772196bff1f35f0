import CaracalAPI
import CaracalCatalog
import KubeModel
import Preflight
import Rendering

extension RenderContext {
    /// Every key somebody reads, with all its readers, and the gateway's certificate.
    package func secretRequirements() -> [SecretRequirement] {
        var byKey: [String: SecretRequirement] = [:]
        for reader in secretReaders {
            for key in secretKeys(of: reader, includingAbsent: true) {
                var requirement =
                    byKey[key.name]
                    ?? SecretRequirement(
                        key: key.name, secretName: key.location.secretName, secretKey: key.location.key,
                        isOptional: true,
                        readers: [], format: catalog.secretKey(key.name)?.format ?? .text)
                requirement.isOptional = requirement.isOptional && key.isOptional
                requirement.readers.insert(reader)
                byKey[key.name] = requirement
            }
        }
        if let tls = spec.gateway?.tls {
            for key in ["tls.crt", "tls.key"] {
                byKey[key] = SecretRequirement(
                    key: key, secretName: tls.secretName, secretKey: key, isOptional: false, readers: [.gateway],
                    format: .pem)
            }
        }
        return byKey.values.sorted { $0.key < $1.key }
    }
}

/// Digests of what each reader's pods were started with.
enum Fingerprints {
    /// `<key id>.<digest>` per reader; none for a reader some of whose keys are not there.
    static func make(
        _ requirements: [SecretRequirement], states: [String: SecretState], key: DigestKey
    ) -> [ComponentName: String] {
        var result: [ComponentName: String] = [:]
        for reader in Set(requirements.flatMap(\.readers)) {
            var parts: [String] = []
            var isComplete = true
            for requirement in requirements where requirement.readers.contains(reader) {
                guard case .present(let facts)? = states[requirement.secretName] else {
                    isComplete = isComplete && requirement.isOptional
                    continue
                }
                if let digest = facts[requirement.secretKey]?.digest {
                    parts += [requirement.key, digest]
                } else {
                    isComplete = isComplete && requirement.isOptional
                }
            }
            if isComplete { result[reader] = "\(key.id).\(key.digest(parts))" }
        }
        return result
    }

    /// Optional keys that are there.
    static func presentOptionalKeys(_ requirements: [SecretRequirement], states: [String: SecretState]) -> Set<String> {
        Set(
            requirements.filter { requirement in
                guard requirement.isOptional, case .present(let facts)? = states[requirement.secretName] else {
                    return false
                }
                return facts[requirement.secretKey] != nil
            }.map(\.key))
    }

    /// What the pod template should carry when the digest key may have been lost since it was written. With another
    /// key nothing can be compared, so pods keep what they have, and what that is worth under the new key is noted
    /// beside it; from then on a change of content is seen again.
    static func rebased(current: String, template: String?, baseline: String?) -> (template: String, baseline: String?)
    {
        guard let template, keyID(template) != keyID(current) else { return (current, nil) }
        guard let baseline, keyID(baseline) == keyID(current) else { return (template, current) }
        return baseline == current ? (template, baseline) : (current, nil)
    }

    static func keyID(_ fingerprint: String) -> Substring { fingerprint.prefix { $0 != "." } }
}
