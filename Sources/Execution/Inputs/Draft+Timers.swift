import Sabotage
import Statechart
import Values

/// Durable timers: the chart's, the calls', the kept events'. None fires before its due time (G5); one that
/// was cleared meanwhile does nothing.
extension Draft {
    mutating func fire(_ id: TimerID) {
        switch id {
        case .chart(let index): fireChart(index)
        case .activation(let number): fireActivation(number)
        case .kept(let number): expireKept(number)
        }
    }

    private mutating func fireChart(_ index: TimerIndex) {
        guard let timer = run.timers.due(index, at: now) else { return }
        let owner = machine.states[machine.timers[index].state].id
        var fired: ValueMap = ["state": .string(owner), "due": .string(timer.due.rfc3339)]
        fired.set("dueName", timer.reckoning.map { .string($0.text) })
        record(.timerFired, .map(fired))
        let event = Event(
            name: "after.\(owner)", identity: .timer(index),
            data: ["due": .string(timer.due.rfc3339)])
        let step = machine.step(run.snapshot, event, environment: environment)
        run.timers.clear(index)
        settle(step)
    }

    private mutating func fireActivation(_ number: Int64) {
        guard let activation = activation(number), run.nextMoment(of: activation) != nil else {
            return
        }
        if let deadline = activation.deadline, deadline <= now, !activation.isAbandoned {
            return passDeadline(activation)
        }
        switch activation.work {
        case .call(let call):
            guard fire(number, call) else { return }
        case .task(let task):
            guard let moment = task.open?.remindAt, moment <= now else { return }
            return remindByClock(number)
        case .child, .members, .undoing: return
        }
        settlePending()
    }

    /// - Returns: false when nothing of it is due.
    private mutating func fire(_ number: Int64, _ call: Work.Call) -> Bool {
        switch call.phase {
        case .backingOff(let until) where until <= now: dispatchWithinRetention(number)
        case .askingLater(let until) where until <= now: ask(number)
        case .unsent, .local, .calling, .backingOff, .asking, .askingLater, .held, .incident:
            return false
        }
        return true
    }

    /// The chart may go on without the answer; an attempt on its way is settled as one whose state was left.
    private mutating func passDeadline(_ activation: Activation) {
        let number = activation.number
        update(number) { $0.passDeadline() }
        let error = CallError(
            name: "deadline", message: "no result within its deadline", isRetryable: false)
        record(.callDeadline, describe(number, error))
        guard let index = activation.invocation else { return settlePending() }
        let event = failure(activation, index, error, names: ["deadline", "exhausted"])
        if isTaken(event) {
            leaveInvocation(index)
            raise(event)
        } else if case .backingOff = activation.call?.phase {
            fail(number, error, names: ["deadline", "exhausted"])
        }
        settlePending()
    }

    private mutating func expireKept(_ number: Int64) {
        guard let kept = run.kept.first(where: { $0.number == number }), kept.expiresAt <= now
        else { return }
        discard(kept, code: "expired")
    }
}

extension Run {
    /// What the store's timer table must hold for this run: exactly this (invariant 7).
    package var timerRows: [TimerRow] {
        let chart = timers.map { TimerRow(instance: id, id: .chart($0.index), due: $0.due) }
        let calls = activations.compactMap { activation in
            nextMoment(of: activation).map {
                TimerRow(instance: id, id: .activation(activation.number), due: $0)
            }
        }
        let expiries = kept.map {
            TimerRow(instance: id, id: .kept($0.number), due: $0.expiresAt)
        }
        return chart + calls + expiries
    }
}

extension Activation {
    /// When something happens to it by itself.
    package var nextMoment: Timestamp? {
        if heldSince != nil { return nil }
        let own: Timestamp? =
            switch work {
            case .call(let call): call.nextMoment
            case .task(let task): task.open?.remindAt
            case .child, .members, .undoing: nil
            }
        guard let deadline, !isAbandoned else { return own }
        return min(deadline, own ?? deadline)
    }
}

extension Work.Call {
    fileprivate var nextMoment: Timestamp? {
        switch phase {
        case .backingOff(let until), .askingLater(let until): until
        // Performed at once; the row makes a restart perform it when that did not happen.
        case .local: lastSentAt
        case .unsent, .calling, .asking, .held, .incident: nil
        }
    }
}
