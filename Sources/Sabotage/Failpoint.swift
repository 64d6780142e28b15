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

    // A call.
    case callStarted = "call.started"
    case callAnswered = "call.answered"
    case answerTaken = "answer.taken"

    /// Reached by every start, whatever the workflows do.
    public var isOfStart: Bool {
        switch self {
        case .schemaMade, .definitionPublished, .recordsImported, .clockAnchored, .recoveryRead,
            .recoverySent:
            true
        case .requestRead, .requestTaken, .responseMade, .instanceClaimed, .batchSealed,
            .commitBegun, .commitHalfWritten, .commitWritten, .commitFlushed, .batchFlushed,
            .replyReleased,
            .callReleased, .changeReleased, .batchReleased, .callStarted, .callAnswered,
            .answerTaken:
            false
        }
    }
}
