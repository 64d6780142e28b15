import Execution
import Sabotage

/// The log of a database that is open for writing: its mark, and when it is emptied.
struct LogWatch {
    let note: any DiskNote
    /// Frames from which on it is emptied.
    let limit: Int64
    /// As the database has it.
    var written: Mark
    /// As the next transaction is to write it.
    var wanted: Mark
    /// False while nobody has confirmed what was found: `pawl.state` stays as it is.
    var isNoting: Bool
    /// Not tried again before the log has so many frames.
    var next: Int64
    /// At the last look; a log that has not grown since rests.
    var framesBefore: Int64 = 0
    /// What an empty log has: its number.
    var framesOfMark: Int64 = 0

    init(_ note: any DiskNote, _ mark: Mark, limit: Int, isNoting: Bool) {
        self.note = note
        self.limit = Int64(limit)
        self.isNoting = isNoting
        written = mark
        wanted = mark
        next = Int64(limit)
    }
}

extension Connection {
    /// How many frames of the log count, as SQLite's index of it says (https://sqlite.org/walformat.html); after a read.
    func logFrames() throws(StoreError) -> Int64 {
        guard let logIndex else { throw .unavailable("pawl.db: the index of its log is not there") }
        return Int64(logIndex.load(fromByteOffset: 16, as: UInt32.self))
    }

    /// In the transaction whose first log this is, or that tells of anything else that is new.
    func carryMark() throws(StoreError) {
        guard let watch, watch.wanted != watch.written else { return }
        try write(watch.wanted)
    }

    /// After the flush.
    func noteCommit() {
        guard let frames = noteFlush(), let watch, frames >= watch.next else { return }
        // Whatever is wrong with the database file is found by whoever needs it.
        _ = try? emptyLog(patience: 0, .reused)
    }

    /// - Returns: the frames of the log; nil: it is not watched.
    private func noteFlush() -> Int64? {
        guard var known = watch else { return nil }
        known.written = known.wanted
        watch = known
        guard let frames = try? logFrames() else { return nil }
        note(frames: frames)
        return frames
    }

    /// - Parameter isFlushed: durable when this returns.
    /// - Returns: false: it could not be written.
    @discardableResult
    private func note(frames: Int64, isFlushed: Bool = false) -> Bool {
        guard let watch, watch.isNoting else { return true }
        var mark = watch.written
        mark.frames = frames
        return watch.note.write(mark.text, isFlushed: isFlushed)
    }

    /// What becomes of the file of a log that is empty.
    enum LogEnd {
        /// It is written over: cheaper to flush than one that grows.
        case reused
        case cut
        /// It is cut off, and nothing more is written.
        case last
    }

    /// Moves all of the log into the database. The next one has its number at once, so that whatever was copied before is known
    /// to be older. What is in the way, a reader or a full disk, is tried again when it has grown by an eighth.
    /// - Parameter patience: how long to wait for readers, in milliseconds.
    /// - Returns: whether it is empty now.
    @discardableResult
    func emptyLog(patience: Int32, _ end: LogEnd = .cut) throws(StoreError) -> Bool {
        guard let watch else { return try moveLog(patience: patience) }
        let frames = (try? logFrames()) ?? 0
        self.watch?.next = max(watch.limit, frames + max(1, watch.limit / 8))
        // From here on the log may begin anew with the next transaction.
        guard isMutant(.logCutUnnoted) || note(frames: 0, isFlushed: true) else { return false }
        guard try copyLog() else { return false }
        self.watch?.wanted.log = watch.written.log + 1
        if end != .reused, try !moveLog(patience: patience) { return false }
        guard end != .last else { return true }
        try keepMark()
        let rest = (try? logFrames()) ?? frames
        // Else somebody still reads it, and it goes on behind what is there.
        guard end == .cut || rest < frames else { return false }
        self.watch?.next = watch.limit
        self.watch?.framesOfMark = rest
        return true
    }

    /// The log is another one from now on, and says that the database is open.
    /// - Parameters:
    ///   - mark: what the database says; nil: nothing yet.
    ///   - doubt: it is another database than its folder's last, until somebody confirms it (`confirmMark`).
    func beginMark(
        after mark: Mark?, _ doubt: Doubt?, _ note: any DiskNote, limit: Int
    ) throws(StoreError) {
        let first = mark ?? .new()
        watch = LogWatch(note, first, limit: limit, isNoting: doubt == nil)
        // Before the database has one: whose it is must not be unknown afterwards.
        if mark == nil { self.note(frames: 0, isFlushed: true) }
        watch?.wanted.isOpen = true
        let isEmpty = try emptyLog(patience: Self.patienceAtEnds)
        // Under the number that it was closed with it stays closed.
        if let watch, watch.wanted.log == first.log { self.watch?.wanted.isOpen = first.isOpen }
        if doubt != nil, isEmpty, mark != nil {
            // It stays in doubt over a restart.
            watch?.wanted.identity = Mark.new().identity
            watch?.wanted.origin = first.identity
        }
        try keepMark()
        try emptyLog(patience: Self.patienceAtEnds)
    }

    /// What is there now is the folder's own.
    func confirmMark() {
        guard watch?.isNoting == false else { return }
        watch?.isNoting = true
        note(frames: (try? logFrames()) ?? 0, isFlushed: true)
    }

    /// Whoever comes next finds it closed, and all in one file as far as no reader holds the log.
    func endMark() throws(StoreError) {
        try emptyLog(patience: Self.patienceAtEnds)
        watch?.wanted.isOpen = false
        try keepMark()
        try emptyLog(patience: Self.patienceAtEnds, .last)
    }

    /// A transaction of its own. On a full disk the mark waits for the next one.
    func keepMark() throws(StoreError) {
        guard let watch, watch.wanted != watch.written else { return }
        do throws(StoreError) {
            try transaction { (connection) throws(StoreError) in try connection.carryMark() }
            _ = noteFlush()
        } catch .unavailable {
            return
        }
    }

    private static let patienceAtEnds: Int32 = 100

    /// In a quiet moment: a log that rests is emptied.
    func tidyLog() {
        guard let watch, let frames = try? logFrames() else { return }
        if frames > watch.framesOfMark, frames == watch.framesBefore {
            _ = try? emptyLog(patience: 0)
        }
        self.watch?.framesBefore = frames
    }
}
