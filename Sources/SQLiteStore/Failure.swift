import CSQLite
import Execution
import Glibc

/// What one call into SQLite came to, when it was not what was asked for.
struct Failure: Error {
    /// The extended result code.
    let code: Int32
    let message: String

    var primary: Int32 { code & 0xFF }

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The last error of a connection.
    init(code: Int32, on handle: OpaquePointer?) {
        let extended = handle.map(sqlite3_extended_errcode) ?? code
        let text = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "error \(code)"
        let reason = Self.systemReason(code, handle).map { ": \($0)" } ?? ""
        self.init(code: extended == SQLITE_OK ? code : extended, message: text + reason)
    }

    /// What the system said, where SQLite only says that it failed.
    private static func systemReason(_ code: Int32, _ handle: OpaquePointer?) -> String? {
        let codes = [SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN, SQLITE_READONLY]
        guard codes.contains(code & 0xFF), let number = handle.map(sqlite3_system_errno),
            number != 0
        else { return nil }
        return String(cString: strerror(number))
    }

    /// The meaning of a failure before COMMIT: nothing was written.
    var storeError: StoreError {
        switch primary {
        case SQLITE_CONSTRAINT: .conflict(message)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt("pawl.db: \(message)")
        case SQLITE_IOERR where isFlush: .outcomeUnknown(described)
        case SQLITE_IOERR where code == ResultCode.shortRead: .corrupt("pawl.db: \(message)")
        default: .unavailable(described)
        }
    }

    /// The meaning of a failure of COMMIT itself. A full disk or a lock leaves an incomplete frame
    /// that no reader takes for a commit; after anything else the commit may have reached the disk.
    var commitError: StoreError {
        switch primary {
        case SQLITE_FULL, SQLITE_BUSY, SQLITE_LOCKED: .unavailable(described)
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt("pawl.db: \(message)")
        case SQLITE_CONSTRAINT: .conflict(message)
        default: .outcomeUnknown(described)
        }
    }

    private var isFlush: Bool {
        code == ResultCode.fsync || code == ResultCode.directoryFsync
    }

    private var described: String { "pawl.db: \(message) (SQLite \(code))" }
}

/// Extended result codes; SQLite defines them with macros that Swift does not import.
private enum ResultCode {
    static let shortRead = SQLITE_IOERR | (2 << 8)
    static let fsync = SQLITE_IOERR | (4 << 8)
    static let directoryFsync = SQLITE_IOERR | (5 << 8)
}
