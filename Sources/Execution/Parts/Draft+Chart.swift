import CEL
import Definition
import Statechart
import Values

/// Moving the chart: one macrostep after the other until nothing is left to take.
extension Draft {
    /// Applies a step and all that follows from it inside the instance.
    mutating func settle(_ step: Step) {
        apply(step)
        var macrosteps = 1
        while macrosteps < Self.maximumMacrosteps, failure == nil {
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
        if macrosteps == Self.maximumMacrosteps { fail(.endless([])) }
        if failure == nil {
            refreshTasks()
            endIfDone()
        }
    }

    /// Settles what an input changed without a step of its own.
    mutating func settlePending() { settle(Step(snapshot: run.snapshot)) }

    private mutating func nextPending() -> Event? {
        run.status.isTerminal ? nil : step.nextEvent()
    }

    mutating func apply(_ step: Step) {
        if let failure = step.failure { return fail(failure) }
        run.snapshot = step.snapshot
        for microstep in step.microsteps where !(step.snapshot.hasEnded && microstep.isFarewell) {
            record(microstep)
        }
        visit(step)
        for problem in step.problems { note(problem) }
        for effect in step.effects { apply(effect) }
    }

    private mutating func record(_ microstep: Microstep) {
        guard !microstep.entered.isEmpty || !microstep.exited.isEmpty else { return }
        record(
            .transition,
            [
                "event": microstep.event.map { .string($0) } ?? .null,
                "exited": names(microstep.exited), "entered": names(microstep.entered),
                "transitions": .list(microstep.transitions.map { .int(Int64($0)) }),
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
        let entered = Set<StateIndex>(step.microsteps.flatMap(\.entered))
        guard !entered.isEmpty || step.microsteps.contains(where: { !$0.exited.isEmpty }) else {
            return
        }
        run.lastIgnored = nil
        let known = run.visits.filter { !entered.contains($0.state) }
        var visits: [StateVisit] = []
        for state in run.snapshot.configuration {
            visits.append(known.first { $0.state == state } ?? visit(of: state))
        }
        noteLeft(staying: visits)
        run.visits = visits
    }

    /// Begins the visits of states that are active without having been entered.
    mutating func visitUnentered() {
        run.visits = run.snapshot.configuration.map { state in
            run.visits.first { $0.state == state } ?? visit(of: state)
        }
    }

    /// A state that was left and entered again is visited anew.
    private mutating func noteLeft(staying visits: [StateVisit]) {
        for visit in run.visits where visit.state != 0 && !visits.contains(visit) {
            left.append(
                LeftState(
                    workflow: run.name.workflow, state: machine.states[visit.state].id,
                    time: now - visit.since))
        }
    }

    private mutating func visit(of state: StateIndex) -> StateVisit {
        let expected = expectedTime(of: state)
        return StateVisit(
            state: state, since: now, overdueAt: expected?.instant, reckoning: expected?.reckoning)
    }

    private mutating func expectedTime(of state: StateIndex) -> DueTime? {
        guard definition.stateFacts.indices.contains(state),
            let expect = definition.stateFacts[state].expect,
            let value = evaluate(
                expect.template, in: bindings, .expect, "`expect`", at: expect.location)
        else { return nil }
        return dueTime(value, of: expect.template, .expect, "`expect`", at: expect.location)
    }

    /// nil: the value says no time, and the step fails.
    private mutating func dueTime(
        _ value: Value, of template: Template, _ place: ExpressionProblem.Place, _ what: String,
        at location: SourceLocation
    ) -> DueTime? {
        do throws(EvaluationError) {
            return try catalog.calendars.time(value, from: now)
        } catch {
            fail(
                ExpressionProblem(
                    place: place, location: location, message: "\(what): \(error.message)",
                    failed: template.refused(giving: value, bindings)))
            return nil
        }
    }

    /// nil: it failed, and so does the step.
    mutating func evaluate(
        _ template: Template, in bindings: Bindings, _ place: ExpressionProblem.Place,
        _ what: String, at location: SourceLocation
    ) -> Value? {
        do throws(EvaluationError) {
            return try template.evaluate(bindings)
        } catch {
            fail(
                ExpressionProblem(
                    place: place, location: location, message: "\(what): \(error.message)",
                    failed: template.failed(bindings)))
            return nil
        }
    }

    private mutating func apply(_ effect: Effect) {
        switch effect {
        case .startTimer(let index, let due): startTimer(index, due)
        case .cancelTimer(let index): run.timers.clear(index)
        case .startInvocation(let index): startInvocation(index)
        case .cancelInvocation(let index): leaveInvocation(index)
        case .emit(let emission): apply(emission)
        }
    }

    private mutating func apply(_ emission: Emission) {
        switch emission.kind {
        case .send: publish(emission.payload, at: emission.location)
        case .notify: startNotification(emission.payload, at: emission.location)
        case .report: report(emission.payload)
        case .log: record(.log, ["message": emission.payload])
        case .reject:
            step.reject(
                Receipt(
                    .rejected, code: emission.payload["code"]?.stringValue,
                    message: emission.payload["message"]?.stringValue))
        }
    }

    mutating func startTimer(_ index: TimerIndex, _ value: Value) {
        let timer = machine.timers[index]
        guard let due = dueTime(value, of: timer.due, .timer, "`after`", at: timer.location) else {
            return
        }
        run.timers.set(index, due: due)
    }

    /// An event to whoever declares it. Its id is derived, so that a repeat is recognised.
    private mutating func publish(_ payload: Value, at location: SourceLocation) {
        guard let name = payload["event"]?.stringValue else { return }
        guard let key = payload["key"].map(\.keyText) ?? run.name.key else {
            return fail(
                ExpressionProblem(
                    place: .key, location: location,
                    message:
                        "key of `send` \(name): it is \(JSON.string(payload["key"] ?? .null)), "
                        + "and a key is a text or an integer"))
        }
        let event = InboundEvent(
            id: "\(run.name)#\(run.lastMessage + 1)", name: name,
            data: payload["data"] ?? .map(ValueMap()), sender: .system)
        let receivers = catalog.receivers(
            of: event, key: key, workflow: payload["to"]?.stringValue)
        record(
            .eventSent,
            [
                "event": .string(name), "data": event.data,
                "to": .list(receivers.map { .string($0.name.description) }),
            ])
        for receiver in receivers {
            send(.event(receiver.name, event, isStart: receiver.isStart))
        }
    }
}
