/// Memory that the values of one statement lie in while it runs, so that binding text costs a copy
/// and no allocation. Reused from statement to statement; what does not fit SQLite copies itself.
final class BindArena {
    private let memory: UnsafeMutableRawBufferPointer
    private var used = 0

    init(capacity: Int = 64 << 10) {
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// Forgets all; only when no statement is bound to it any more.
    func reset() { used = 0 }

    /// A copy that lives until `reset`; nil when there is no room.
    func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        guard bytes.count <= memory.count - used, let base = memory.baseAddress else { return nil }
        let place = base + used
        if let source = bytes.baseAddress {
            place.copyMemory(from: source, byteCount: bytes.count)
        }
        used += bytes.count
        return UnsafeRawPointer(place)
    }
}
