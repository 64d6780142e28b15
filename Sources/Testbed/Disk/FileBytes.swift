/// The content of one file.
///
/// A class over plain memory: images of a disk are made by the thousand, and each is a copy of it.
final class FileBytes {
    private var memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init() { memory = .allocate(byteCount: 4096, alignment: 16) }

    init(copying other: FileBytes) {
        memory = .allocate(byteCount: max(other.count, 4096), alignment: 16)
        count = other.count
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: other.memory[..<other.count]))
    }

    deinit { memory.deallocate() }

    /// Grows with zeros or cuts.
    func resize(to size: Int) {
        if size > memory.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(size, memory.count * 2), alignment: 16)
            larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
            memory.deallocate()
            memory = larger
        }
        if size > count {
            UnsafeMutableRawBufferPointer(rebasing: memory[count..<size])
                .initializeMemory(as: UInt8.self, repeating: 0)
        }
        count = size
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard !bytes.isEmpty else { return }
        if offset + bytes.count > count { resize(to: offset + bytes.count) }
        UnsafeMutableRawBufferPointer(rebasing: memory[offset..<(offset + bytes.count)])
            .copyMemory(from: bytes)
    }

    /// - Returns: how much of it there was.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let length = min(target.count, max(count - offset, 0))
        guard length > 0 else { return 0 }
        target.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: memory[offset..<(offset + length)]))
        return length
    }

    /// Flips every bit of a range, for damage on purpose.
    func invert(_ range: Range<Int>) {
        for index in range.clamped(to: 0..<count) { memory[index] = ~memory[index] }
    }
}
