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
        guard let timer = run.timers.first(where: { $0.index == index }), isDue(timer) else {
            return
        }
        let owner = machine.states[machine.timers[index].state].id
        record(
            "timer.fired", ["state": .string(owner), "due": .string(timer.due.rfc3339)])
        let event = Event(
            name: "after.\(owner)", identity: .timer(index),
            data: ["due": .string(timer.due.rfc3339)])
        let step = machine.step(run.snapshot, event, environment: environment)
        run.timers.removeAll { $0.index == index }
        settle(step)
    }

    private func isDue(_ timer: RunTimer) -> Bool {
        timer.due <= (isMutant(.timerEarly) ? now + .milliseconds(5) : now)
    }

    private mutating func fireActivation(_ number: Int64) {
        guard let activation = activation(number) else { return }
        if let deadline = activation.deadline, deadline <= now, !activation.isAbandoned {
            return passDeadline(activation)
        }
        switch activation.phase {
        case .backingOff(let until) where until <= now:
            dispatchWithinRetention(number)
        case .askingLater(let until) where until <= now:
            askNow(number)
        case .waiting where activation.task?.remindAt.map({ $0 <= now }) == true:
            return remindByClock(number)
        case .local, .calling, .backingOff, .asking, .askingLater, .waiting, .incident:
            return
        }
        settlePending()
    }

    /// The chart may go on without the answer; an attempt on its way is settled as one whose state was left.
    private mutating func passDeadline(_ activation: Activation) {
        let number = activation.number
        update(number) { $0.deadline = nil }
        let error = CallError(
            name: "deadline", message: "no result within its deadline", isRetryable: false)
        record("call.deadline", describe(number, error))
        guard case .invocation(let index) = activation.purpose else { return settlePending() }
        let event = failure(activation, index, error, names: ["deadline", "exhausted"])
        if machine.selection(run.snapshot, event, environment: environment) == .taken {
            leaveInvocation(index)
            pending.append(event)
        } else if case .backingOff = activation.phase {
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
            activation.nextMoment.map {
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
        let phaseEnd: Timestamp? =
            switch phase {
            case .backingOff(let until), .askingLater(let until): until
            // Performed at once; the row makes a restart perform it when that did not happen.
            case .local: lastSentAt
            case .waiting: task?.remindAt
            case .calling, .asking, .incident: nil
            }
        guard let deadline, !isAbandoned else { return phaseEnd }
        return min(deadline, phaseEnd ?? deadline)
    }
}
