import CSQLite
import Definition
import Execution
import Foundation
import SQLiteStore
import Values

/// Recorded batches as bare statements and bytes, to be replayed through SQLite's C API.
struct Limit {
    enum Statement: Int, CaseIterable {
        case insertInstance, updateSteady, updateInstance, insertHistory, setCall, clearCall,
            setTimer, clearTimer

        /// The plainest text that leaves the same row.
        var text: String {
            switch self {
            case .insertInstance:
                """
                INSERT INTO instances (id, workflow, key, version, status, revision, states, started_at, \
                updated_at, ended_at, overdue_at, incidents, is_retrying, search, body) \
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """
            case .updateSteady:
                """
                UPDATE instances SET revision = ?, states = ?, updated_at = ?, body = ? \
                WHERE id = ? AND revision = ?
                """
            case .updateInstance:
                """
                UPDATE instances SET status = ?, revision = ?, states = ?, updated_at = ?, ended_at = ?, \
                body = ? WHERE id = ? AND revision = ?
                """
            case .insertHistory:
                "INSERT INTO history (instance, last, entries) VALUES (?,?,?)"
            case .setCall:
                "INSERT INTO calls (instance, activation, dispatch, data) VALUES (?,?,?,?)"
            case .clearCall:
                "DELETE FROM calls WHERE instance = ? AND activation = ? AND dispatch = ?"
            case .setTimer: "INSERT INTO timers (instance, kind, number, due) VALUES (?,?,?,?)"
            case .clearTimer: "DELETE FROM timers WHERE instance = ? AND kind = ? AND number = ?"
            }
        }
    }

    enum Cell {
        case integer(Int64)
        case null
        case text(Range<Int>)
        case blob(Range<Int>)
    }

    struct Row {
        let statement: Statement
        let cells: Range<Int>
    }

    private(set) var batches: [Range<Int>] = []
    private(set) var rows: [Row] = []
    private(set) var cells: [Cell] = []
    private(set) var bytes: [UInt8] = []
    private(set) var commits = 0

    init(batches recorded: [[Commit]]) throws {
        for batch in recorded {
            let start = rows.count
            for commit in batch { try add(commit) }
            batches.append(start..<rows.count)
            commits += batch.count
        }
        guard commits > 0 else { throw BenchError("nothing was recorded") }
    }

    private mutating func add(_ commit: Commit) throws {
        guard let instance = commit.instance, instance.summary.search.isEmpty,
            commit.messagesSent.isEmpty, commit.records.isEmpty, commit.receipt == nil
        else { throw BenchError("the recorded commits hold rows that the limit does not know") }
        add(instance)
        if let last = commit.history.last {
            let entries = commit.history.map { entry -> Value in
                [
                    .int(entry.sequence), .int(entry.at.milliseconds), .string(entry.kind),
                    entry.data,
                ]
            }
            add(
                .insertHistory,
                [
                    .integer(last.instance.rawValue), .integer(last.sequence),
                    text(JSON.encode(.list(entries))),
                ])
        }
        for id in commit.callsCleared { add(.clearCall, identity(id)) }
        for call in commit.callsSet { add(.setCall, identity(call.id) + [text(call.encodedJSON)]) }
    }

    private mutating func add(_ instance: InstanceWrite) {
        let summary = instance.summary
        let states = text(Array(summary.states.joined(separator: " ").utf8))
        let (updated, body) = (Cell.integer(summary.updatedAt.milliseconds), blob(instance.body))
        let (id, revision) = (Cell.integer(instance.id.rawValue), Cell.integer(instance.revision))
        let before = Cell.integer(instance.revision - 1)
        if instance.revision == 1 {
            add(
                .insertInstance,
                [
                    id, text(Array(instance.name.workflow.utf8)),
                    text(Array(instance.name.key.utf8)), .integer(Int64(instance.version)),
                    text(Array(instance.status.rawValue.utf8)), revision, states,
                    .integer(summary.startedAt.milliseconds), updated, moment(summary.endedAt),
                    moment(summary.overdueAt), .integer(0), .integer(0), text(Array("{}".utf8)),
                    body,
                ])
        } else if instance.status == .running {
            add(.updateSteady, [revision, states, updated, body, id, before])
        } else {
            add(
                .updateInstance,
                [
                    text(Array(instance.status.rawValue.utf8)), revision, states, updated,
                    moment(summary.endedAt), body, id, before,
                ])
        }
    }

