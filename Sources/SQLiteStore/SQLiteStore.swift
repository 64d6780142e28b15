// SQLiteStore: Pawl's durability on one SQLite file, through SQLite's C API.
//
// Theory of operation. `pawl.db` runs in WAL mode with `synchronous=FULL`: a commit that returned
// is on the disk. One connection writes, behind a mutex; `commit` is one transaction over all
// commits that it is given, so that one flush serves many (group commit). Readers have connections
// of their own from a small pool and see what was committed before they began. Locks on the folder and on a file
// keep a second server out for the life of the process; readers from other processes are welcome. Nothing
// is repaired: a file that is no Pawl database, newer than this program or damaged is refused with
// its name.

import Encryption
import Execution
import Synchronization
import Values

package final class SQLiteStore: Store {
    package enum Mode: Sendable {
        /// For the one server.
        case readWrite
        /// For a look from outside, also while a server runs. Writing throws `.unavailable`.
        case readOnly
        /// For work that is simply done again after a crash, like a replay: nothing is flushed before `flush`.
        /// Never for a server.
        case bulk
    }

    /// What was written since the store was opened.
    package struct Statistics: Sendable, Hashable {
        package var commits = 0
        /// Transactions, each of which waited for the disk once.
        package var flushes = 0
        /// Rows inserted, updated and deleted.
        package var rowsWritten: Int64 = 0
    }

    /// What was open to others when it was found, a sentence each.
    package let remarks: [String]
    /// Why it may not be the database that was last in its folder; whoever lets anything leave the process confirms it first.
    package let doubt: Doubt?
    let readers: ReaderPool
    private let isReadOnly: Bool
    /// nil when nothing is written here, or not any more.
    private let writer: Mutex<Connection?>
    private let counts = Mutex(Statistics())
    private let lock: Mutex<(any AnyObject & Sendable)?>
    /// Last, so that it outlives the connections.
    private let disk: any Disk

    private init(
        readers: ReaderPool, writer: Connection?, lock: (any AnyObject & Sendable)?, disk: any Disk,
        remarks: [String] = [], doubt: Doubt? = nil
    ) {
        self.remarks = remarks
        self.doubt = doubt
        self.readers = readers
        isReadOnly = writer == nil
        self.writer = Mutex(writer)
        self.lock = Mutex(lock)
        self.disk = disk
    }

    /// Opens `pawl.db` in a folder; to write, makes both unless they exist.
    ///
    /// Throws `.unavailable` when another server uses the folder or (reading) there is no database,
    /// `.unknownSchema` when the file is another program's or a newer one's, `.corrupt` when a
    /// check of it fails or something acknowledged is missing.
    /// - Parameter acceptsLoss: what is missing does not hold up the start; the store says so (`doubt`).
    package static func open(
        directory: String, mode: Mode, disk: any Disk = SystemDisk(),
        durability: Durability = .server, acceptingLoss acceptsLoss: Bool = false,
        keys: KeyRing = .none
    ) throws(StoreError) -> SQLiteStore {
        let path = DataDirectory.databasePath(in: directory)
        guard mode != .readOnly else {
            try disk.requireOwn(directory)
            return try open(readingFrom: path, disk, keys: keys)
        }
        if mode == .readWrite {
            try Wholeness.requireDatabase(in: directory, disk, acceptingLoss: acceptsLoss)
        }
        let remarks = try disk.create(directory)
        let lock = try disk.lock(directory)
        let isWatched = mode == .readWrite
        let whole = isWatched ? Wholeness(directory, disk) : nil
        let writer = try Connection(path: path, access: .readWrite, vfs: disk.vfs, keys: keys)
        let doubt = try whole?.judge(writer, acceptingLoss: acceptsLoss)
        try Opening.prepareWriter(writer, isWatched ? durability : .bulk, isWatched: isWatched)
        try writer.requireKeys()
        try disk.flush(directory)
        try disk.flush(DataDirectory.logPath(in: directory))
        if isWatched {
            let note = disk.note(DataDirectory.statePath(in: directory))
            try Opening.settle(writer, after: try writer.mark(), doubt, note, durability)
        } else {
            try Opening.settle(writer)
        }
        let store = SQLiteStore(
            readers: ReaderPool(path: path, vfs: disk.vfs, keys: keys), writer: writer, lock: lock,
            disk: disk,
            remarks: remarks, doubt: doubt)
        try store.noteKeys()
        if try store.hasRemains() { store.clean() }
        return store
    }

    /// What would become of a folder whose database was opened now; a server may have it open.
    /// - Throws: as `open`; `.unavailable` when there is none.
    package static func doubt(
        of directory: String, disk: any Disk = SystemDisk()
    ) throws(StoreError) -> Doubt? {
        do throws(StoreError) {
            return try look(at: directory, disk)
        } catch .corrupt {
            // A server that has it open may have begun two logs between the two looks at it.
            return try look(at: directory, disk)
        }
    }

    private static func look(
        at directory: String, _ disk: any Disk
    ) throws(StoreError) -> Doubt? {
        try Wholeness.requireDatabase(in: directory, disk, acceptingLoss: false)
        let whole = Wholeness(directory, disk)
        let path = DataDirectory.databasePath(in: directory)
        let connection = try Connection(path: path, access: .readOnly, vfs: disk.vfs)
        return try whole.judge(connection, acceptingLoss: false)
    }

    /// This is the database of the folder from now on, whatever was there last.
    package func confirm() {
        writer.withLock { $0?.confirmMark() }
    }

    /// Any file that is a database of this version.
    static func open(
        readingFrom path: String, _ disk: any Disk = SystemDisk(), keys: KeyRing = .none
    ) throws(StoreError) -> SQLiteStore {
        let readers = ReaderPool(path: path, vfs: disk.vfs, keys: keys)
        try readers.read { (connection) throws(StoreError) in
            try Schema.requireCurrent(connection)
            try connection.requireKeys()
        }
        return SQLiteStore(readers: readers, writer: nil, lock: nil, disk: disk)
    }

    /// Makes everything that was written in bulk durable; from here on every commit is flushed.
    package func flush() throws(StoreError) {
        try writer.withLock { (connection) throws(StoreError) in
            try connection?.execute("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// For a clean stop: from now on `pawl.db` alone is the whole database, as far as no reader from outside holds
    /// the log. Nothing more is written, and whoever comes next may, however long this value is held.
    package func settle() throws(StoreError) {
        defer { lock.withLock { $0 = nil } }
        try writer.withLock { (connection) throws(StoreError) in
            defer { connection = nil }
            try connection?.endMark()
        }
    }

    /// What is no transaction.
    func onWriter(_ body: (Connection) throws(StoreError) -> Void) throws(StoreError) {
        try writer.withLock { (connection) throws(StoreError) in
            if let connection { try body(connection) }
        }
    }

    package var statistics: Statistics { counts.withLock { $0 } }

    /// Every page and row looked at (`pawl doctor`); it takes time with the file's size.
    /// - Returns: what is wrong, in SQLite's words; empty when nothing is.
    package func check() throws(StoreError) -> [String] {
        let lines = try readers.read { (connection) throws(StoreError) in
            try connection.prepare("PRAGMA integrity_check(100)")
                .rows { (row) throws(StoreError) in try row.text(0) }
        }
        return lines == ["ok"] ? [] : lines
    }

    /// One transaction on the writer's connection.
    func write(
        commits: Int = 0, _ body: (Connection) throws(StoreError) -> Void
    ) throws(StoreError) {
        let rows = try writer.withLock { (connection) throws(StoreError) in
            guard let connection else {
                throw .unavailable(
                    isReadOnly
                        ? "the store was opened for reading only"
                        : "the store is settled: nothing more is written")
            }
            var before = connection.totalChanges
            try connection.transaction { (connection) throws(StoreError) in
                try connection.carryMark()
                before = connection.totalChanges
                try body(connection)
            }
            let rows = connection.totalChanges - before
            connection.noteCommit()
            return rows
        }
        counts.withLock {
            $0.commits += commits
            $0.flushes += 1
            $0.rowsWritten += rows
        }
    }
}
