import CSQLite
import Encryption
import Execution

/// A prepared statement. Values are bound from left to right, then it is stepped; a binding that
/// failed shows at the next step. One statement of a connection is in use at a time.
final class Statement {
    private let handle: OpaquePointer
    private let arena: BindArena
    let keys: KeyRing
    private var bound: Int32 = 0
    private var bindFailure: Int32 = SQLITE_OK

    init(handle: OpaquePointer, arena: BindArena, keys: KeyRing) {
        self.handle = handle
        self.arena = arena
        self.keys = keys
    }

    deinit { sqlite3_finalize(handle) }

    /// Makes it ready for the next values.
    func reset() {
        sqlite3_reset(handle)
        arena.reset()
        bound = 0
        bindFailure = SQLITE_OK
    }

    /// Runs it for its effect.
    /// - Returns: the rows changed.
    @discardableResult
    func run(orConflict conflict: @autoclosure () -> String? = nil) throws(StoreError) -> Int {
        do throws(Failure) {
            while try advance() {}
        } catch {
            if error.primary == SQLITE_CONSTRAINT, let text = conflict() { throw .conflict(text) }
            throw error.storeError
        }
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    /// Goes to the next row.
    /// - Returns: false after the last one.
    func step() throws(StoreError) -> Bool {
        do throws(Failure) {
            return try advance()
        } catch {
            throw error.storeError
        }
    }

    /// `step` with the raw failure, for the callers to whom its meaning differs.
    func advance() throws(Failure) -> Bool {
        let database = sqlite3_db_handle(handle)
        guard bindFailure == SQLITE_OK else { throw Failure(code: bindFailure, on: database) }
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW:
            return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let failure = Failure(code: code, on: database)
            sqlite3_reset(handle)
            throw failure
        }
    }

    /// Every row, made a value.
    func rows<T>(_ make: (Statement) throws(StoreError) -> T) throws(StoreError) -> [T] {
        var result: [T] = []
        defer { sqlite3_reset(handle) }
        while try step() { result.append(try make(self)) }
        return result
    }

    /// The first row, made a value; nil when there is none.
    func first<T>(_ make: (Statement) throws(StoreError) -> T) throws(StoreError) -> T? {
        defer { sqlite3_reset(handle) }
        return try step() ? try make(self) : nil
    }
}

// MARK: - Values in

extension Statement {
    func bind(_ number: Int64) {
        note(sqlite3_bind_int64(handle, nextIndex(), number))
    }

    func bind(_ number: Int) { bind(Int64(number)) }

    func bind(_ flag: Bool) { bind(flag ? Int64(1) : 0) }

    func bind(_ number: Int64?) {
        if let number { bind(number) } else { bindNull() }
    }

    func bind(_ number: Double) {
        note(sqlite3_bind_double(handle, nextIndex(), number))
    }

    func bindNull() {
        note(sqlite3_bind_null(handle, nextIndex()))
    }

    func bind(_ text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable {
            bindText(UnsafeRawBufferPointer($0))
        }
        if done == nil { bind(text: Array(text.utf8)) }
    }

    /// UTF-8, as `JSON.encode` gives it.
    func bind(text bytes: [UInt8]) {
        bytes.withUnsafeBytes { bindText($0) }
    }

    func bind(blob bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            let index = nextIndex()
            guard let count = Int32(exactly: raw.count) else { return note(SQLITE_TOOBIG) }
            guard count > 0 else { return note(sqlite3_bind_zeroblob(handle, index, 0)) }
            if let copy = arena.copy(raw) {
                note(csqlite_bind_blob_borrow(handle, index, copy, count))
            } else {
                note(csqlite_bind_blob_copy(handle, index, raw.baseAddress, count))
            }
        }
    }

    private func bindText(_ raw: UnsafeRawBufferPointer) {
        let index = nextIndex()
        guard let count = Int32(exactly: raw.count) else { return note(SQLITE_TOOBIG) }
        if let copy = arena.copy(raw) {
            note(csqlite_bind_text_borrow(handle, index, copy, count))
        } else {
            note(csqlite_bind_text_copy(handle, index, raw.baseAddress, count))
        }
    }

    private func nextIndex() -> Int32 {
        bound += 1
        return bound
    }

    private func note(_ code: Int32) {
        if code != SQLITE_OK, bindFailure == SQLITE_OK { bindFailure = code }
    }
}

// MARK: - Values out

extension Statement {
    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

    func bool(_ column: Int32) -> Bool { int64(column) != 0 }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func optionalInt64(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : int64(column)
    }

    /// Exactly the bytes that were written; `.corrupt` when they are no UTF-8.
    func text(_ column: Int32) throws(StoreError) -> String {
        guard let text = String(validating: utf8(column), as: UTF8.self) else {
            throw .corrupt("pawl.db: column \(columnName(column)) holds text that is not UTF-8")
        }
        return text
    }

    /// For a name to show: what is no UTF-8 is replaced.
    func lenientText(_ column: Int32) -> String { String(decoding: utf8(column), as: UTF8.self) }

    private func utf8(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_text(handle, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        return UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        let start = sqlite3_column_blob(handle, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        return Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    /// A number or a text, as what it was bound as.
    func parameter(_ column: Int32) throws(StoreError) -> Parameter {
        sqlite3_column_type(handle, column) == SQLITE_INTEGER
            ? .integer(int64(column)) : .text(try text(column))
    }

    private func columnName(_ column: Int32) -> String {
        sqlite3_column_name(handle, column).map { String(cString: $0) } ?? String(column)
    }
}
