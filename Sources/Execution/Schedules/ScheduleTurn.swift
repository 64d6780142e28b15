import Definition
import Sabotage
import Schedule
import Values

/// What a person wants of a schedule.
package enum ScheduleAction: Sendable, Hashable {
    case pause(reason: String)
    case resume(reason: String)
    /// Now, beside the rule, paused or not; the overlap policy holds.
    case run(reason: String)
    /// Those of [from, to) that made no instance in their time; the overlap policy holds.
    case backfill(from: Timestamp, to: Timestamp, reason: String)
}

/// One look at a schedule: what is started and cancelled, and what is remembered. Pure; the engine carries it out.
package struct ScheduleTurn: Sendable {
    package private(set) var record: ScheduleRecord
    package private(set) var rows: [ScheduleLogRow] = []
    /// Keys of running instances to cancel.
    package private(set) var cancels: [String] = []
    /// Keys of running instances to terminate.
    package private(set) var terminations: [String] = []
    /// When to look again; nil: when an instance of it ends, or somebody acts.
    package private(set) var nextWake: Timestamp?

    /// What a person asked for in this turn.
    package private(set) var asked: [PlannedOccurrence] = []
    /// Why a run that a person asked for does not start.
    package private(set) var skipped: SkipReason?

    private let schedule: WorkflowSchedule
    private let now: Timestamp

    /// - Parameter record: with `running` as it is now; nil when the schedule was never looked at.
    package init(_ schedule: WorkflowSchedule, _ record: ScheduleRecord?, now: Timestamp) {
        self.schedule = schedule
        self.now = now
        self.record = record ?? ScheduleRecord(processedUpTo: now)
        guard let record, record.rule != schedule.fingerprint else {
            self.record.rule = schedule.fingerprint
            return
        }
        // Another rule, or the same one come back: it holds from now on, not for the time before it was there.
        self.record.rule = schedule.fingerprint
        self.record.processedUpTo = max(record.processedUpTo, now)
        note(.changed)
    }

    /// Carries out what a person wants, before the look itself.
    package mutating func take(_ action: ScheduleAction, by actor: Actor) {
        switch action {
        case .pause(let reason):
            record.pause = record.pause ?? .init(reason: reason, by: actor, at: now)
            note(.paused, reason: reason, by: actor)
        case .resume(let reason):
            record.pause = nil
            note(.resumed, reason: reason, by: actor)
        case .run(let reason):
            let occurrence = PlannedOccurrence.byHand(at: now) { key in
                sameUTF8(record.last?.key, key) || record.running.contains(exactly: key)
                    || record.buffered.contains { sameUTF8($0.key, key) }
            }
            note(.asked, of: occurrence, reason: reason, by: actor)
            run(occurrence)
        case .backfill(let from, let to, let reason):
            let end = min(to, now)
            asked = schedule.missed(from: from, to: end).filter { occurrence in
                !record.buffered.contains { sameUTF8($0.key, occurrence.key) }
            }
            record.buffered += asked
            note(
                .backfilled, of: asked.first, last: asked.last?.key, count: asked.count,
                span: from..<max(from, end), reason: reason, by: actor)
        }
    }

    /// What a person wants now is due now, and no pause holds it: neither it nor what it waits for.
    private mutating func run(_ occurrence: PlannedOccurrence) {
        asked = [occurrence]
        let waiting = record.buffered.count { record.pause == nil || $0.isByHand }
        let admission = schedule.policy.admission(
            isRunning: !record.running.isEmpty, buffered: waiting)
        switch isMutant(.overlapIgnoredByRun) ? .wait : admission {
        case .start: record.buffered.append(occurrence)
        case .wait:
            record.buffered.append(occurrence)
            note(.buffered, of: occurrence)
        case .cancelRunning: cancelRunning(for: occurrence)
        case .terminateRunning: terminateRunning(for: occurrence)
        case .skip(let reason):
            skipped = reason
            note(.skipped, of: occurrence, reason: reason.rawValue)
        }
    }

    private mutating func cancelRunning(for occurrence: PlannedOccurrence) {
        cancels = record.running
        supersede(occurrence)
    }

    private mutating func terminateRunning(for occurrence: PlannedOccurrence) {
        terminations = record.running
        record.running = []
        supersede(occurrence)
    }

    /// An instance that the schedule started has ended.
    package mutating func ended(_ key: String) {
        record.running.removeAll { sameUTF8($0, key) }
    }

    package mutating func unreachable(_ key: String, _ problem: Problem) {
        ended(key)
        note(.unreachable, reason: "\(key): \(problem.message)")
    }

    /// Takes what has come due; `next` gives what may start.
    package mutating func look() {
        let state = ScheduleState(
            processedUpTo: record.processedUpTo, isPaused: record.pause != nil,
            isRunning: !record.running.isEmpty, buffered: record.buffered.count)
        let plan = schedule.rule.plan(
            state, policy: schedule.policy, seed: schedule.seed, now: now)
        for decision in plan.decisions { take(decision) }
        record.processedUpTo = plan.processedUpTo
        nextWake = plan.nextWake
    }

    private mutating func take(_ decision: ScheduleDecision) {
        switch decision {
        case .run(let occurrence):
            record.buffered.append(PlannedOccurrence(occurrence))
        case .buffer(let occurrence):
            let planned = PlannedOccurrence(occurrence)
            record.buffered.append(planned)
            note(.buffered, of: planned)
        case .cancelRunningAndRun(let occurrence):
            cancelRunning(for: PlannedOccurrence(occurrence))
        case .terminateRunningAndRun(let occurrence):
            terminateRunning(for: PlannedOccurrence(occurrence))
        case .skip(let skipped):
            note(
                .skipped, of: PlannedOccurrence(skipped.first), last: skipped.last.identity,
                count: skipped.count, reason: skipped.reason.rawValue)
        }
    }

    /// Waits alone: what waited before it would be stopped at once.
    private mutating func supersede(_ occurrence: PlannedOccurrence) {
        for old in record.buffered {
            note(.skipped, of: old, reason: SkipReason.superseded.rawValue)
        }
        record.buffered = [occurrence]
    }

    /// What is to be started now, in the order in which it came: one after the other has ended, unless they may
    /// overlap. A pause holds all but what a person wants.
    package mutating func next() -> PlannedOccurrence? {
        guard schedule.policy.overlap == .allowAll || record.running.isEmpty,
            let index = record.buffered.firstIndex(where: { record.pause == nil || $0.isByHand })
        else { return nil }
        let next = record.buffered.remove(at: index)
        record.running.append(next.key)
        return next
    }

    /// The moment of the one that started before this occurrence; of a backfill's that of the occurrence before it, as
    /// it would have been in time.
    package func last(before occurrence: PlannedOccurrence) -> Timestamp? {
        if let previous = occurrence.previous, !isMutant(.backfillWithoutLast) { return previous }
        guard let last = record.last?.instant, last <= occurrence.instant else { return nil }
        return last
    }

    // MARK: What became of a start

    package mutating func started(_ occurrence: PlannedOccurrence) {
        // A backfill comes late, and moves nothing that came after it.
        if record.last.map({ $0.instant < occurrence.instant }) != false {
            record.last = occurrence
        }
        note(.started, of: occurrence)
    }

    /// The key was there already: a backfill of what ran in its time, or a state that was lost.
    package mutating func existed(_ occurrence: PlannedOccurrence) {
        record.running.removeAll { sameUTF8($0, occurrence.key) }
        note(.existed, of: occurrence)
    }

    package mutating func refused(_ occurrence: PlannedOccurrence, _ problem: Problem) {
        record.running.removeAll { sameUTF8($0, occurrence.key) }
        let details = problem.errors.map { "\($0.pointer): \($0.detail)" }
        note(
            .refused, of: occurrence,
            reason: ([problem.message] + details).joined(separator: "; "))
    }

    private mutating func note(
        _ outcome: ScheduleLogRow.Outcome, of occurrence: PlannedOccurrence? = nil,
        last: String? = nil, count: Int = 1, span: Range<Timestamp>? = nil, reason: String? = nil,
        by actor: Actor? = nil
    ) {
        record.lastRow += 1
        var row = ScheduleLogRow(outcome, at: now)
        row.number = record.lastRow
        row.occurrence = occurrence
        row.last = count > 1 ? last : nil
        row.count = count
        row.span = span
        row.reason = reason
        row.by = actor
        rows.append(row)
    }
}
