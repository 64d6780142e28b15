/// What a row of the history tells. Never renamed: rows are kept for years, and programs read them.
package enum HistoryKind: String, Sendable, Hashable, CaseIterable {
    case callAsked = "call.asked"
    case callCompleted = "call.completed"
    case callDeadline = "call.deadline"
    case callFailed = "call.failed"
    case callHeld = "call.held"
    case callStarted = "call.started"
    case callUnknown = "call.unknown"
    case callUnsettled = "call.unsettled"
    case callWithdrawn = "call.withdrawn"

    case cancelHeld = "cancel.held"
    case cancelIgnored = "cancel.ignored"
    case cancelRequested = "cancel.requested"

    case childEnded = "child.ended"
    case childHeld = "child.held"
    case childRefused = "child.refused"
    case childReported = "child.reported"
    case childStarted = "child.started"

    case compensationCompleted = "compensation.completed"
    case compensationFailed = "compensation.failed"
    case compensationStarted = "compensation.started"

    case contextAssigned = "context.assigned"

    case ended
    case erased
    case log
    case migrated
    case moved
    case paused
    case reported
    case resumed
    case started
    case terminated
    case transition

    case eventApplied = "event.applied"
    case eventDiscarded = "event.discarded"
    case eventHeld = "event.held"
    case eventIgnored = "event.ignored"
    case eventKept = "event.kept"
    case eventRejected = "event.rejected"
    case eventSent = "event.sent"

    case expressionError = "expression.error"

    case incidentClosed = "incident.closed"
    case incidentCompleted = "incident.completed"
    case incidentFailed = "incident.failed"
    case incidentOpened = "incident.opened"

    case memberFailed = "member.failed"

    case membersEnded = "members.ended"
    case membersStarted = "members.started"

    case moneyHeld = "money.held"
    case moneyReleased = "money.released"

    case retryRequested = "retry.requested"

    case taskAssigned = "task.assigned"
    case taskChanged = "task.changed"
    case taskClaimed = "task.claimed"
    case taskCommented = "task.commented"
    case taskDecided = "task.decided"
    case taskDiscarded = "task.discarded"
    case taskHeld = "task.held"
    case taskOpened = "task.opened"
    case taskRefused = "task.refused"
    case taskReleased = "task.released"
    case taskReminded = "task.reminded"
    case taskWithdrawn = "task.withdrawn"

    case timerFired = "timer.fired"
    case timerMoved = "timer.moved"
}

extension Receipt.Outcome {
    /// What the history says of an event with this outcome.
    var historyKind: HistoryKind {
        switch self {
        case .applied: .eventApplied
        case .kept: .eventKept
        case .held: .eventHeld
        case .rejected: .eventRejected
        case .ignored, .duplicate: .eventIgnored
        }
    }
}
