import CSQLite
import Execution

/// A look at a database by SQL alone, so that a judge does not read it through the code on trial.
final class SQLiteShell {
    private let handle: OpaquePointer

    init() throws(StoreError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI
        let code = sqlite3_open_v2(":memory:", &opened, flags, nil)
        guard code == SQLITE_OK, let opened else { throw .unavailable("SQLite answers \(code)") }
        handle = opened
        // What is looked at stays as it is.
        _ = csqlite_keep_log_on_close(handle)
    }

    deinit { sqlite3_close_v2(handle) }

    func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// The first column of every row.
    func column(_ sql: String) throws(StoreError) -> [String] {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard code == SQLITE_OK else { throw failure(code) }
        defer { sqlite3_finalize(statement) }
        var result: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                result.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
            case SQLITE_DONE: return result
            case let code: throw failure(code)
            }
        }
    }

    /// The database of a disk, as `image`.
    func looking<T>(
        at disk: SimulatedDisk, _ body: (SQLiteShell) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        try execute(
            "ATTACH 'file:\(PowerLoss.directory)/pawl.db?vfs=\(disk.vfs ?? "")' AS image")
        let result: Result<T, StoreError>
        do throws(StoreError) {
            result = .success(try body(self))
        } catch {
            result = .failure(error)
        }
        try execute("DETACH image")
        return try result.get()
    }

    private func failure(_ code: Int32) -> StoreError {
        .corrupt("\(String(cString: sqlite3_errmsg(handle))) (SQLite \(code))")
    }
}

extension SQLiteShell {
    /// Two states of a database that differ by a commit differ in this.
    func fingerprint(of disk: SimulatedDisk) throws(StoreError) -> String {
        try looking(at: disk) { (shell) throws(StoreError) in try shell.fingerprint() }
    }

    /// Of the attached image.
    func fingerprint() throws(StoreError) -> String {
        try column(Self.fingerprintSQL).joined(separator: " ")
    }

    private static let fingerprintSQL = [
        ("instances", ["sum(revision)", "sum(updated_at)", "sum(length(body))"]),
        ("search_attributes", ["max(rowid)"]),
        ("history", ["max(rowid)", "sum(last)", "sum(length(entries))"]),
        ("timers", ["sum(due)", "sum(number)"]),
        ("calls", ["sum(activation)", "sum(dispatch)", "sum(length(data))"]),
        ("messages", ["sum(number)", "sum(length(data))"]),
        ("receipts", ["max(rowid)", "sum(length(data))"]),
        ("kept", ["max(arrival)"]),
        ("records", ["sum(revision)", "sum(length(body))"]),
        ("members", ["sum(number)", "sum(length(data))"]),
        ("incidents", ["count(closed_at)", "sum(number)"]),
        ("settings", ["sum(length(value))"]),
        ("definitions", ["sum(length(source))"]),
    ].map { table, terms in
        let all = (["count(*)"] + terms).map { "ifnull(\($0), 0)" }.joined(separator: " || '.' || ")
        return "SELECT '\(table) ' || \(all) FROM image.\(table)"
    }.joined(separator: " UNION ALL ")
}
