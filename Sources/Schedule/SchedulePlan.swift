import Values

/// Why an occurrence does not run; the raw value is what is recorded and shown.
package enum SkipReason: String, Sendable, Hashable, CaseIterable {
    /// The schedule was paused.
    case paused
    /// It was later than the catch-up window.
    case catchupWindow = "catchup-window"
    /// A later occurrence was due as well and stands for it.
    case backlog
    /// An instance was running (`skip`), or one waited already (`bufferOne`).
    case overlap
    /// As many wait as may.
    case bufferFull = "buffer-full"
    /// A later occurrence of the same plan would have stopped it at once (`cancelOther`,
    /// `terminateOther`).
    case superseded

    /// A person or the schedule itself has said that such an occurrence does not run. A catch-up window and a limit
    /// say only how much is made good.
    package var isWanted: Bool {
        switch self {
        case .paused, .backlog, .overlap, .superseded: true
        case .catchupWindow, .bufferFull: false
        }
    }
}

/// What becomes of an occurrence, or of a row of them.
package enum ScheduleDecision: Sendable, Hashable {
    /// Start an instance under the occurrence's identity.
    case run(Occurrence)
    /// Keep it, and start it when nothing of this schedule runs.
    case buffer(Occurrence)
    /// Ask the running instances to cancel, and start it when they have ended.
    case cancelRunningAndRun(Occurrence)
    /// End the running instances and start it.
    case terminateRunningAndRun(Occurrence)
    /// Record that they do not run.
    case skip(Skipped)
}

/// Occurrences that follow one another and do not run, for one reason. A year of seconds is a few
/// thousand of these, not thirty million; the rule gives the occurrences between the ends again.
package struct Skipped: Sendable, Hashable {
    package let first: Occurrence
    package fileprivate(set) var last: Occurrence
    package fileprivate(set) var count: Int
    package let reason: SkipReason
}

/// What is known of a schedule when its occurrences are planned.
package struct ScheduleState: Sendable, Hashable {
    /// Occurrences up to here are done with.
    package var processedUpTo: Timestamp
    package var isPaused: Bool
    /// Whether an instance that the schedule started has not ended.
    package var isRunning: Bool
    /// How many occurrences wait.
    package var buffered: Int

    package init(
        processedUpTo: Timestamp, isPaused: Bool = false, isRunning: Bool = false,
        buffered: Int = 0
    ) {
        self.processedUpTo = processedUpTo
        self.isPaused = isPaused
        self.isRunning = isRunning
        self.buffered = buffered
    }
}

/// What a schedule does now.
package struct SchedulePlan: Sendable, Hashable {
    /// In order of the occurrences; every due occurrence is in exactly one of them.
    package fileprivate(set) var decisions: [ScheduleDecision] = []
    /// The next state's `processedUpTo`, to be committed with the decisions.
    package fileprivate(set) var processedUpTo: Timestamp
    /// When to plan again: not after now where more is due than was planned; nil: never.
    package fileprivate(set) var nextWake: Timestamp?
}

extension Rule {
    /// Decides on the occurrences that came due since the last plan.
    ///
    /// An occurrence is due at its instant plus its jitter. They are taken in order of their
    /// instants and none overtakes another, so that the state stays one moment. Each is tried in
    /// turn: paused, later than the window, stood for by a later one (`backlog: latest`), then the
    /// overlap policy, where what this plan starts counts as running.
    /// - Parameters:
    ///   - seed: the stable hash of the schedule's name, for the jitter.
    ///   - limit: at most so many occurrences; a longer backlog takes several plans.
    package func plan(
        _ state: ScheduleState, policy: SchedulePolicy, seed: UInt64, now: Timestamp,
        limit: Int = 1_000
    ) -> SchedulePlan {
        var planner = Planner(state: state, policy: policy, now: now)
        // One more than is planned tells whether the last one planned is the latest one.
        let limit = min(max(limit, 1), 1_000_000)
        let found = occurrences(
            after: state.processedUpTo, upTo: max(now, state.processedUpTo), limit: limit + 1)
        let due = found.prefix { $0.due(seed, policy) <= now }
        let planned = due.prefix(limit)
        for (index, occurrence) in planned.enumerated() {
            let lateness = now - occurrence.due(seed, policy)
            planner.decide(occurrence, lateness: lateness, isLatest: index == due.count - 1)
        }
        if due.count > limit {
            planner.plan.nextWake = now
        } else if let next = due.count < found.count ? found[due.count] : self.next(after: now) {
            planner.plan.nextWake = next.due(seed, policy)
        }
        return planner.plan
    }
}

extension Occurrence {
    fileprivate func due(_ seed: UInt64, _ policy: SchedulePolicy) -> Timestamp {
        policy.jitter > .zero ? instant + jitter(seed: seed, within: policy.jitter) : instant
    }
}

/// The plan under way, and what runs and waits by now.
private struct Planner {
    let policy: SchedulePolicy
    let isPaused: Bool
    var isRunning: Bool
    var buffered: Int
    var plan: SchedulePlan

    init(state: ScheduleState, policy: SchedulePolicy, now: Timestamp) {
        self.policy = policy
        isPaused = state.isPaused
        isRunning = state.isRunning
        buffered = state.buffered
        plan = SchedulePlan(processedUpTo: state.processedUpTo)
    }

    mutating func decide(_ occurrence: Occurrence, lateness: Duration, isLatest: Bool) {
        plan.processedUpTo = occurrence.instant
        if isPaused {
            skip(occurrence, .paused)
        } else if lateness > policy.catchupWindow {
            skip(occurrence, .catchupWindow)
        } else if policy.backlog == .latest, !isLatest {
            skip(occurrence, .backlog)
        } else {
            admit(occurrence, isLatest: isLatest)
        }
    }

    /// The overlap policy.
    private mutating func admit(_ occurrence: Occurrence, isLatest: Bool) {
        if [.cancelOther, .terminateOther].contains(policy.overlap), !isLatest {
            return skip(occurrence, .superseded)
        }
        switch policy.admission(isRunning: isRunning, buffered: buffered) {
        case .start: start(.run(occurrence))
        case .cancelRunning: start(.cancelRunningAndRun(occurrence))
        case .terminateRunning: start(.terminateRunningAndRun(occurrence))
        case .wait:
            buffered += 1
            plan.decisions.append(.buffer(occurrence))
        case .skip(let reason): skip(occurrence, reason)
        }
    }

    private mutating func start(_ decision: ScheduleDecision) {
        isRunning = true
        plan.decisions.append(decision)
    }

    private mutating func skip(_ occurrence: Occurrence, _ reason: SkipReason) {
        if case .skip(var row)? = plan.decisions.last, row.reason == reason {
            row.last = occurrence
            row.count += 1
            plan.decisions[plan.decisions.count - 1] = .skip(row)
        } else {
            let row = Skipped(first: occurrence, last: occurrence, count: 1, reason: reason)
            plan.decisions.append(.skip(row))
        }
    }
}
