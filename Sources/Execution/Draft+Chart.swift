import CEL
import Statechart

/// Moving the chart: one macrostep after the other until nothing is left to take.
extension Draft {
    /// Applies a step and all that follows from it inside the instance.
    mutating func settle(_ step: Step) {
        apply(step)
        var macrosteps = 1
        while macrosteps < Self.maximumMacrosteps {
            if let event = nextPending() {
                apply(machine.step(run.snapshot, event, environment: environment))
            } else if progressFanOuts() {
                // Bounded by the items that were read.
                continue
            } else if !offerKept() && !progressCompensation() {
                break
            }
            macrosteps += 1
        }
        if macrosteps == Self.maximumMacrosteps { suspend(cycle: activeNames) }
        endIfDone()
    }

    /// Settles what an input changed without a step of its own.
    mutating func settlePending() { settle(Step(snapshot: run.snapshot)) }

    private mutating func nextPending() -> Event? {
        pending.isEmpty || run.status.isTerminal ? nil : pending.removeFirst()
    }

    mutating func apply(_ step: Step) {
        guard !step.isRunaway else {
            suspend(cycle: step.microsteps.flatMap(\.entered).map { machine.states[$0].id })
            return
        }
        run.snapshot = step.snapshot
        for microstep in step.microsteps where !(step.snapshot.hasEnded && microstep.isFarewell) {
            record(microstep)
        }
        visit(step)
        let isHandled = step.microsteps.contains { $0.event == "error.execution" }
        for problem in step.problems { note(problem, isHandled: isHandled) }
        for effect in step.effects { apply(effect) }
    }

    private mutating func record(_ microstep: Microstep) {
        guard !microstep.entered.isEmpty || !microstep.exited.isEmpty else { return }
        record(
            "transition",
            [
                "event": microstep.event.map { .string($0) } ?? .null,
                "exited": names(microstep.exited), "entered": names(microstep.entered),
            ])
    }

    func names(_ states: [StateIndex]) -> Value {
        .list(states.filter { $0 != 0 }.map { .string(machine.states[$0].id) })
    }

    var activeNames: [String] {
        machine.leaves(of: run.snapshot.configuration).map { machine.states[$0].id }
    }

    /// Keeps the visits of states that stayed, begins those of states that were entered.
    private mutating func visit(_ step: Step) {
        let entered = Set(step.microsteps.flatMap(\.entered))
        guard !entered.isEmpty || step.microsteps.contains(where: { !$0.exited.isEmpty }) else {
            return
        }
        run.lastIgnored = nil
        // Those of a call stay: its state may be in another region.
        closeIncidents {
            $0.activation == nil && ($0.kind == .expressionError || $0.kind == .suspended)
        }
        let known = run.visits.filter { !entered.contains($0.state) }
        run.visits = run.snapshot.configuration.map { state in
            known.first { $0.state == state }
                ?? StateVisit(state: state, since: now, overdueAt: overdueTime(of: state))
        }
    }

    private func overdueTime(of state: StateIndex) -> Timestamp? {
        guard definition.stateFacts.indices.contains(state),
            let expect = definition.stateFacts[state].expect,
            let value = try? expect.evaluate(bindings)
        else { return nil }
        return Self.time(value, from: now)
    }

    /// A delay from now, or a moment. Sub-millisecond parts are rounded up: never early (G5).
    static func time(_ value: Value, from now: Timestamp) -> Timestamp? {
        switch value {
        case .duration(let duration): now.adding(duration)?.ceilingToMilliseconds
        case .timestamp(let moment): moment.ceilingToMilliseconds
        case .string(let text):
            Duration(parsing: text).flatMap { now.adding($0)?.ceilingToMilliseconds }
                ?? Timestamp(rfc3339: text)?.ceilingToMilliseconds
        case .null, .bool, .int, .uint, .double, .bytes, .list, .map, .type, .optional: nil
        }
    }

    private mutating func apply(_ effect: Effect) {
        switch effect {
        case .startTimer(let index, let due): startTimer(index, due)
        case .cancelTimer(let index): run.timers.removeAll { $0.index == index }
        case .startInvocation(let index): startInvocation(index)
        case .cancelInvocation(let index): leaveInvocation(index)
        case .emit(let emission): apply(emission)
        }
    }

    private mutating func apply(_ emission: Emission) {
        switch emission.kind {
        case .send: publish(emission.payload)
        case .notify: startNotification(emission.payload)
        case .report: report(emission.payload)
        case .log: record("log", ["message": emission.payload])
        case .reject:
            rejection = Receipt(
                .rejected, code: emission.payload["code"]?.stringValue,
                message: emission.payload["message"]?.stringValue)
        }
    }

    private mutating func startTimer(_ index: TimerIndex, _ value: Value) {
        guard let due = Self.time(value, from: now) else {
            note(
                ExpressionProblem(
                    place: .timer, location: machine.timers[index].location,
                    message: "`after` gave \(value.typeName); it takes a duration or a timestamp"))
            return
        }
        run.timers.append(RunTimer(index: index, due: due))
    }

    /// An event to whoever declares it. Its id is derived, so that a repeat is recognised.
    private mutating func publish(_ payload: Value) {
        guard let name = payload["event"]?.stringValue else { return }
        let event = InboundEvent(
            id: "\(run.name)#\(run.lastMessage + 1)", name: name,
            data: payload["data"] ?? .map(ValueMap()), sender: .system)
        let receivers = catalog.receivers(
            of: event, key: payload["key"]?.keyText ?? run.name.key,
            workflow: payload["to"]?.stringValue)
        record(
            "event.sent",
            [
                "event": .string(name), "data": event.data,
                "to": .list(receivers.map { .string($0.name.description) }),
            ])
        for receiver in receivers {
            send(.event(receiver.name, event, isStart: receiver.isStart))
        }
    }

    /// An expression failed; where the chart did not handle `error.execution` a person must see it.
    mutating func note(_ problem: ExpressionProblem, isHandled: Bool = false) {
        let text =
            "\(definition.name) \(problem.location) (\(problem.place.rawValue)): \(problem.message)"
        record("expression.error", ["message": .string(text)])
        let error = CallError(name: "expression", message: text, isRetryable: false)
        guard !isHandled, !run.incidents.contains(where: { $0.error.message == text }) else {
            return
        }
        openIncident(.expressionError, activation: nil, error)
    }

    private mutating func suspend(cycle: [String]) {
        pending = []
        let error = CallError(
            name: "endless",
            message:
                "more transitions without a wait than allowed, in \(cycle.joined(separator: " → "))",
            isRetryable: false)
        openIncident(.suspended, activation: nil, error)
    }
}

extension Timestamp {
    var ceilingToMilliseconds: Timestamp {
        let floored = Timestamp(milliseconds: milliseconds)
        return floored < self ? Timestamp(milliseconds: milliseconds + 1) : floored
    }
}
