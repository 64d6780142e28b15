import CEL
import Schedule

/// What a person wants of a schedule.
package enum ScheduleAction: Sendable, Hashable {
    case pause(reason: String)
    case resume(reason: String)
    /// Now, beside the rule; the overlap policy holds.
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

    private let schedule: WorkflowSchedule
    private let now: Timestamp
    /// A person wants it now, paused or not.
    private var forced: String?

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
            let moment = now.rfc3339
            let occurrence = PlannedOccurrence(key: "run-\(moment)", nominal: moment, instant: now)
            record.buffered.insert(occurrence, at: 0)
            forced = occurrence.key
            note(.buffered, of: occurrence, reason: reason, by: actor)
        case .backfill(let from, let to, let reason):
            let backfill = schedule.rule.backfill(from: from, to: min(to, now))
            let waiting = Set<ExactText>(record.buffered.map(\.key))
            let found = backfill.occurrences.map { PlannedOccurrence($0) }
                .filter { !waiting.contains($0.key) }
            record.buffered += found
            note(
                .backfilled, of: found.first, last: found.last?.key, count: found.count,
                reason: reason, by: actor)
        }
    }

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
            cancels = record.running
            supersede(PlannedOccurrence(occurrence))
        case .terminateRunningAndRun(let occurrence):
            terminations = record.running
            record.running = []
            supersede(PlannedOccurrence(occurrence))
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

    /// What is to be started now: one after the other has ended, unless they may overlap. A pause holds them.
    package mutating func next() -> PlannedOccurrence? {
        guard let first = record.buffered.first,
            schedule.policy.overlap == .allowAll || record.running.isEmpty,
            record.pause == nil || sameUTF8(forced, first.key)
        else { return nil }
        record.buffered.removeFirst()
        record.running.append(first.key)
        return first
    }

    /// The moment of the one that started before this occurrence; nil for a backfill, of which it is not known.
    package func last(before occurrence: PlannedOccurrence) -> Timestamp? {
        guard let last = record.last?.instant, last < occurrence.instant else { return nil }
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
        last: String? = nil, count: Int = 1, reason: String? = nil, by actor: Actor? = nil
    ) {
        record.lastRow += 1
        var row = ScheduleLogRow(outcome, at: now)
        row.number = record.lastRow
        row.occurrence = occurrence
        row.last = count > 1 ? last : nil
        row.count = count
        row.reason = reason
        row.by = actor
        rows.append(row)
    }
}
