import Execution
import Logging
import Synchronization
import Values

/// Writes to the log what happened: the message first, then what it is about. What comes in masses is counted
/// (`LineBudget`).
package final class Teller: Sendable {
    private struct State {
        var budget = LineBudget()
        var isWaiting = false
    }

    private let logger: Logger
    private let state = Mutex(State())

    package init(_ logger: Logger) { self.logger = logger }

    package func tell(_ happenings: [Happening]) {
        for happening in happenings { tell(happening) }
        waitForRests()
    }

    private func tell(_ happening: Happening) {
        let line = happening.line
        guard logger.logLevel <= line.level,
            state.withLock({ $0.budget.admits(line.kind, at: .now) })
        else { return }
        logger.log(level: line.level, "\(line.message)", metadata: line.metadata)
    }

    /// One task waits for the end of the spans that are under way, and ends with them.
    private func waitForRests() {
        let end = state.withLock { state -> ContinuousClock.Instant? in
            guard !state.isWaiting, let end = state.budget.nextEnd else { return nil }
            state.isWaiting = true
            return end
        }
        guard let end else { return }
        Task { [weak self] in
            try? await Task.sleep(until: end, clock: .continuous)
            self?.tellRests()
        }
    }

    private func tellRests() {
        let rests = state.withLock { state in
            state.isWaiting = false
            return state.budget.takeRests(at: .now)
        }
        for rest in rests {
            logger.warning(
                "more of the same were not written",
                metadata: [
                    "what": "\(rest.kind)", "count": "\(rest.count)",
                    "seconds": "\(LineBudget.span.components.seconds)",
                ])
        }
        waitForRests()
    }
}

/// One line of the log.
private struct Line {
    let level: Logger.Level
    let message: String
    /// What lines that tell the same have in common.
    let kind: String
    let metadata: Logger.Metadata

    /// - Parameter cause: what tells it from lines of the same message that are about something else.
    init(_ level: Logger.Level, _ message: String, cause: String, _ metadata: Logger.Metadata) {
        self.level = level
        self.message = message
        kind = "\(message): \(cause)"
        self.metadata = metadata
    }
}

extension Happening {
    fileprivate var line: Line {
        switch self {
        case .callFailed(let failure): failure.line
        case .incidentOpened(let name, let incident):
            Line(
                .error, "incident opened", cause: incident.cause,
                [
                    "instance": "\(name)", "incident": "\(incident.number)",
                    "kind": "\(incident.kind.rawValue)", "cause": "\(incident.cause)",
                    "see": "pawl why \(name.pasted)",
                ])
        case .incidentClosed(let name, let incident):
            Line(
                .notice, "incident closed", cause: incident.cause,
                [
                    "instance": "\(name)", "incident": "\(incident.number)",
                    "cause": "\(incident.cause)",
                ])
        case .occurrencesMissed(let workflow, let count, let outcome, let reason):
            Line(
                .warning, "a schedule started nothing", cause: workflow,
                [
                    "workflow": "\(workflow)", "occurrences": "\(count)",
                    "outcome": "\(outcome)", "reason": "\(reason)",
                    "see": "pawl schedules \(workflow)",
                ])
        }
    }
}

extension Happening.CallFailure {
    fileprivate var line: Line {
        // The words that are another for each instance would make each line one of its own.
        let reason = Incident.cause(of: message)
        return Line(
            .warning, isUnknown ? "nobody knows whether a call took effect" : "a call failed",
            cause: "\(task) \(error): \(reason)",
            [
                "instance": "\(instance)", "task": "\(task)", "attempt": "\(attempt)",
                "error": "\(error)", "reason": "\(reason)",
            ])
    }
}
