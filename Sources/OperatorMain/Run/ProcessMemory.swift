import CMalloc

/// The C library's allocator, which keeps what it once had: the memory of a busy hour would be held for ever.
enum ProcessMemory {
    /// Each arena keeps holes of its own. More of them than cores that work at a time are only more holes.
    static func limitArenas() { _ = mallopt(M_ARENA_MAX, 2) }

    /// Returns whole pages nobody uses to the kernel: some milliseconds, in which allocations wait.
    static func giveBack() { _ = malloc_trim(0) }
}
