import CSQLite
import Execution
import Foundation
import SQLiteStore

/// A disk in memory, as SQLite sees it through a VFS of its own: it records what is done to it, its machine can
/// lose power, its process can be killed, and its system calls can fail.
///
/// Theory of operation. The VFS behaves as SQLite's for Unix does: the same characteristics and sector size, a
/// folder that is synced with the first sync of a new journal, short writes that are a full disk, POSIX locks
/// and shared memory that end with the process. Shared memory is not recorded: whoever opens the database first
/// after a failure begins with an empty one.
///
/// `@unchecked Sendable` because SQLite holds pointers to it; `lock` guards all that changes.
package final class SimulatedDisk: Disk, @unchecked Sendable {
    package let vfs: String?
    private let lock = NSLock()
    private let table: UnsafeMutablePointer<sqlite3_vfs>
    private let name: UnsafeMutablePointer<CChar>?

    /// What running processes see: the page cache over the platter.
    private var content: DiskContent
    var shared: [Int: SharedMemory] = [:]
    var locks: [Int: [ObjectIdentifier: Int32]] = [:]
    private var lastFile: Int
    private var isLocked: DirectoryUse?
    var life = 0
    private var operationsLeft: Int?
    private var recorded: [DiskOperation] = []
    var faults = DiskFaults()
    private var random: SeededRandom

    private static let names = Names()

    package convenience init(seed: UInt64 = 1) {
        self.init(DiskContent(), seed: seed)
    }

    init(_ content: DiskContent, seed: UInt64) {
        self.content = content
        lastFile = content.files.keys.max() ?? 0
        random = SeededRandom(seed: seed)
        let vfs = Self.names.next()
        self.vfs = vfs
        name = strdup(vfs)
        table = .allocate(capacity: 1)
        table.initialize(to: sqlite3_vfs())
        VFSTable.describe(self, as: name, in: table)
        sqlite3_initialize()
        sqlite3_vfs_register(table, 0)
    }

    deinit {
        sqlite3_vfs_unregister(table)
        table.deallocate()
        free(name)
    }

    func locked<T>(_ body: () -> T) -> T {
        lock.lock()
        defer { lock.unlock() }
        return body()
    }

    // MARK: For tests

    /// Operations so far.
    package var position: Int { locked { recorded.count } }

    var operations: [DiskOperation] { locked { recorded } }

    /// `kill -9` of whoever has files open: memory and locks are gone, the page cache stays.
    package func kill() {
        locked { endLife() }
    }

    /// Kills the process at the n-th operation from now on; it is not carried out.
    package func kill(after count: Int) {
        locked { operationsLeft = count }
    }

    package func killNoMore() {
        locked { operationsLeft = nil }
    }

    /// How many processes have been killed.
    package var lives: Int { locked { life } }

    /// What every process sees.
    func snapshot() -> DiskContent { locked { DiskContent(copying: content) } }

    /// The disk after the power has failed, and nothing that was not synced has reached it.
    package func afterPowerLoss() -> SimulatedDisk {
        var platter = Platter()
        for operation in operations { platter.take(operation) }
        return SimulatedDisk(platter.synced, seed: 1)
    }

    /// The disk with every bit of a range of a file turned over.
    package func damaged(_ path: String, _ range: Range<Int>) -> SimulatedDisk {
        let content = snapshot()
        content.named[path]?.invert(range)
        return SimulatedDisk(content, seed: 1)
    }

    package func size(of path: String) -> Int { locked { content.named[path]?.count ?? 0 } }

    package func fail(_ faults: DiskFaults) {
        locked { self.faults = faults }
    }

    /// System calls since `fail`, and how many of them failed.
    package var faultCounts: (calls: Int, failed: Int) { locked { (faults.calls, faults.failed) } }

    private func endLife() {
        life += 1
        operationsLeft = nil
        shared = [:]
        locks = [:]
        isLocked = nil
    }

    // MARK: Disk

    package func create(_ directory: String) throws(StoreError) -> [String] { [] }

    package func requireOwn(_ directory: String) throws(StoreError) {}

    package func lock(_ directory: String) throws(StoreError) -> any AnyObject & Sendable {
        let use = DirectoryUse()
        let isFree = locked { () -> Bool in
            guard isLocked?.isHeld != true else { return false }
            isLocked = use
            return true
        }
        guard isFree else { throw .unavailable("\(directory) is in use") }
        return DirectoryHold(use)
    }

    package func hasFile(_ path: String) -> Bool { locked { content.names[path] != nil } }

    package func hasContent(_ path: String) -> Bool {
        locked { content.names[path].flatMap { content.files[$0] }.map { $0.count > 0 } ?? false }
    }

    package func note(_ path: String) -> any DiskNote { SimulatedNote(self, path, life: lives) }

    package func flush(_ path: String) throws(StoreError) {
        let code = locked { () -> Int32 in
            if let file = content.names[path] { return carryOut(.sync(file: file), as: .sync) }
            guard content.names.keys.contains(where: { $0.hasPrefix("\(path)/") }) else {
                return SQLITE_OK
            }
            return carryOut(.syncDirectory, as: .sync)
        }
        guard code == SQLITE_OK else { throw .outcomeUnknown("\(path): fsync failed") }
    }
}

