import CCurl
import Glibc

/// One thread around `curl_multi_poll`. Every handle belongs to that thread; other threads only add commands and wake
/// it, which is the one call libcurl allows them.
final class CurlLoop: @unchecked Sendable {
    // Sendable: `active` and `lastUse` are used by the loop's thread alone; `commands` is behind a lock, and so is `multi`
    // where that thread replaces it or another wakes it.
    private enum Command {
        case add(CurlTransfer)
        case cancel(UInt64)
        case resume(UInt64)
        case stop
    }

    private var multi: UnsafeMutableRawPointer
    private let idleLimit: Duration
    /// When a transfer was last under way on the connections that are open; nil where none can be.
    private var lastUse: ContinuousClock.Instant?
    private let commands = Locked<(queue: [Command], isStopped: Bool)>(([], false))
    private var active: [UInt64: CurlTransfer] = [:]

    private static let globalInit: CURLcode = {
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT))
    }()

    /// Where nothing is under way for `idleLimit`, every connection is closed.
    init(idleLimit: Duration) throws {
        guard Self.globalInit == CURLE_OK, let multi = Self.pool() else {
            throw TransportError(.invalid, "libcurl cannot be initialised")
        }
        self.multi = multi
        self.idleLimit = idleLimit
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let failed = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard failed == 0 else {
            context.release()
            throw TransportError(.invalid, "no thread for network input and output")
        }
        pthread_detach(thread)
    }

    private static func pool() -> UnsafeMutableRawPointer? {
        let multi = curl_multi_init()
        if let multi { ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 32) }
        return multi
    }

    func add(_ transfer: CurlTransfer) { if !submit(.add(transfer)) { transfer.abandon() } }
    func cancel(_ id: UInt64) { submit(.cancel(id)) }
    func resume(_ id: UInt64) { submit(.resume(id)) }
    func stop() { submit(.stop) }

    @discardableResult
    private func submit(_ command: Command) -> Bool {
        let isAccepted = commands.withLock { state -> Bool in
            guard !state.isStopped else { return false }
            state.queue.append(command)
            // Within the lock: the loop frees `multi` only after it has set `isStopped` under the same lock.
            curl_multi_wakeup(multi)
            return true
        }
        return isAccepted
    }

    private func run() {
        while true {
            let batch = commands.withLock { state in
                defer { state.queue = [] }
                return state.queue
            }
            for command in batch {
                switch command {
                case .add(let transfer): start(transfer)
                case .cancel(let id): active[id].map { finish($0) { $0.abandon() } }
                case .resume(let id):
                    if let transfer = active[id], let handle = transfer.handle {
                        transfer.wasResumed()
                        curl_easy_pause(handle, CURLPAUSE_CONT)
                    }
                case .stop: return shutDown()
                }
            }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            drain()
            let wait = min(endSilentStreams(), closeIdleConnections())
            curl_multi_poll(multi, nil, 0, wait.milliseconds, nil)
        }
    }

    /// A connection keeps a hundred kilobytes of TLS here, something in the server, and may have been forgotten by
    /// whatever is between. libcurl closes one only when another is used, so the whole pool is replaced. Returns for how
    /// long the loop may sleep.
    private func closeIdleConnections() -> Duration {
        let now = ContinuousClock.now
        guard active.isEmpty else {
            lastUse = now
            return .seconds(60)
        }
        guard let lastUse else { return .seconds(60) }
        let rest = idleLimit - (now - lastUse)
        guard rest <= .zero else { return rest }
        guard let fresh = Self.pool() else { return idleLimit }
        let old = commands.withLock { state -> UnsafeMutableRawPointer in
            // What was added since the last look woke the old pool, and nothing would wake the new one for it.
            guard state.queue.isEmpty else { return fresh }
            defer { multi = fresh }
            return multi
        }
        curl_multi_cleanup(old)
        if old == fresh { return .zero }
        self.lastUse = nil
        return .seconds(60)
    }

    /// Ends streams that said nothing for too long. Returns for how long the loop may sleep.
    private func endSilentStreams() -> Duration {
        let now = ContinuousClock.now
        var wait = Duration.seconds(60)
        for transfer in active.values {
            guard let deadline = transfer.silenceDeadline else { continue }
            if deadline <= now {
                transfer.wasSilent()
                finish(transfer) { $0.complete(CURLE_OPERATION_TIMEDOUT) }
            } else {
                wait = min(wait, deadline - now)
            }
        }
        return wait
    }

    private func shutDown() {
        let late = commands.withLock { state -> [Command] in
            state.isStopped = true
            return state.queue
        }
        for case .add(let transfer) in late { transfer.abandon() }
        for transfer in active.values { finish(transfer) { $0.abandon() } }
        curl_multi_cleanup(multi)
    }

    private func drain() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            var pointer: UnsafeMutableRawPointer?
            ccurl_get_pointer(handle, CURLINFO_PRIVATE, &pointer)
            guard let pointer else { continue }
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(pointer).takeUnretainedValue()
            var proxyStatus = 0
            ccurl_get_long(handle, CURLINFO_HTTP_CONNECTCODE, &proxyStatus)
            finish(transfer) { $0.complete(code, proxyStatus: proxyStatus) }
        }
    }

    private func finish(_ transfer: CurlTransfer, _ report: (CurlTransfer) -> Void) {
        guard active.removeValue(forKey: transfer.id) != nil, let handle = transfer.handle else { return }
        curl_multi_remove_handle(multi, handle)
        curl_easy_cleanup(handle)
        curl_slist_free_all(transfer.headerList)
        curl_slist_free_all(transfer.connectToList)
        transfer.handle = nil
        report(transfer)
    }

    private func start(_ transfer: CurlTransfer) {
        guard let handle = curl_easy_init() else { return transfer.complete(CURLE_OUT_OF_MEMORY) }
        lastUse = .now
        let request = transfer.request
        // Two lists: one that ends in the other would send the address as a header.
        var code = CURLE_OK
        (code, transfer.connectToList) = transfer.endpoint.configure(handle)
        var list: UnsafeMutablePointer<curl_slist>?
        func set(_ result: CURLcode) { if code == CURLE_OK { code = result } }
        // The URL has the name that TLS must prove; who is meant stays the address (as in client-go).
        if transfer.endpoint.tlsServerName != nil {
            list = curl_slist_append(list, "Host: \(transfer.endpoint.host)")
        }
        for header in request.headers { list = curl_slist_append(list, "\(header.name): \(header.value)") }
        let (seconds, attoseconds) = request.timeout.components
        set(ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000)))
        set(ccurl_set_string(handle, CURLOPT_URL, transfer.endpoint.url(request.target)))
        if let body = request.body {
            set(ccurl_set_off(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            set(
                body.withUnsafeBytes {
                    ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
                })
        }
        set(ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method))
        set(ccurl_set_list(handle, CURLOPT_HTTPHEADER, list))
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        set(ccurl_set_pointer(handle, CURLOPT_PRIVATE, context))
        set(ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, transfer.errorText))
        set(ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context))
        set(
            ccurl_set_prereq_callback(handle) { context, _, _, _, _ in
                guard let context else { return CURL_PREREQFUNC_ABORT }
                let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                return transfer.mayBegin() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            })
        set(ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        set(ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        set(
            ccurl_set_callback(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
                guard let data, let context else { return 0 }
                var bytes = UnsafeRawBufferPointer(start: data, count: size * count)[...]
                while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
                Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                    .receiveHeader(String(decoding: bytes, as: UTF8.self))
                return size * count
            })
        set(
            ccurl_set_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
                guard let data, let context else { return 0 }
                let taken = data.withMemoryRebound(to: UInt8.self, capacity: size * count) {
                    Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                        .receive(UnsafeBufferPointer(start: $0, count: size * count))
                }
                return taken
            })
        transfer.handle = handle
        transfer.headerList = list
        active[transfer.id] = transfer
        guard code == CURLE_OK, curl_multi_add_handle(multi, handle) == CURLM_OK else {
            return finish(transfer) { $0.complete(code == CURLE_OK ? CURLE_FAILED_INIT : code) }
        }
    }
}

extension Duration {
    /// Rounded up: who waits so long does not wake too early.
    fileprivate var milliseconds: Int32 {
        Int32(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
