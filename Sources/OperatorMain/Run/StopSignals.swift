import Glibc

/// SIGTERM and SIGINT as a value to wait for.
struct StopSignals: Sendable {
    private let names: AsyncStream<String>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        names = stream
        StopPipe.install { number in continuation.yield(number == SIGTERM ? "SIGTERM" : "SIGINT") }
    }

    func next() async -> String {
        for await name in names { return name }
        return "cancelled"
    }
}

/// The classic self-pipe: the handler writes one byte, a thread reads it.
private enum StopPipe {
    nonisolated(unsafe) private static var ends: (Int32, Int32) = (-1, -1)

    static func install(_ deliver: @escaping @Sendable (Int32) -> Void) {
        // Written once, before any handler is installed, and only read afterwards.
        var pair: [Int32] = [0, 0]
        guard pipe(&pair) == 0 else { return }
        ends = (pair[0], pair[1])
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(StopPipe.ends.1, &byte, 1)
            }
        }
        let box = Unmanaged.passRetained(Box(deliver))
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let box = Unmanaged<Box>.fromOpaque(context).takeRetainedValue()
                var byte: UInt8 = 0
                while true {
                    let count = read(StopPipe.ends.0, &byte, 1)
                    if count == 1 { box.deliver(Int32(byte)) } else if errno != EINTR { return nil }
                }
            }, box.toOpaque())
        pthread_detach(thread)
    }

    private final class Box: Sendable {
        let deliver: @Sendable (Int32) -> Void
        init(_ deliver: @escaping @Sendable (Int32) -> Void) { self.deliver = deliver }
    }
}
