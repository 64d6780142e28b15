import CSQLite
import Foundation

private typealias Handle = SimulatedDisk.Handle

private let handleOffset = MemoryLayout<sqlite3_file>.stride
/// As SQLite's VFS for Unix reports it.
private let sectorSize: Int32 = 4096
/// A day at noon; nothing of Pawl's asks SQLite for the time.
private let julianMilliseconds: Int64 = 212_000_000_000_000

/// A disk as a table of C functions. SQLite allocates an open file as `sqlite3_file` and a word in which the
/// handle lies.
enum VFSTable {
    static func describe(
        _ disk: SimulatedDisk, as name: UnsafeMutablePointer<CChar>?,
        in table: UnsafeMutablePointer<sqlite3_vfs>
    ) {
        table.pointee.iVersion = 2
        table.pointee.szOsFile = Int32(handleOffset + MemoryLayout<UnsafeRawPointer>.stride)
        table.pointee.mxPathname = 512
        table.pointee.zName = UnsafePointer(name)
        table.pointee.pAppData = Unmanaged.passUnretained(disk).toOpaque()
        describeNames(table)
        describeMachine(table)
    }

    private static func describeNames(_ table: UnsafeMutablePointer<sqlite3_vfs>) {
        table.pointee.xOpen = { table, path, file, flags, outFlags in
            guard let disk = disk(table), let file else { return SQLITE_CANTOPEN }
            file.pointee.pMethods = nil
            switch disk.open(path.map { String(cString: $0) }, flags: flags) {
            case .failed(let code): return code
            case .file(let handle, let isReadOnly):
                outFlags?.pointee =
                    isReadOnly
                    ? flags & ~SQLITE_OPEN_READWRITE | SQLITE_OPEN_READONLY : flags
                UnsafeMutableRawPointer(file).storeBytes(
                    of: Unmanaged.passRetained(handle).toOpaque(), toByteOffset: handleOffset,
                    as: UnsafeMutableRawPointer.self)
                file.pointee.pMethods = UnsafePointer(methods.table)
                return SQLITE_OK
            }
        }
        table.pointee.xDelete = { table, path, syncs in
            guard let disk = disk(table), let path else { return SQLITE_IOERR }
            return disk.delete(String(cString: path), syncsDirectory: syncs != 0)
        }
        table.pointee.xAccess = { table, path, _, result in
            guard let disk = disk(table), let path else { return SQLITE_IOERR }
            result?.pointee = disk.exists(String(cString: path)) ? 1 : 0
            return SQLITE_OK
        }
        table.pointee.xFullPathname = { _, path, count, result in
            guard let path, let result, strlen(path) < Int(count) else { return SQLITE_CANTOPEN }
            strcpy(result, path)
            return SQLITE_OK
        }
    }

    private static func describeMachine(_ table: UnsafeMutablePointer<sqlite3_vfs>) {
        table.pointee.xRandomness = { table, count, target in
            guard let disk = disk(table), let target else { return 0 }
            disk.randomBytes(
                into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
            return count
        }
        table.pointee.xSleep = { _, microseconds in microseconds }
        table.pointee.xGetLastError = { _, _, _ in 0 }
        table.pointee.xCurrentTime = { _, result in
            result?.pointee = Double(julianMilliseconds) / 86_400_000
            return SQLITE_OK
        }
        table.pointee.xCurrentTimeInt64 = { _, result in
            result?.pointee = julianMilliseconds
            return SQLITE_OK
        }
    }

    fileprivate static func describeFiles(_ methods: inout sqlite3_io_methods) {
        methods.xClose = { file in
            guard let reference = reference(file) else { return SQLITE_OK }
            let handle = reference.takeUnretainedValue()
            handle.disk.close(handle)
            reference.release()
            return SQLITE_OK
        }
        methods.xRead = { file, target, count, offset in
            guard let handle = handle(file) else { return SQLITE_IOERR }
            let buffer = UnsafeMutableRawBufferPointer(start: target, count: Int(count))
            return handle.disk.read(handle, into: buffer, at: Int(offset))
        }
        methods.xWrite = { file, source, count, offset in
            guard let handle = handle(file) else { return SQLITE_IOERR }
            let buffer = UnsafeRawBufferPointer(start: source, count: Int(count))
            return handle.disk.write(handle, buffer, at: Int(offset))
        }
        methods.xTruncate = { file, size in
            handle(file).map { $0.disk.truncate($0, to: Int(size)) } ?? SQLITE_IOERR
        }
        methods.xSync = { file, _ in handle(file).map { $0.disk.sync($0) } ?? SQLITE_IOERR }
        methods.xFileSize = { file, size in
            guard let handle = handle(file) else { return SQLITE_IOERR }
            size?.pointee = Int64(handle.disk.size(handle))
            return SQLITE_OK
        }
        methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        methods.xSectorSize = { _ in sectorSize }
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    }

    fileprivate static func describeLocks(_ methods: inout sqlite3_io_methods) {
        methods.xLock = { file, level in
            handle(file).map { $0.disk.lock($0, to: level) } ?? SQLITE_IOERR
        }
        methods.xUnlock = { file, level in
            if let handle = handle(file) { handle.disk.unlock(handle, to: level) }
            return SQLITE_OK
        }
        methods.xCheckReservedLock = { file, result in
            result?.pointee = handle(file).map { $0.disk.isReserved($0) } == true ? 1 : 0
            return SQLITE_OK
        }
        methods.xShmMap = { file, index, size, extends, memory in
            guard let handle = handle(file) else { return SQLITE_IOERR }
            let region = handle.disk.region(
                handle, Int(index), size: Int(size), extends: extends != 0)
            memory?.pointee = region.memory
            return region.code
        }
        methods.xShmLock = { file, first, count, flags in
            guard let handle = handle(file) else { return SQLITE_IOERR }
            let slots = Int(first)..<Int(first + count)
            return handle.disk.lockShared(handle, slots, flags: flags)
        }
        methods.xShmBarrier = { file in handle(file)?.disk.barrier() }
        methods.xShmUnmap = { file, _ in
            if let handle = handle(file) { handle.disk.unmapShared(handle) }
            return SQLITE_OK
        }
    }
}

private func disk(_ table: UnsafeMutablePointer<sqlite3_vfs>?) -> SimulatedDisk? {
    table?.pointee.pAppData.map {
        Unmanaged<SimulatedDisk>.fromOpaque($0).takeUnretainedValue()
    }
}

private func reference(_ file: UnsafeMutablePointer<sqlite3_file>?)
    -> Unmanaged<Handle>?
{
    guard let file else { return nil }
    let word = UnsafeMutableRawPointer(file).load(
        fromByteOffset: handleOffset, as: UnsafeMutableRawPointer?.self)
    return word.map { Unmanaged<Handle>.fromOpaque($0) }
}

private func handle(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Handle? {
    reference(file)?.takeUnretainedValue()
}

/// `@unchecked Sendable`: written once, then only read.
private final class Methods: @unchecked Sendable {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)

    init() {
        table.initialize(to: sqlite3_io_methods())
        table.pointee.iVersion = 2
        VFSTable.describeFiles(&table.pointee)
        VFSTable.describeLocks(&table.pointee)
    }
}

private let methods = Methods()
