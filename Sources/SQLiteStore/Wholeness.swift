import Execution
import Sabotage

// Whether what lies in a data folder is the database that was last there, with all of its log.
//
// Theory. SQLite cannot know: a database without its log, or with the end of it cut off, is a database of an earlier moment,
// and a log is laid over whatever database lies beside it. So each side says which other it belongs to. The first
// transaction of each log carries the log's number, which is written only when the database has the number before it,
// durably: the number in the database is that of its log or one less, else they do not belong together. `pawl.state` says
// how many frames of which log are durable. It is written after each flush and not flushed itself: after a kill it is
// exact or one commit behind, after a loss of power it may be further behind, and it is never ahead. Before a log is
// emptied the file says, durably, that nothing of that log needs to be there. While a server has the database open its mark
// says so: then a log must lie beside it, even an empty one.
//
// Each of these costs memory reads and one write into the page cache a commit, and a flush where a log is emptied.

/// Why a database may be another one than the folder's last, or of an earlier moment.
package enum Doubt: Sendable, Hashable {
    /// Nothing says what was here before: `pawl.state` is gone, or the database came without it.
    case unknown
    /// `pawl.state` is of another one.
    case another
    /// It was closed in good order, and `pawl.state` knows more than it does.
    case older
    /// What is missing was accepted to be lost.
    case lost

    package var sentence: String {
        switch self {
        case .unknown:
            "nothing says whether the database is the folder's last: pawl.state is not there or not readable"
        case .another: "the database is not the one that was last in the folder (pawl.state)"
        case .older: "the database is of an earlier moment than the folder's last (pawl.state)"
        case .lost: "the end of the database's log is lost, and was accepted as lost"
        }
    }
}

/// What there is to see before a database is opened.
struct Wholeness {
    private let state: String?
    /// In the database file, without its log; nil: there is none, or it cannot be read as it is.
    private let base: Mark?
    private let hasLog: Bool

    /// The file first: whoever writes meanwhile is then ahead of it.
    init(_ directory: String, _ disk: any Disk) {
        let path = DataDirectory.databasePath(in: directory)
        state = disk.note(DataDirectory.statePath(in: directory)).read()
        hasLog = disk.hasFile(DataDirectory.logPath(in: directory))
        guard disk.hasFile(path) else {
            base = nil
            return
        }
        // In the midst of being moved the pages of the log make no database yet.
        base = try? Connection(path: path, access: .alone, vfs: disk.vfs).mark()
    }

    /// Before anything is made anew: SQLite takes the log of a database that is not there for a leftover, and deletes it.
    /// - Throws: `.corrupt` where `pawl.state` knows of a database, and there is none.
    static func requireDatabase(
        in directory: String, _ disk: any Disk, acceptingLoss acceptsLoss: Bool
    ) throws(StoreError) {
        let path = DataDirectory.databasePath(in: directory)
        guard !disk.hasContent(path), !isMutant(.lostLogTaken),
            let text = disk.note(DataDirectory.statePath(in: directory)).read(),
            let last = Mark(text), last.log > 0
        else { return }
        if disk.hasContent(DataDirectory.logPath(in: directory)) {
            throw .corrupt(
                "pawl.db: it is gone or empty, and its log pawl.db-wal is here: put it back, or move pawl.db-wal away first"
            )
        }
        guard acceptsLoss else { throw .lost("it is gone or empty") }
    }

    /// - Parameters:
    ///   - connection: of the database with its log; what it reads changes nothing.
    ///   - acceptsLoss: what is missing does not hold up the start.
    /// - Returns: nil: all is as it was left.
    /// - Throws: `.corrupt` where something acknowledged is missing, or the log is another database's.
    func judge(
        _ connection: Connection, acceptingLoss acceptsLoss: Bool
    ) throws(StoreError) -> Doubt? {
        if base?.isOpen == true, !hasLog, !isMutant(.lostLogTaken) {
            guard acceptsLoss else { throw .lost("its log pawl.db-wal is gone") }
            return .lost
        }
        let seen = try connection.mark()
        if let base, let seen, !isMutant(.foreignLogTaken) { try requireTogether(base, seen) }
        guard let state else { return seen == nil ? nil : .unknown }
        guard let last = Mark(state) else { return seen == nil && state.isEmpty ? nil : .unknown }
        guard let seen else { return last.log == 0 ? nil : .another }
        guard seen.identity == last.identity else { return .another }
        guard !isMutant(.lostLogTaken) else { return nil }
        // A copy that a backup has made has no log before it is opened.
        let frames =
            try connection.pragma("journal_mode") == "wal" ? connection.logFrames() : 0
        // The same, where the pages that the log has are not those of the copy's mark.
        if let base, base.identity == last.identity, base.log == last.log, !base.isOpen,
            last.isOpen, frames > 0, !isMutant(.foreignLogTaken)
        {
            throw Self.foreign
        }
        if (seen.log, frames) >= (last.log, last.frames) { return nil }
        guard seen.isOpen else { return .older }
        guard acceptsLoss else { throw .lost("the end of its log pawl.db-wal is gone") }
        return .lost
    }

    private static let foreign = StoreError.corrupt(
        "pawl.db: the log pawl.db-wal beside it was written for another database, or for another moment of "
            + "this one: put back the database that it belongs to, or move pawl.db-wal away")

    private func requireTogether(_ base: Mark, _ seen: Mark) throws(StoreError) {
        let isSame = base.identity == seen.identity || base.identity == seen.origin
        // A log that says that the database is open begins with the number after the one that it was closed with: a backup, which
        // is closed, has the number of the log that it was made in, and other pages than the log was written for.
        let isCopy = base.log == seen.log && !base.isOpen && seen.isOpen
        guard isSame, !isCopy, base.log == seen.log || base.log == seen.log - 1 else {
            throw Self.foreign
        }
    }
}

extension StoreError {
    /// - Parameter what: is gone.
    fileprivate static func lost(_ what: String) -> StoreError {
        .corrupt(
            "pawl.db: \(what), and with it what was acknowledged last: put it back, restore a backup, or go on without "
                + "it, with all calls held: `pawl serve --accept-loss --reason '<why>'`")
    }
}
