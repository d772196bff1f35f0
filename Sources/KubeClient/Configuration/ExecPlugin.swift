import Glibc
import KubeModel

/// A credential plug-in of a kubeconfig (`users[].user.exec`).
///
/// It runs once however many requests wait for it. What it gives is used until shortly before it expires, or until
/// the server refuses it. If it fails ahead of the expiry, the credential in use is kept until then.
package final class ExecPlugin: Sendable {
    /// A credential, and which of those the plug-in gave it is.
    struct Issued: Sendable {
        var credential: ExecCredential
        var version: UInt64
    }

    private struct State {
        var latest: ExecCredential?
        /// Counts what the plug-in gave; 0 for nothing yet.
        var version: UInt64 = 0
        /// From when on a request makes the plug-in run, in seconds since 1970; nil for never.
        var renewAt: Double?
        var isRefused = false
        var isRunning = false
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Issued, any Error>)] = []
        var nextID: UInt64 = 0
    }

    private let configuration: ExecPluginConfiguration
    private let state = Locked(State())
    private let now: @Sendable () -> Timestamp
    private let run: Run

    /// Runs a program; called back once. ``ChildProcess/run(_:done:)`` but in tests.
    typealias Run = @Sendable (ChildProcess.Invocation, @escaping @Sendable (ChildProcess.Outcome) -> Void) -> Void

    init(
        _ configuration: ExecPluginConfiguration, now: @escaping @Sendable () -> Timestamp = { .now() },
        run: @escaping Run = { ChildProcess.run($0, done: $1) }
    ) {
        self.configuration = configuration
        self.now = now
        self.run = run
    }

    /// The command, as it stands in the kubeconfig.
    package var name: String { configuration.command }

    /// The certificate that came with the latest credential, if any did.
    var certificate: ExecCredential.Certificate? { state.withLock { $0.latest?.certificate } }

    /// The credential to use now, and which one it is. Waits for the plug-in where that has to run.
    func credential() async throws -> Issued {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = now().seconds
                let (result, starts) = state.withLock { state -> (Result<Issued, any Error>?, Bool) in
                    if let latest = state.latest, !state.isRefused, state.renewAt.map({ now < $0 }) ?? true {
                        return (.success(Issued(credential: latest, version: state.version)), false)
                    }
                    if Task.isCancelled { return (.failure(CancellationError()), false) }
                    state.waiting.append((id, continuation))
                    defer { state.isRunning = true }
                    return (nil, !state.isRunning)
                }
                if let result { continuation.resume(with: result) }
                // Not bound to the request that began it: others wait for the same run.
                if starts { start() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// After a refusal of that version: it is not used again, unless another one came meanwhile.
    func invalidate(_ version: UInt64) {
        state.withLock { state in
            if state.version == version { state.isRefused = true }
        }
    }

    private func start() {
        let invocation: ChildProcess.Invocation
        do { invocation = try configuration.invocation() } catch { return finish(.failure(error)) }
        run(invocation) { outcome in
            let result = Result { () throws(ConfigurationError) in
                try self.configuration.credential(outcome, invocation, now: self.now())
            }
            self.finish(result)
        }
    }

    private func finish(_ result: Result<ExecCredential, ConfigurationError>) {
        let now = now().seconds
        let (waiting, answer) = state.withLock {
            state -> (
                [CheckedContinuation<Issued, any Error>], Result<Issued, any Error>
            )
            in
            let answer: Result<Issued, any Error>
            switch result {
            case .success(let credential):
                state.latest = credential
                state.version += 1
                state.isRefused = false
                state.renewAt = credential.expiry.map { $0.seconds - Self.margin($0.seconds - now) }
                answer = .success(Issued(credential: credential, version: state.version))
            case .failure(let error):
                if let latest = state.latest, !state.isRefused, let expiry = latest.expiry?.seconds, now < expiry {
                    // Not at every request: each would wait for a plug-in that may take its time to fail.
                    state.renewAt = now + (expiry - now) / 2
                    answer = .success(Issued(credential: latest, version: state.version))
                } else {
                    answer = .failure(error)
                }
            }
            state.isRunning = false
            defer { state.waiting = [] }
            return (state.waiting.map(\.continuation), answer)
        }
        for continuation in waiting { continuation.resume(with: answer) }
    }

    /// How long before the end a credential is renewed: a minute, but no more than a tenth of its life, as some
    /// plug-ins hand out what they have left of a cached one, and would be run for every request.
    private static func margin(_ life: Double) -> Double { min(60, max(0, life) / 10) }
}
