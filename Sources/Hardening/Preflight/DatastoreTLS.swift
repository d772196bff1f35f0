import CaracalAPI
import CaracalCatalog
import Preflight

/// Nothing validates `sslmode`, and Go and Node mean different things by it (caracal-runtime.md §4).
struct DatastoreTLS: PreflightRule {
    static let id = "datastore-tls"

    func check(_ input: PreflightInput) -> [PreflightFinding] {
        input.known.compactMap { known in
            guard let url = known.facts.url, url.problem == nil else { return nil }
            switch known.requirement.format {
            case .postgresURL: return postgres(known, url, input)
            case .redisURL: return redis(known, url, input)
            default: return nil
            }
        }
    }

    private func redis(_ known: PreflightInput.Known, _ url: URLFacts, _ input: PreflightInput) -> PreflightFinding? {
        let wantsTLS = (input.spec.redis.tls ?? .verifyFull) != .disable
        if url.scheme == "redis", wantsTLS {
            return finding(
                known, .unsafe,
                "means plaintext: write rediss://, or set spec.redis.tls: Disable with a waiver for rule datastore-tls")
        }
        guard url.scheme == "rediss", !wantsTLS else { return nil }
        return finding(known, .advice, "means TLS, spec.redis.tls says Disable: set it to VerifyFull")
    }

    private func postgres(_ known: PreflightInput.Known, _ url: URLFacts, _ input: PreflightInput) -> PreflightFinding?
    {
        let wanted = input.spec.databaseTLS
        let mode = url.sslMode
        let goReaders = known.requirement.readers.filter { input.catalog.component($0)?.isGo == true }
        let isGo = !goReaders.isEmpty
        let readsDefault = known.requirement.key == "authDatabaseUrl"
        let encrypts =
            isGo ? ["require", "verify-ca", "verify-full"] : ["require", "verify-ca", "verify-full", "no-verify"]
        // The console takes its mode from a variable of its own where the URL has none.
        let isPlain = mode.map { !encrypts.contains($0) } ?? !(readsDefault || (url.asksForTLS && !isGo))
        if isPlain, wanted != .disable {
            let meaning = mode.map { "sslmode=\($0)" } ?? "no sslmode"
            return finding(
                known, .unsafe,
                "\(meaning) \(isGo ? "lets Go fall back to" : "means to Node") plaintext: add ?sslmode=verify-full")
        }
        if wanted == .verifyFull, let mode, isGo ? mode == "require" : mode == "no-verify" {
            return finding(
                known, .unsafe,
                "sslmode=\(mode) encrypts without checking who answers, spec.database.tls is VerifyFull: write sslmode=verify-full"
            )
        }
        guard wanted == .disable, !isPlain, mode != nil else { return nil }
        return finding(known, .advice, "means TLS, spec.database.tls says Disable: set it to VerifyFull")
    }
}
