import Access
import CSQLite
import Encryption
import Execution
import Values

/// One connection and its prepared statements.
///
/// `@unchecked Sendable` because it wraps C handles that are opened without SQLite's own mutex:
/// exactly one thread uses a connection at a time, the writer's under a `Mutex`, a reader's between
/// taking it from the pool and giving it back.
final class Connection: @unchecked Sendable {
    enum Access {
        case readWrite
        case readOnly
        /// The file itself, without its log and without locks: for a look at what nobody has open.
        case alone
    }

    private let handle: OpaquePointer
    private let arena = BindArena()
    private var prepared: [Statement?]
    /// Of declared indexes, by collection and declaration; nil: to be read.
    var indexNumbers: [ExactText: [ExactText: Int64]]?
    /// nil: nobody has to know afterwards how far its log had come.
    var watch: LogWatch?
    /// Of what was overwritten to be forgotten.
    var remains = Remains.nowhere
    let keys: KeyRing

    init(
        path: String, access: Access, vfs: String? = nil, keys: KeyRing = .none
    ) throws(StoreError) {
        self.keys = keys
        var opened: OpaquePointer?
        // SQLite gives the files beside a database the mode that the database has.
        if access == .readWrite, vfs == nil { PrivateFiles.reserve(path) }
        let flags =
            switch access {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .alone: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        let name = access == .alone ? Self.immutable(path) : path
        let code = sqlite3_open_v2(name, &opened, flags | SQLITE_OPEN_NOMUTEX, vfs)
        guard code == SQLITE_OK, let opened else {
            let failure = Failure(code: code, on: opened)
            sqlite3_close_v2(opened)
            throw .unavailable("\(path): \(failure.message)")
        }
        handle = opened
        prepared = Array(repeating: nil, count: SQL.allCases.count)
        sqlite3_extended_result_codes(handle, 1)
        // A start that is refused changes nothing; what is moved is moved on purpose (`moveLog`).
        _ = csqlite_keep_log_on_close(handle)
        sqlite3_busy_timeout(handle, Self.patience)
    }

    deinit {
        prepared = []
        sqlite3_close_v2(handle)
    }

    /// A cached statement, ready for its values.
    func statement(_ sql: SQL) throws(StoreError) -> Statement {
        if let statement = prepared[sql.rawValue] {
            statement.reset()
            return statement
        }
        let statement = try prepare(sql.text, persistent: true)
        prepared[sql.rawValue] = statement
        return statement
    }

    /// A statement that is used once.
    func prepare(_ sql: String, persistent: Bool = false) throws(StoreError) -> Statement {
        var statement: OpaquePointer?
        let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw Failure(code: code, on: handle).storeError
        }
        arena.reset()
        return Statement(handle: statement, arena: arena, keys: keys)
    }

    func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw Failure(code: code, on: handle).storeError }
    }

    /// Moves what the log holds into the database, durably. A reader from outside or a full disk holds that up, and
    /// nothing else: what is in the log stays there.
    /// - Parameter patience: how long to wait for readers, in milliseconds.
    /// - Returns: whether the log is empty now.
    @discardableResult
    func moveLog(patience: Int32) throws(StoreError) -> Bool {
        sqlite3_busy_timeout(handle, patience)
        defer { sqlite3_busy_timeout(handle, Self.patience) }
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        return try isDone(code)
    }

    /// - Returns: whether all of the log is in the database, durably; whoever reads an older moment is not waited for.
    func copyLog() throws(StoreError) -> Bool {
        var (all, copied): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(
            handle, nil, SQLITE_CHECKPOINT_PASSIVE, &all, &copied)
        return try isDone(code) && all == copied
    }

    private func isDone(_ code: Int32) throws(StoreError) -> Bool {
        switch code & 0xFF {
        case SQLITE_OK: return true
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL: return false
        default: throw Failure(code: code, on: handle).storeError
        }
    }

    /// The index of the log, once something was read: through the file that SQLite has open, since closing another one
    /// would let go of the locks on it.
    var logIndex: UnsafeRawPointer? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = withUnsafeMutablePointer(to: &file) {
            sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, $0)
        }
        guard code == SQLITE_OK, let file, let map = file.pointee.pMethods?.pointee.xShmMap else {
            return nil
        }
        var memory: UnsafeMutableRawPointer?
        guard map(file, 0, 32 << 10, 0, &memory) == SQLITE_OK else { return nil }
        return UnsafeRawPointer(memory)
    }

    private static func immutable(_ path: String) -> String {
        let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f")
            .replacing("#", with: "%23")
        return "file:\(escaped)?immutable=1"
    }

    /// Writes every page anew: nothing that is not a row's is left.
    func vacuum() throws(StoreError) {
        for statement in prepared { statement?.reset() }
        try execute("VACUUM")
    }

    /// Milliseconds that a lock is waited for.
    private static let patience: Int32 = 5000

    /// The single value that a pragma answers with.
    func pragma(_ text: String) throws(StoreError) -> String {
        try prepare("PRAGMA \(text)").first { (row) throws(StoreError) in try row.text(0) } ?? ""
    }

    /// Of what was inserted last.
    var lastRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Rows inserted, updated and deleted since the connection was opened.
    var totalChanges: Int64 { sqlite3_total_changes64(handle) }

    /// All that `body` writes, or nothing; returns after the flush.
    func transaction(
        _ body: (Connection) throws(StoreError) -> Void
    ) throws(StoreError) {
        rollBackIfOpen()
        try statement(.begin).run()
        do throws(StoreError) {
            try body(self)
        } catch {
            rollBackIfOpen()
            throw error
        }
        try finish()
    }

    /// Reads of one moment.
    func snapshot<T>(_ body: (Connection) throws(StoreError) -> T) throws(StoreError) -> T {
        rollBackIfOpen()
        try statement(.beginRead).run()
        defer { rollBackIfOpen() }
        return try body(self)
    }

    private func finish() throws(StoreError) {
        let commit = try statement(.commit)
        do throws(Failure) {
            _ = try commit.advance()
        } catch {
            rollBackIfOpen()
            throw error.commitError
        }
    }

    private func rollBackIfOpen() {
        guard sqlite3_get_autocommit(handle) == 0 else { return }
        sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }
}
