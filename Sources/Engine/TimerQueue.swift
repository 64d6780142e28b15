import Execution
import Sabotage
import Values

/// Which due timers to take: the store's table is the queue; this remembers only what was taken and is not
/// flushed, and when to look again.
struct TimerQueue {
    private struct Key: Hashable {
        let instance: InstanceID
        let id: TimerID

        init(_ row: TimerRow) {
            instance = row.instance
            id = row.id
        }
    }

    /// Taken, by due time: a row set anew under the same id is another timer.
    private var taken: [Key: Timestamp] = [:]
    /// The earliest moment at which a row may be due; nil: none is known.
    var next: Timestamp? {
        isMutant(.timerEarly) ? earliest.map { $0 - .milliseconds(5) } : earliest
    }
    private var earliest: Timestamp?
    private var isFresh = true
    /// More rows were due than were taken.
    private var hasBacklog = false

    /// Due rows in order of their due time, none twice.
    mutating func due(
        now: Timestamp, limit: Int, store: any Store
    ) throws(StoreError) -> [TimerRow] {
        if isFresh {
            earliest = try store.nextTimer(after: isMutant(.overdueTimersForgotten) ? now : nil)
            isFresh = false
        }
        guard let next, next <= now else { return [] }
        let now = isMutant(.timerEarly) ? now + .milliseconds(5) : now
        let rows = try store.timers(dueBy: now, count: limit + taken.count)
        let later = try store.nextTimer(after: now)
        // Every read is done: a failing one must not leave rows taken that nobody got.
        let fresh = rows.filter { taken[Key($0)] != $0.due }.prefix(limit)
        for row in fresh { taken[Key(row)] = row.due }
        hasBacklog = fresh.count == limit
        earliest = later
        return Array(fresh)
    }

    /// A row that a decision left standing stays taken: it would be found again for ever.
    mutating func flushed(_ commit: Commit) {
        for row in commit.timersCleared { taken[Key(row)] = nil }
        for row in commit.timersSet {
            taken[Key(row)] = nil
            earliest = min(earliest ?? row.due, row.due)
        }
        if hasBacklog { isFresh = true }
    }

    /// The timer was decided, and the same one was set again: it is due as before.
    mutating func isDueAgain(_ row: TimerRow) {
        guard taken[Key(row)] == row.due else { return }
        taken[Key(row)] = nil
        isFresh = true
    }

    mutating func forgetAll() {
        taken = [:]
        isFresh = true
    }
}
