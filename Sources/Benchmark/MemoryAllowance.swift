/// What the operator may take of memory while nothing happens, in MiB resident: 15 when there is nothing to do, 64 with a
/// hundred instances of some sixty objects each. Objects of others are not cached and give no room for more.
enum MemoryAllowance {
    private static let empty = 15.0
    /// Code that only converging needs, and what it leaves behind in the allocator, however many there are.
    private static let some = 18.0
    private static let perInstance = 0.46
    /// What the sessions of two dozen connections take; with instances the room is for both.
    private static let sessions = 2.0

    static func atRest(instances: Int, isTLS: Bool) -> Double {
        instances == 0 ? empty + (isTLS ? sessions : 0) : some + perInstance * Double(instances)
    }
}
