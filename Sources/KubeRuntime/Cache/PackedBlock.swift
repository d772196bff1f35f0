import Glibc

/// Records one after the other in pages of their own. What rests for hours would keep whole pages of the allocator's heap
/// for itself where it lay among what is used for moments: six thousand objects took four times their size.
final class PackedBlock: @unchecked Sendable {
    // Sendable: written before anybody else has it, and never after.
    private let pages: UnsafeMutableRawBufferPointer
    private let isMapped: Bool
    private var end = 0

    init(capacity: Int) {
        let mapped = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        // A process may have only so many mappings.
        isMapped = mapped != nil && mapped != MAP_FAILED
        pages =
            isMapped
            ? UnsafeMutableRawBufferPointer(start: mapped, count: capacity)
            : .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { if isMapped { munmap(pages.baseAddress, pages.count) } else { pages.deallocate() } }

    /// Where it lies now. There must be room.
    func add(_ record: UnsafeRawBufferPointer) -> Range<Int> {
        let range = end..<end + record.count
        UnsafeMutableRawBufferPointer(rebasing: pages[range]).copyMemory(from: record)
        end = range.upperBound
        return range
    }

    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: pages[range]) }
}
