import Definition
import Values

/// What an operator does to one instance, besides cancelling it.
package enum OperatorAction: Sendable, Hashable {
    /// The incident's call is tried again, under the same key unless the error was final; nil: those of all incidents.
    case retry(incident: Int64?)
    /// The incident's call took effect, and this is what it gave; the instance goes on as after an answer.
    case complete(incident: Int64, output: Value)
    /// The incident's call took no effect; the instance goes on as after that error.
    case fail(incident: Int64, error: String, message: String)
    /// Sets members of the context, within its schema; null removes one.
    case assign(ValueMap)
    /// The state of that name is entered; what cannot be active beside it is left by its own logic.
    case move(to: String)
    /// The timer of an active state fires now.
    case fireTimer(state: String)
    /// That version of its workflow takes it over, with all that is under way.
    case migrate(to: Int)
    /// Nothing of it moves until it is resumed; what comes meanwhile is kept.
    case pause
    /// It goes on with what came and what fell due meanwhile.
    case resume
    /// Ends it here and now: no state is left by its logic, nothing is undone.
    case terminate
}

extension Draft {
    /// - Parameter reason: for the history; also the reason of a dry run, which nobody keeps.
    mutating func operate(_ action: OperatorAction, reason: String, by actor: Actor) {
        guard !run.status.isTerminal || action.mayFollowTheEnd else {
            return refuse(
                .instanceEnded, "\(run.name) has ended", fix: "its history says how")
        }
        if let problem = run.pauseProblem, !action.mayTouchPaused {
            reply = .problem(problem)
            return
        }
        var note: ValueMap = ["by": .string(actor.description)]
        if !reason.isEmpty { note["reason"] = .string(reason) }
        switch action {
        case .retry(let incident): retry(incident, note)
        case .complete(let incident, let output): complete(incident: incident, output, note)
        case .fail(let incident, let error, let message):
            let error = CallError(name: error, message: message, isRetryable: false)
            fail(incident: incident, error, note)
        case .assign(let members): assign(members, note)
        case .move(let state): move(to: state, note)
        case .fireTimer(let state): fireTimer(of: state, note)
        case .migrate(let version): migrate(to: version, note)
        case .pause: pause(reason: reason, by: actor, note)
        case .resume: resume(note)
        case .terminate: terminate(note)
        }
    }

    mutating func refuse(_ code: Problem.Code, _ message: String, fix: String) {
        reply = .problem(Problem(code, message, fix: fix))
    }

    mutating func applied() {
        reply = .receipt(Receipt(.applied))
        settlePending()
    }

    // MARK: Calls

    /// The activation behind an incident of which a person may say how it ended.
    private mutating func activation(behind number: Int64) -> Activation? {
        guard let incident = run.incidents.first(where: { $0.number == number }) else {
            refuse(
                .notApplicable, "\(run.name) has no open incident \(number)",
                fix: "`pawl why \(run.name.pasted)` names those it has")
            return nil
        }
        guard let activation = incident.activation.flatMap(activation), activation.canBeTold else {
            refuse(
                .notApplicable, "incident \(number) is not about a call",
                fix: "`pawl why \(run.name.pasted)` says what would end it")
            return nil
        }
        return activation
    }

    private mutating func complete(incident: Int64, _ output: Value, _ note: ValueMap) {
        guard let activation = activation(behind: incident) else { return }
        var output = output
        switch manifest(activation.number)?.outputSchema.decode(output) {
        case .valid(let decoded): output = decoded
        case .invalid(let violations):
            reply = .problem(
                Problem(
                    .invalid, "this is not what \(activation.label) gives",
                    fix: "mend the members named in `errors`", violations: violations))
            return
        case nil: break
        }
        record(.incidentCompleted, .map(note.merging(["incident": .int(incident)])))
        closeIncidents { $0.number == incident }
        complete(activation.number, output)
        applied()
    }

    private mutating func fail(incident: Int64, _ error: CallError, _ note: ValueMap) {
        guard let activation = activation(behind: incident) else { return }
        record(.incidentFailed, .map(note.merging(["incident": .int(incident)])))
        closeIncidents { $0.number == incident }
        updateCall(activation.number) {
            $0.tookNoEffect()
            $0.note(error)
        }
        record(.callFailed, describe(activation.number, error))
        if activation.isAbandoned, !activation.isDetached {
            settleAbandoned(activation.number)
        } else {
            fail(activation.number, error, names: [error.name])
        }
        applied()
    }

    // MARK: The chart

