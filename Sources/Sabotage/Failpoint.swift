/// Where a process may die: every boundary at which something becomes durable or leaves.
public enum Failpoint: String, Sendable, CaseIterable {
    // A start of the server.
    case schemaMade = "schema.made"
    case definitionPublished = "definition.published"
    case recordsImported = "records.imported"
    case clockAnchored = "clock.anchored"
    /// What an earlier process left was read; nothing of it was sent.
    case recoveryRead = "recovery.read"
    case recoverySent = "recovery.sent"

    // A request.
    case requestRead = "request.read"
    case requestTaken = "request.taken"
    case responseMade = "response.made"

    /// An instance is about to be read and decided.
    case instanceClaimed = "instance.claimed"

    // A commit.
    case batchSealed = "batch.sealed"
    case commitBegun = "commit.begun"
    /// The first rows of a transaction are written.
    case commitHalfWritten = "commit.half-written"
    case commitWritten = "commit.written"
    case commitFlushed = "commit.flushed"

    // What waited for the flush.
    case batchFlushed = "batch.flushed"
    case replyReleased = "reply.released"
    case callReleased = "call.released"
    case changeReleased = "change.released"
    case batchReleased = "batch.released"

    // An upload, and what nobody speaks of.
    case contentBegun = "content.begun"
    /// The first bytes of it are in a file.
    case contentHalfWritten = "content.half-written"
    /// All of it is on the disk, without its name.
    case contentFlushed = "content.flushed"
    /// It has its name, and no row.
    case contentNamed = "content.named"
    /// Its row is durable.
    case contentPut = "content.put"
    case contentCondemned = "content.condemned"
    /// Its bytes are gone, its row is not.
    case contentRemoved = "content.removed"
    /// What is about to go is in the archive.
    case archiveAppended = "archive.appended"
    /// What a person wants erased is gone from the archive; no record says so.
    case archiveErased = "archive.erased"

    // An erasure.
    /// It stands in the file beside the database, and not in it.
    case erasureLogged = "erasure.logged"

    // A call.
    case callStarted = "call.started"
    case callAnswered = "call.answered"
    case answerTaken = "answer.taken"

    // An alert.
    /// Something is found that somebody is to be told of; nothing of it is kept.
    case alertFound = "alert.found"
    /// The alert and its messages are durable; nothing was sent.
    case alertKept = "alert.kept"
    /// A receiver has answered; what it said is not kept.
    case alertSent = "alert.sent"
    /// What came of a message is durable.
    case alertEnded = "alert.ended"

    /// What reaches it.
    public enum Kind: String, Sendable {
        /// Every start, whatever the workflows do.
        case start
        case workflow
        /// An upload, or the sweep of what nobody speaks of.
        case content
        /// What is gone, or what is erased of it.
        case archive
        case alert
        case erasure
    }

    public var kind: Kind {
        switch self {
        case .schemaMade, .definitionPublished, .recordsImported, .clockAnchored, .recoveryRead,
            .recoverySent:
            .start
        case .requestRead, .requestTaken, .responseMade, .instanceClaimed, .batchSealed,
            .commitBegun, .commitHalfWritten, .commitWritten, .commitFlushed, .batchFlushed,
            .replyReleased,
            .callReleased, .changeReleased, .batchReleased, .callStarted, .callAnswered,
            .answerTaken:
            .workflow
        case .contentBegun, .contentHalfWritten, .contentFlushed, .contentNamed, .contentPut,
            .contentCondemned, .contentRemoved:
            .content
        case .archiveAppended, .archiveErased: .archive
        case .alertFound, .alertKept, .alertSent, .alertEnded: .alert
        case .erasureLogged: .erasure
        }
    }
}
