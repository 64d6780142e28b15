import Execution
import Sabotage
import Values

// What was overwritten is to stand nowhere any more.
//
// Theory. `secure_delete` puts zeros where a row was, and leaves what SQLite itself has moved from one page to another
// when pages were split and joined: copies of rows in the gaps of pages, which nothing points to. `VACUUM` writes every page
// anew, and truncating the log takes the old ones with it. Until that is done, a setting says that something may be left;
// it is written in the commit that overwrites, so that a crash in between forgets nothing.

extension SQLiteStore {
    private static let remains = "erasure.remains"
    /// A larger database would hold its writer up for longer than a rare request is worth; it is cleaned by a backup that is
    /// restored, which is a `VACUUM` of its own.
    private static let largestCleaned: Int64 = 512 << 20

    package func hasRemains() throws(StoreError) -> Bool {
        try setting(Self.remains)?.boolValue ?? false
    }

    /// As far as it can be done now: whatever is in the way, the setting stays, and `tidy` tries the rest again.
    func clean() {
        guard !isMutant(.erasureLeavesRemains), (size ?? 0) <= Self.largestCleaned else { return }
        try? onWriter { (connection) throws(StoreError) in
            connection.remains = .everywhere
            try connection.clean()
        }
    }

    /// In a quiet moment, again and again: what a reader or a full disk has held up is done, and a log that rests is emptied.
    package func tidy() {
        try? onWriter { (connection) throws(StoreError) in
            if connection.remains == .nowhere || isMutant(.remainsLeft) {
                connection.tidyLog()
            } else {
                try connection.clean()
            }
        }
    }
}

/// Where something may be left of what was overwritten.
enum Remains {
    case nowhere
    case inLog
    case everywhere
}

extension SQLiteStore {
    /// Of a copy, whose pages are all new.
    static func noteClean(_ file: String) throws(StoreError) {
        try Connection(path: file, access: .readWrite).noteNoRemains()
    }
}

extension Connection {
    fileprivate func noteNoRemains() throws(StoreError) {
        let statement = try prepare("UPDATE settings SET value = 'false' WHERE name = ?")
        statement.bind("erasure.remains")
        try statement.run()
    }

    /// All pages anew, once, and then no log: that is cheap to try again.
    fileprivate func clean() throws(StoreError) {
        if remains == .everywhere {
            try keepMark()
            try vacuum()
            remains = .inLog
        }
        guard try emptyLog(patience: 100) else { return }
        try transaction { (connection) throws(StoreError) in
            try connection.carryMark()
            try connection.noteRemains(false)
        }
        remains = .nowhere
        noteCommit()
    }

    func noteRemains(_ flag: Bool) throws(StoreError) {
        let statement = try statement(.setSetting)
        statement.bind("erasure.remains")
        statement.bind(text: JSON.encode(.bool(flag)))
        try statement.run()
    }
}