    private mutating func assign(_ members: ValueMap, _ note: ValueMap) {
        let known = definition.context.propertyNames ?? []
        let unknown = members.keys.compactMap(\.stringValue).first { name in
            !known.contains { sameUTF8($0, name) }
        }
        if let unknown {
            return refuse(
                .invalid,
                "workflow \(definition.name) declares no member `\(unknown)` of its context",
                fix: nearestName(to: unknown, among: known).map { "did you mean `\($0)`?" }
                    ?? (known.isEmpty
                        ? "it declares none" : "declared: \(known.joined(separator: ", "))"))
        }
        var data = run.snapshot.data
        for (key, value) in members.entries {
            guard let name = key.stringValue else { continue }
            data[name] = value.isNull ? .none : value
        }
        guard case .valid(.map(let decoded)) = definition.context.decode(.map(data)) else {
            guard case .invalid(let violations) = definition.context.decode(.map(data)) else {
                return
            }
            reply = .problem(
                Problem(
                    .invalid, "the context would not fit workflow \(definition.name)",
                    fix: "mend the members named in `errors`", violations: violations))
            return
        }
        if let excess = Value.map(decoded).excess() {
            return refuse(.tooLarge, "the context would be \(excess)", fix: "set less")
        }
        let before = ValueMap(
            members.keys.compactMap(\.stringValue).map { ($0, run.snapshot.data[$0] ?? .null) })
        run.snapshot.data = decoded
        record(
            .contextAssigned,
            .map(note.merging(["before": .map(before), "after": Value.map(members).plain])))
        // What waits for a condition looks at it anew; an instance that is held does when it goes on.
        if !isHeld { settle(machine.reconsider(run.snapshot, environment: environment)) }
        applied()
    }

    private mutating func move(to name: String, _ note: ValueMap) {
        guard !run.snapshot.hasEnded, isStopped || !run.snapshot.configuration.isEmpty else {
            return refuse(
                .notApplicable, "\(run.name) is in no state that it could be moved from",
                fix: "`pawl why \(run.name.pasted)` says what it waits for")
        }
        guard let state = machine.state(named: name), machine.canMove(to: state) else {
            let known = machine.states.indices.filter(machine.canMove).map { machine.states[$0].id }
            return refuse(
                .unknownState, "workflow \(definition.name) has no state \(name)",
                fix: nearestName(to: name, among: known).map { "did you mean \($0)?" }
                    ?? "its states: \(known.joined(separator: ", "))")
        }
        record(.moved, .map(note.merging(["to": .string(name)])))
        withdrawFailed()
        settle(machine.move(run.snapshot, to: state, environment: environment))
        applied()
    }

    private mutating func fireTimer(of state: String, _ note: ValueMap) {
        if let stopping {
            return refuse(
                .notApplicable,
                "\(run.name) is stopped by incident \(stopping.number), so that its timers wait",
                fix: "`pawl retry \(run.name.pasted)` has the step tried again")
        }
        let running = run.timers.filter {
            sameUTF8(machine.states[machine.timers[$0.index].state].id, state)
        }
        guard let timer = running.min(by: { $0.due < $1.due }) else {
            let known = Set<ExactText>(
                run.timers.map { machine.states[machine.timers[$0.index].state].id })
            return refuse(
                .notApplicable, "no timer of state \(state) is running",
                fix: known.isEmpty
                    ? "the instance has no timer now"
                    : "those that run: \(known.sorted().map(\.text).joined(separator: ", "))")
        }
        record(
            .timerMoved,
            .map(
                note.merging([
                    "state": .string(state), "due": .string(timer.due.rfc3339),
                    "to": .string(now.rfc3339),
                ])))
        run.timers.bringForward(timer, to: now)
        fire(.chart(timer.index))
        applied()
    }

    // MARK: The end

    private mutating func terminate(_ note: ValueMap) {
        let open = run.effects.standing
        let standing = open.map { effect -> Value in
            [
                "task": .string(effect.task), "key": .string(effect.key),
                "status": .string(effect.status.rawValue),
            ]
        }
        record(.terminated, .map(note.merging(["standing": .list(standing)])))
        tellOfTermination(reason: note["reason"] ?? .null, effects: open)
        for activation in run.activations where !activation.isAbandoned {
            _ = finishMember(activation, .cancelled)
        }
        for activation in run.activations {
            guard case .child(let child) = activation.work,
                case .invocation(let use) = child.purpose,
                definition.invocations[use.invocation].onExit == .cancel
            else { continue }
            send(.cancelChild(child.name, reason: "\(run.name) was terminated"))
        }
        for activation in run.activations where activation.task != nil { withdrawTask(activation) }
        run.activations.endAll()
        run.incidents.closeAll()
        run.snapshot.configuration = []
        step.dropEvents()
        end(.terminated)
        reply = .receipt(Receipt(.applied))
    }
}

extension Activation {
    /// A person may say how it ended: a call, a child or a fan-out, not the undoing of several effects.
    var canBeTold: Bool {
        if case .undoing = work { false } else { true }
    }
}

extension OperatorAction {
    /// As its command is called.
    var name: String {
        switch self {
        case .retry: "retry"
        case .complete: "complete"
        case .fail: "fail"
        case .assign: "assign"
        case .move: "move"
        case .fireTimer: "fire-timer"
        case .migrate: "migrate"
        case .pause: "pause"
        case .resume: "resume"
        case .terminate: "terminate"
        }
    }

    /// Undoing and mails outlive their instance's end, and so do their incidents.
    fileprivate var mayFollowTheEnd: Bool {
        switch self {
        case .retry, .complete, .fail: true
        case .assign, .move, .fireTimer, .migrate, .pause, .resume, .terminate: false
        }
    }

    /// What moves it has to wait until it is resumed.
    fileprivate var mayTouchPaused: Bool {
        switch self {
        case .assign, .migrate, .pause, .resume, .terminate: true
        case .retry, .complete, .fail, .move, .fireTimer: false
        }
    }
}
