import Definition
import Execution
import Schedule
import Values

/// What an action on a schedule did, or would do.
package struct ScheduleEffect: Sendable, Hashable {
    package let action: ScheduleAction
    /// Those that started at once.
    package let started: [InstanceName]
    /// What was asked for and waits, in its order.
    package let queued: [InstanceName]
    /// What runs or waits before it.
    package let behind: [InstanceName]
    /// Why a run that was asked for does not start.
    package let skipped: SkipReason?
    /// What the workflow says of an input that it does not take, and what else kept one from starting.
    package let refused: [String]
    /// Running ones that were asked to cancel.
    package let cancelled: [InstanceName]
    package let terminated: [InstanceName]
    /// The schedule is paused and holds what was asked for.
    package let isHeld: Bool
    package let overlap: OverlapPolicy

    init(
        _ action: ScheduleAction, _ turn: ScheduleTurn, started: [InstanceName],
        of schedule: WorkflowSchedule
    ) {
        func names(_ keys: [String]) -> [InstanceName] {
            keys.map { InstanceName(workflow: schedule.workflow, key: $0) }
        }
        self.action = action
        self.started = started
        let record = turn.record
        let waiting = turn.asked.filter { asked in
            record.buffered.contains { sameUTF8($0.key, asked.key) }
        }
        queued = names(waiting.map(\.key))
        let before = record.buffered.prefix { !sameUTF8($0.key, waiting.first?.key) }
        behind =
            waiting.isEmpty && turn.skipped == nil
            ? [] : names(record.running + before.map(\.key))
        skipped = turn.skipped
        refused = turn.rows.filter { $0.outcome == .refused || $0.outcome == .existed }.map { row in
            "\(row.occurrence?.key ?? ""): \(row.reason ?? "it made an instance already")"
        }
        cancelled = names(turn.cancels)
        terminated = names(turn.terminations)
        isHeld = record.pause != nil && waiting.contains { !$0.isByHand }
        overlap = schedule.policy.overlap
    }

    /// Members of the API's answer.
    package var document: ValueMap {
        var map: ValueMap = ["started": Self.list(started)]
        guard let outcome else { return map }
        map["outcome"] = .string(outcome)
        map["message"] = .string(message)
        map["queued"] = Self.list(queued)
        map["behind"] = Self.list(behind)
        map["cancelled"] = Self.list(cancelled)
        map["terminated"] = Self.list(terminated)
        map.set("reason", skipped.map { .string($0.rawValue) })
        return map
    }

    private static func list(_ names: [InstanceName]) -> Value {
        .list(names.map { .string($0.description) })
    }

    /// nil: nothing was to start.
    private var outcome: String? {
        switch action {
        case .pause, .resume: nil
        case .run, .backfill:
            if !started.isEmpty {
                "started"
            } else if !queued.isEmpty {
                "queued"
            } else if skipped != nil {
                "skipped"
            } else {
                refused.isEmpty ? "nothing" : "refused"
            }
        }
    }

    /// One line for people.
    private var message: String {
        var parts: [String] = []
        if !terminated.isEmpty { parts.append("terminated \(Self.text(terminated))") }
        if !cancelled.isEmpty { parts.append("asked \(Self.text(cancelled)) to cancel") }
        if !started.isEmpty { parts.append("started \(Self.text(started))") }
        if !queued.isEmpty { parts.append(waits) }
        if let skipped { parts.append(notStarted(skipped)) }
        parts += refused.prefix(3).map { "not started: \($0)" }
        return parts.isEmpty ? "nothing to start in this span" : parts.joined(separator: "; ")
    }

    private var waits: String {
        let verb = queued.count == 1 ? "waits" : "wait"
        guard !isHeld else { return "\(Self.text(queued)) \(verb) until the schedule is resumed" }
        let cause = behind.isEmpty ? Array(started.suffix(1)) : behind
        return
            "\(Self.text(queued)) \(verb) for \(Self.text(cause)) to end (overlap: \(overlap.rawValue))"
    }

    private func notStarted(_ reason: SkipReason) -> String {
        let cause =
            reason == .bufferFull
            ? "as many wait as may"
            : "\(Self.text(behind)) \(behind.count == 1 ? "is" : "are") before it"
        return "not started: \(cause) (overlap: \(overlap.rawValue))"
    }

    private static func text(_ names: [InstanceName]) -> String {
        let shown = names.prefix(3).map(\.description).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
    }
}