    private func moment(_ moment: Timestamp?) -> Cell {
        moment.map { .integer($0.milliseconds) } ?? .null
    }

    private func identity(_ id: CallID) -> [Cell] {
        [.integer(id.instance.rawValue), .integer(id.activation), .integer(id.dispatch)]
    }

    private mutating func text(_ content: [UInt8]) -> Cell { .text(place(content)) }

    private mutating func blob(_ content: [UInt8]) -> Cell { .blob(place(content)) }

    private mutating func place(_ content: [UInt8]) -> Range<Int> {
        bytes += content
        return bytes.count - content.count..<bytes.count
    }

    private mutating func add(_ statement: Statement, _ values: [Cell]) {
        cells += values
        rows.append(Row(statement: statement, cells: cells.count - values.count..<cells.count))
    }

    func members(seconds: Double) -> ValueMap {
        [
            "limitPerSecond": .double(Double(commits) / seconds),
            "recordedCommits": .int(Int64(commits)), "recordedBatches": .int(Int64(batches.count)),
            "recordedRows": .int(Int64(rows.count)),
            "recordedBytes": .int(Int64(bytes.count)),
            "commitsPerBatch": .double(Double(commits) / Double(batches.count)),
            "rowsPerCommit": .double(Double(rows.count) / Double(commits)),
            "bytesPerCommit": .double(Double(bytes.count) / Double(commits)),
        ]
    }
}

extension Limit {
    /// - Returns: the seconds that it took.
    func replay(below scratch: String) throws -> Double {
        let folder = try Folder(below: scratch)
        // The product makes its own schema; nothing else of it takes part.
        _ = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        var database: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(folder.path + "/pawl.db", &database, flags, nil) == SQLITE_OK else {
            throw BenchError("the database for the limit cannot be opened")
        }
        defer { sqlite3_close_v2(database) }
        for pragma in [
            "cache_size = -32768", "temp_store = MEMORY", "journal_mode = WAL",
            "synchronous = FULL", "wal_autocheckpoint = 8000",
        ] {
            sqlite3_exec(database, "PRAGMA \(pragma)", nil, nil, nil)
        }
        let statements = try Statement.allCases.map { try prepare($0.text, database) }
        let (begin, commit) = (
            try prepare("BEGIN IMMEDIATE", database), try prepare("COMMIT", database)
        )
        defer { for statement in statements + [begin, commit] { sqlite3_finalize(statement) } }
        let start = Monotonic.now()
        try bytes.withUnsafeBytes { bytes in
            for batch in batches {
                try step(begin, database)
                for row in rows[batch] { try run(row, statements, bytes, database) }
                try step(commit, database)
            }
        }
        return Double(Monotonic.now() - start) / 1e9
    }

    private func prepare(_ text: String, _ database: OpaquePointer?) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(
            database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK else { throw failure(database) }
        return statement
    }

    private func run(
        _ row: Row, _ statements: [OpaquePointer?], _ bytes: UnsafeRawBufferPointer,
        _ database: OpaquePointer?
    ) throws {
        let statement = statements[row.statement.rawValue]
        var index: Int32 = 1
        for cell in cells[row.cells] {
            switch cell {
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            case .null: sqlite3_bind_null(statement, index)
            case .text(let range):
                sqlite3_bind_text(
                    statement, index,
                    bytes[range].base(of: bytes)?.assumingMemoryBound(to: CChar.self),
                    Int32(range.count), nil)
            case .blob(let range):
                sqlite3_bind_blob(
                    statement, index, bytes[range].base(of: bytes), Int32(range.count), nil)
            }
            index += 1
        }
        try step(statement, database)
    }

    private func step(_ statement: OpaquePointer?, _ database: OpaquePointer?) throws {
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure(database) }
        sqlite3_reset(statement)
    }

    private func failure(_ database: OpaquePointer?) -> BenchError {
        BenchError(String(cString: sqlite3_errmsg(database)))
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Where the slice begins in memory.
    fileprivate func base(of whole: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        whole.baseAddress?.advanced(by: startIndex)
    }
}
