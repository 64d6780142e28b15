import Values

/// What happens to an occurrence while an instance of the same schedule is running; the names and
/// their meaning are Temporal's (`ScheduleOverlapPolicy`).
package enum OverlapPolicy: String, Sendable, Hashable, CaseIterable {
    /// Nothing is started; the occurrence is recorded as skipped. The default.
    case skip
    /// It starts when the running instance has ended; only the first one waits, further ones are
    /// skipped.
    case bufferOne
    /// All wait, and run one after the other.
    case bufferAll
    /// The running instance is cancelled by its own logic; this one starts when that has ended.
    case cancelOther
    /// The running instance is ended without its logic; this one starts at once.
    case terminateOther
    /// It starts beside the running ones.
    case allowAll
}

/// What happens to occurrences that come due together, because nobody looked in time.
package enum Backlog: String, Sendable, Hashable, CaseIterable {
    /// The latest one is due, the earlier ones are skipped: one instance catches up. The default.
    case latest
    /// All are due, in order, under the overlap policy.
    case all
}

/// How a schedule treats its occurrences.
package struct SchedulePolicy: Sendable, Hashable {
    package var overlap: OverlapPolicy
    /// An occurrence that is later than this is skipped (Temporal's catch-up window).
    package var catchupWindow: Duration
    package var backlog: Backlog
    /// Occurrences start up to so much later, spread evenly; see ``Occurrence/jitter(seed:within:)``.
    package var jitter: Duration
    /// At most so many occurrences wait; a further one is skipped.
    package var bufferLimit: Int

    package init(
        overlap: OverlapPolicy = .skip, catchupWindow: Duration = .seconds(365 * 86_400),
        backlog: Backlog = .latest, jitter: Duration = .zero, bufferLimit: Int = 1_000
    ) {
        self.overlap = overlap
        self.catchupWindow = catchupWindow
        self.backlog = backlog
        self.jitter = jitter
        self.bufferLimit = bufferLimit
    }
}

/// What the overlap policy makes of an occurrence that is due.
package enum Admission: Sendable, Hashable {
    case start
    case wait
    /// Ask the running instances to cancel, and start it when they have ended.
    case cancelRunning
    /// End the running instances and start it.
    case terminateRunning
    case skip(SkipReason)
}

extension SchedulePolicy {
    /// - Parameter buffered: how many wait already.
    package func admission(isRunning: Bool, buffered: Int) -> Admission {
        switch overlap {
        case .allowAll: .start
        case .cancelOther: isRunning ? .cancelRunning : .start
        case .terminateOther: isRunning ? .terminateRunning : .start
        case .skip, .bufferOne, .bufferAll:
            if !isRunning, buffered == 0 {
                .start
            } else if overlap == .skip || overlap == .bufferOne && buffered > 0 {
                .skip(.overlap)
            } else {
                buffered < max(bufferLimit, 1) ? .wait : .skip(.bufferFull)
            }
        }
    }

    /// The words of the schedule's map that are the policy's.
    package static let words = ["overlap", "catchup", "jitter"]

    /// Reads `{overlap: skip, catchup: {window: 7d, backlog: latest}, jitter: 5m}` out of the map
    /// that also holds the rule; what is not there is as in `init()`.
    package init(parsing value: Value) throws(RuleError) {
        self.init()
        let fields = try Field(value, at: "").map(of: Rule.words + Self.words, "a schedule")
        if let field = fields["overlap"] {
            overlap = try field.name("overlap policy", of: OverlapPolicy.self)
        }
        if let field = fields["jitter"] {
            jitter = try field.duration("'jitter'")
            guard jitter >= .zero else { throw field.failure("'jitter' is not negative") }
        }
        guard let catchup = try fields["catchup"]?.map(of: ["window", "backlog"], "'catchup'")
        else { return }
        if let field = catchup["window"] {
            catchupWindow = try field.duration("'window'")
            guard catchupWindow >= .seconds(10) else {
                throw field.failure(
                    "'window' is at least ten seconds, or ordinary delays would skip")
            }
        }
        if let field = catchup["backlog"] {
            backlog = try field.name("backlog", of: Backlog.self)
        }
    }
}
