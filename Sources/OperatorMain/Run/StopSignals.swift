import Glibc
import KubeClient

/// SIGTERM and SIGINT as a value to wait for.
struct StopSignals: Sendable {
    private let names: AsyncStream<String>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        names = stream
        let id = StopPipe.add { number in continuation.yield(number == SIGTERM ? "SIGTERM" : "SIGINT") }
        continuation.onTermination = { _ in StopPipe.remove(id) }
    }

    /// nil where the wait was cancelled: nobody asked to stop.
    func next() async -> String? {
        for await name in names { return name }
        return nil
    }
}

/// The classic self-pipe: the handler writes one byte, a thread reads it. One of each for the process, however many wait.
private enum StopPipe {
    private static let listeners = Locked<(nextID: UInt64, all: [UInt64: @Sendable (Int32) -> Void])>((0, [:]))

    static func add(_ deliver: @escaping @Sendable (Int32) -> Void) -> UInt64 {
        _ = isInstalled
        return listeners.withLock { listeners in
            listeners.nextID += 1
            listeners.all[listeners.nextID] = deliver
            return listeners.nextID
        }
    }

    static func remove(_ id: UInt64) { listeners.withLock { $0.all[id] = nil } }

    nonisolated(unsafe) private static var ends: (Int32, Int32) = (-1, -1)

    /// Written once, before any handler is installed, and only read afterwards.
    private static let isInstalled: Bool = {
        var pair: [Int32] = [0, 0]
        guard pipe(&pair) == 0 else { return false }
        ends = (pair[0], pair[1])
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(StopPipe.ends.1, &byte, 1)
            }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                var byte: UInt8 = 0
                while true {
                    let count = read(StopPipe.ends.0, &byte, 1)
                    if count == 1 {
                        let waiting = StopPipe.listeners.withLock { Array($0.all.values) }
                        for deliver in waiting { deliver(Int32(byte)) }
                    } else if errno != EINTR {
                        return nil
                    }
                }
            }, nil)
        pthread_detach(thread)
        return true
    }()
}
