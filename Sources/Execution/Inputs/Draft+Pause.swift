import Definition
import Values

/// Pausing: what comes is kept as it came, what is due waits, and all of it is taken up when the instance is resumed.
extension Draft {
    mutating func pause(reason: String, by actor: Actor, _ note: ValueMap) {
        if let pause = run.pause {
            return refuse(
                .notApplicable, "\(run.name) is paused by \(pause.by) already",
                fix: "`pawl resume \(run.name.pasted) --reason '<why>'` lets it go on")
        }
        record(.paused, .map(note))
        run.pause = Pause(
            by: actor, reason: reason, since: now, number: run.workflowHold ?? run.lastSequence)
        applied()
    }

    mutating func resume(_ note: ValueMap) {
        guard run.pause != nil else {
            if let problem = run.pauseProblem {
                reply = .problem(problem)
                return
            }
            return refuse(
                .notApplicable, "\(run.name) is not paused",
                fix: "`pawl why \(run.name.pasted)` says what it waits for")
        }
        run.pause = nil
        record(.resumed, .map(note))
        reply = .receipt(Receipt(.applied))
    }

    // MARK: With its workflow

    mutating func hold(with standing: StandingPause) {
        guard run.workflowHold == nil, !run.status.isTerminal else { return }
        record(.paused, note(standing))
        run.workflowHold = run.pause?.number ?? run.lastSequence
    }

    mutating func release(with standing: StandingPause) {
        guard run.workflowHold != nil else { return }
        run.workflowHold = nil
        record(.resumed, note(standing))
    }

    /// - Returns: false when the instance has ended and there is nothing to cancel.
    mutating func holdCancel(_ input: Input, by actor: Actor) -> Bool {
        guard !run.status.isTerminal else { return false }
        if !run.held.hasCancel { setAside(input) }
        reply = .receipt(
            Receipt(
                .kept, code: "workflow-paused",
                message: "\(run.name) is cancelled when its workflow is resumed"))
        return true
    }

    private func note(_ standing: StandingPause) -> Value {
        [
            "by": .string(standing.by.description), "reason": .string(standing.reason),
            "workflow": .string(run.name.workflow), "at": .string(standing.at.rfc3339),
        ]
    }
}

extension Run {
    /// Why it does not do what is asked of it; nil: nobody holds it.
    var pauseProblem: Problem? {
        if workflowHold != nil {
            return Problem(
                .notApplicable, "\(name) is held with its workflow, which is paused",
                fix: "`pawl workflow resume \(name.workflow) --reason '<why>'` lets all of it go on"
            )
        }
        return pause.map {
            Problem(
                .notApplicable, "\(name) is paused by \($0.by): \($0.reason)",
                fix: "`pawl resume \(name.pasted) --reason '<why>'` lets it go on")
        }
    }
}
