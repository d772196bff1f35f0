import Glibc
import KubeModel

/// Faults on request, for tests and rehearsals: the next matching requests are answered with an error.
package final class FaultPlan: @unchecked Sendable {
    // Sendable: `faults` is only touched with the mutex held.
    package struct Fault: Sendable {
        package var method: String
        /// Part of the target.
        package var target: String
        package var code: Int
        package var count: Int

        package init(method: String, target: String, code: Int, count: Int = 1) {
            self.method = method
            self.target = target
            self.code = code
            self.count = count
        }
    }

    private var faults: [Fault] = []
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init() { pthread_mutex_init(mutex, nil) }
    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    package func add(_ fault: Fault) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        faults.append(fault)
    }

    func take(_ request: SandboxRequest) -> APIFailure? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard
            let at = faults.firstIndex(where: {
                $0.method == request.method && request.target.contains($0.target) && $0.count > 0
            })
        else { return nil }
        faults[at].count -= 1
        let code = faults[at].code
        let reason =
            code == 429 ? "TooManyRequests" : code == 403 ? "Forbidden" : code == 409 ? "Conflict" : "InternalError"
        return APIFailure(code: code, reason: reason, message: "injected fault \(code)")
    }
}
