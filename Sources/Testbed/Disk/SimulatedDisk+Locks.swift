import CSQLite

// MARK: - Locks

extension SimulatedDisk {
    /// SQLite's levels: shared 1, reserved 2, pending 3, exclusive 4.
    func lock(_ handle: Handle, to level: Int32) -> Int32 {
        locked {
            guard handle.life == life else { return DiskCode.lock }
            let own = ObjectIdentifier(handle)
            let held = locks[handle.file, default: [:]]
            let others = held.filter { $0.key != own }.values.max() ?? 0
            let current = held[own] ?? 0
            guard level > current else { return SQLITE_OK }
            let isFree =
                switch level {
                case SQLITE_LOCK_SHARED: others < SQLITE_LOCK_PENDING
                case SQLITE_LOCK_RESERVED: others < SQLITE_LOCK_RESERVED
                default: others == 0
                }
            guard isFree else { return SQLITE_BUSY }
            locks[handle.file, default: [:]][own] = level
            return SQLITE_OK
        }
    }

    func unlock(_ handle: Handle, to level: Int32) {
        locked {
            guard handle.life == life else { return }
            locks[handle.file]?[ObjectIdentifier(handle)] = level == 0 ? nil : level
        }
    }

    func isReserved(_ handle: Handle) -> Bool {
        locked {
            (locks[handle.file]?.values.max() ?? 0) >= SQLITE_LOCK_RESERVED
        }
    }

    // MARK: Shared memory

    func region(
        _ handle: Handle, _ index: Int, size: Int, extends: Bool
    ) -> (code: Int32, memory: UnsafeMutableRawPointer?) {
        locked {
            guard handle.life == life else { return (DiskCode.sharedMemory, nil) }
            let memory = shared[handle.file] ?? SharedMemory()
            if extends, !memory.has(index), let code = faults.strike(.mapShared) {
                return (code, nil)
            }
            shared[handle.file] = memory
            if handle.shared == nil {
                handle.shared = memory
                memory.users += 1
            }
            return (SQLITE_OK, memory.region(index, size: size, extends: extends))
        }
    }

    func lockShared(_ handle: Handle, _ slots: Range<Int>, flags: Int32) -> Int32 {
        locked {
            guard handle.life == life, let memory = handle.shared else { return DiskCode.lock }
            let user = ObjectIdentifier(handle)
            if flags & SQLITE_SHM_UNLOCK != 0 {
                memory.unlock(user, slots)
                return SQLITE_OK
            }
            let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
            return memory.lock(user, slots, isExclusive: isExclusive) ? SQLITE_OK : SQLITE_BUSY
        }
    }

    /// Taking the lock is a barrier.
    func barrier() { locked {} }

    func unmapShared(_ handle: Handle) {
        locked {
            guard let memory = handle.shared else { return }
            handle.shared = nil
            memory.unlock(ObjectIdentifier(handle), 0..<8)
            memory.users -= 1
            if handle.life == life, memory.users == 0 { shared[handle.file] = nil }
        }
    }
}
