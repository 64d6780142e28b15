import CSQLite

/// The memory that the connections of one database share in WAL mode, with its eight locks.
final class SharedMemory {
    var users = 0
    private var regions: [UnsafeMutableRawPointer] = []
    private var sharers: [Set<ObjectIdentifier>] = Array(repeating: [], count: 8)
    private var owners: [ObjectIdentifier?] = Array(repeating: nil, count: 8)

    deinit {
        for region in regions { region.deallocate() }
    }

    func has(_ index: Int) -> Bool { index < regions.count }

    func region(_ index: Int, size: Int, extends: Bool) -> UnsafeMutableRawPointer? {
        while extends, regions.count <= index {
            let region = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
            region.initializeMemory(as: UInt8.self, repeating: 0, count: size)
            regions.append(region)
        }
        return index < regions.count ? regions[index] : nil
    }

    func lock(_ user: ObjectIdentifier, _ slots: Range<Int>, isExclusive: Bool) -> Bool {
        for slot in slots {
            if let owner = owners[slot], owner != user { return false }
            if isExclusive, sharers[slot].contains(where: { $0 != user }) { return false }
        }
        for slot in slots {
            if isExclusive { owners[slot] = user } else { sharers[slot].insert(user) }
        }
        return true
    }

    func unlock(_ user: ObjectIdentifier, _ slots: Range<Int>) {
        for slot in slots {
            sharers[slot].remove(user)
            if owners[slot] == user { owners[slot] = nil }
        }
    }
}
