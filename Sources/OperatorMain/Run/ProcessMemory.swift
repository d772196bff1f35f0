import CMemory
import Glibc

/// What the process holds and does not need. The C library's allocator keeps what it once had, and the kernel leaves
/// mapped what was read once: the memory of a busy hour would be held for ever.
enum ProcessMemory {
    /// Each arena keeps holes of its own. More of them than threads that work at a time are only more holes.
    static func limitArenas() { _ = mallopt(M_ARENA_MAX, 2) }

    /// Returns whole pages nobody uses to the kernel: some milliseconds, in which allocations wait, and page faults for
    /// what is run next.
    static func giveBack() {
        _ = malloc_trim(0)
        unmapFiles()
    }

    /// Lets go of the program's code and constants: most of them were read at start and never again. What is still needed
    /// is mapped anew from the page cache. Only of segments that were never writable (the linker makes no text relocations
    /// here): the others have pages of our own, which would be lost.
    private static func unmapFiles() {
        _ = each_loaded_object(
            { info, _, _ in
                guard let object = info?.pointee, let headers = object.headers else { return 0 }
                let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
                for header in UnsafeBufferPointer(start: headers, count: Int(object.count))
                where header.p_type == UInt32(PT_LOAD) && header.p_flags & UInt32(PF_W) == 0 {
                    let start = UInt(object.address) + UInt(header.p_vaddr)
                    let (first, end) = ((start + page - 1) / page * page, (start + UInt(header.p_memsz)) / page * page)
                    guard end > first, let pages = UnsafeMutableRawPointer(bitPattern: first) else { continue }
                    _ = madvise(pages, Int(end - first), MADV_DONTNEED)
                }
                return 0
            }, nil)
    }
}
