import Glibc

/// A value behind a mutex. `pthread_mutex_t` rather than the standard library's futex lock, because ThreadSanitizer
/// understands it and reports the other falsely.
package final class Locked<Value>: @unchecked Sendable {
    // Sendable: every access to `value` happens with the mutex held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Do not block, call out or suspend inside the closure.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
