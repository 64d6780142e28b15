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
        run.pause = Pause(by: actor, reason: reason, since: now, number: run.lastSequence)
        applied()
    }

    mutating func resume(_ note: ValueMap) {
        guard isPaused else {
            return refuse(
                .notApplicable, "\(run.name) is not paused",
                fix: "`pawl why \(run.name.pasted)` says what it waits for")
        }
        run.pause = nil
        record(.resumed, .map(note))
        reply = .receipt(Receipt(.applied))
    }
}