// MARK: - Notes

extension SimulatedDisk {
    func text(of path: String) -> String? {
        locked {
            guard let file = content.names[path].flatMap({ content.files[$0] }) else { return nil }
            var bytes = [UInt8](repeating: 0, count: file.count)
            _ = bytes.withUnsafeMutableBytes { file.read(into: $0, at: 0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// As the notes of the machine's disk: one write, and where it is flushed the file and its name.
    func write(_ text: String, to path: String, life: Int, isFlushed: Bool) -> Bool {
        locked {
            guard life == self.life else { return false }
            if content.names[path] == nil {
                lastFile += 1
                let code = carryOut(.link(name: path, file: lastFile), as: .create)
                guard code == SQLITE_OK else { return false }
            }
            guard let file = content.names[path] else { return false }
            let write = DiskOperation.write(file: file, offset: 0, bytes: Array(text.utf8))
            guard carryOut(write, as: .write) == SQLITE_OK else { return false }
            guard isFlushed else { return true }
            return carryOut(.sync(file: file), as: .sync) == SQLITE_OK
                && carryOut(.syncDirectory, as: .sync) == SQLITE_OK
        }
    }
}

private struct SimulatedNote: DiskNote {
    private let disk: SimulatedDisk
    private let path: String
    private let life: Int

    init(_ disk: SimulatedDisk, _ path: String, life: Int) {
        self.disk = disk
        self.path = path
        self.life = life
    }

    func read() -> String? { disk.text(of: path) }

    func write(_ text: String, isFlushed: Bool) -> Bool {
        disk.write(text, to: path, life: life, isFlushed: isFlushed)
    }
}

// MARK: - Files

extension SimulatedDisk {
    /// What an open file is to SQLite.
    final class Handle {
        let disk: SimulatedDisk
        let file: Int
        let life: Int
        /// A new journal: its first sync makes its name durable.
        var syncsDirectory: Bool
        let isRecorded: Bool
        var shared: SharedMemory?

        init(_ disk: SimulatedDisk, _ file: Int, life: Int, isJournal: Bool, isRecorded: Bool) {
            self.disk = disk
            self.file = file
            self.life = life
            self.syncsDirectory = isJournal
            self.isRecorded = isRecorded
        }
    }

    enum Opened {
        case file(Handle, isReadOnly: Bool)
        case failed(Int32)
    }

    func open(_ path: String?, flags: Int32) -> Opened {
        locked {
            if let code = faults.strike(.open) { return .failed(code) }
            guard let path else {
                lastFile += 1
                content.files[lastFile] = FileBytes()
                return .file(
                    Handle(self, lastFile, life: life, isJournal: false, isRecorded: false),
                    isReadOnly: false)
            }
            if let file = content.names[path] {
                let handle = Handle(self, file, life: life, isJournal: false, isRecorded: true)
                let isReadOnly = flags & SQLITE_OPEN_READONLY != 0 || faults.isReadOnly
                return .file(handle, isReadOnly: isReadOnly)
            }
            guard flags & SQLITE_OPEN_CREATE != 0, !faults.isReadOnly else {
                return .failed(SQLITE_CANTOPEN)
            }
            lastFile += 1
            let code = carryOut(.link(name: path, file: lastFile), as: .create)
            guard code == SQLITE_OK else { return .failed(code) }
            let journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL
            let handle = Handle(
                self, lastFile, life: life, isJournal: flags & journals != 0, isRecorded: true)
            return .file(handle, isReadOnly: false)
        }
    }

    func delete(_ path: String, syncsDirectory: Bool) -> Int32 {
        locked {
            guard content.names[path] != nil else { return DiskCode.deleteMissing }
            let code = carryOut(.unlink(name: path), as: .delete)
            guard code == SQLITE_OK, syncsDirectory else { return code }
            return carryOut(.syncDirectory, as: .sync)
        }
    }

    func exists(_ path: String) -> Bool {
        locked {
            guard let file = content.names[path].flatMap({ content.files[$0] }) else {
                return false
            }
            return file.count > 0
        }
    }

    func read(_ handle: Handle, into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32
    {
        locked {
            guard handle.life == life else { return DiskCode.read }
            if let code = faults.strike(.read) { return code }
            let count = content.file(handle.file)?.read(into: target, at: offset) ?? 0
            guard count < target.count else { return SQLITE_OK }
            UnsafeMutableRawBufferPointer(rebasing: target[count...])
                .initializeMemory(as: UInt8.self, repeating: 0)
            return DiskCode.shortRead
        }
    }

    func write(_ handle: Handle, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int32 {
        locked {
            guard handle.life == life else { return DiskCode.write }
            guard handle.isRecorded else {
                content.made(handle.file).write(bytes, at: offset)
                return SQLITE_OK
            }
            return carryOut(
                .write(file: handle.file, offset: offset, bytes: Array(bytes)), as: .write)
        }
    }

    func truncate(_ handle: Handle, to size: Int) -> Int32 {
        locked {
            guard handle.life == life else { return DiskCode.truncate }
            return carryOut(.truncate(file: handle.file, size: size), as: .truncate)
        }
    }

    func sync(_ handle: Handle) -> Int32 {
        locked {
            guard handle.life == life else { return DiskCode.sync }
            let code = carryOut(.sync(file: handle.file), as: .sync)
            guard code == SQLITE_OK, handle.syncsDirectory else { return code }
            handle.syncsDirectory = false
            return carryOut(.syncDirectory, as: .sync)
        }
    }

    func size(_ handle: Handle) -> Int { locked { content.file(handle.file)?.count ?? 0 } }

    func close(_ handle: Handle) {
        locked {
            if handle.life == life { locks[handle.file]?[ObjectIdentifier(handle)] = nil }
            if !handle.isRecorded { content.files[handle.file] = nil }
        }
    }

    func randomBytes(into target: UnsafeMutableRawBufferPointer) {
        locked {
            for index in target.indices { target[index] = UInt8(random.below(256)) }
        }
    }

    /// Carries out an operation unless a fault or the end of the process comes between. Only under `lock`.
    private func carryOut(_ operation: DiskOperation, as call: DiskCall) -> Int32 {
        if let left = operationsLeft {
            operationsLeft = left - 1
            if left <= 1 {
                endLife()
                return call.code
            }
        }
        if let code = faults.strike(call) {
            if case .write(let file, let offset, let bytes) = operation, faults.writesShort {
                let part = Array(bytes.prefix(bytes.count / 2))
                record(.write(file: file, offset: offset, bytes: part))
            }
            if case .sync(let file) = operation { record(.failedSync(file: file)) }
            return code
        }
        record(operation)
        return SQLITE_OK
    }

    private func record(_ operation: DiskOperation) {
        content.apply(operation)
        recorded.append(operation)
    }
}

/// Names no two disks share.
private final class Names: @unchecked Sendable {
    private let lock = NSLock()
    private var last = 0

    func next() -> String {
        lock.lock()
        defer { lock.unlock() }
        last += 1
        return "pawl-disk-\(last)"
    }
}

/// Whether a folder is in use; its holder may outlive its process, which no longer counts.
private final class DirectoryUse: @unchecked Sendable {
    private let lock = NSLock()
    private var held = true

    var isHeld: Bool { lock.withLock { held } }

    func end() { lock.withLock { held = false } }
}

private final class DirectoryHold: Sendable {
    private let use: DirectoryUse

    init(_ use: DirectoryUse) { self.use = use }

    deinit { use.end() }
}
