import Definition
import Sabotage
import Statechart
import Values

/// A step is all or nothing (docs/reference/errors.md). Where an expression fails or gives what its schema refuses,
/// nothing of the step happens: the input that led there waits with an incident, and what comes meanwhile waits behind
/// it, in order, until a person has it tried again.
extension Draft {
    // MARK: Trying

    /// Takes all that follows from the input, or nothing.
    /// - Parameters:
    ///   - arrival: when it came, which may be long ago.
    ///   - isAcknowledged: its giver was told that it will be taken, so that it waits where others are refused.
    mutating func attempt(
        _ input: Input, at arrival: Timestamp, isAcknowledged: Bool = false
    ) -> StepFailure? {
        let outer = step.arrival
        step.arrival = arrival
        let failure = whole { $0.take(input) }
        step.arrival = failure == nil ? now : outer
        guard let failure else { return nil }
        if isMutant(.stepHalfTaken) {
            stop(at: nil, failure)
            return nil
        }
        if isAcknowledged || !input.isRefusedWhole { stop(at: input, arrivedAt: arrival, failure) }
        return failure
    }

    mutating func stop(at input: Input, arrivedAt arrival: Timestamp, _ failure: StepFailure) {
        if let held = HeldInput(input, arrivedAt: arrival, hasFailed: !isStopped) {
            if isStopped { run.held.append(held) } else { run.held.putFirst(held) }
        }
        stop(at: input, failure)
    }

    /// An expression outside of the chart failed. The chart takes it if it asks for SCXML's way.
    mutating func fail(_ problem: ExpressionProblem) {
        let event = Event.executionError(problem)
        guard isTaken(event) else { return fail(.expression(problem)) }
        note(problem)
        raise(event)
    }

    /// The chart took the error as an event.
    mutating func note(_ problem: ExpressionProblem, of input: Input? = nil) {
        var described = problem.described(in: definition).mapValue ?? ValueMap()
        described.set("input", input.map(describe))
        record(.expressionError, .map(described))
    }

    // MARK: Stopping

    var isStopped: Bool { run.isStopped }

    private mutating func stop(at input: Input?, _ failure: StepFailure) {
        step.dropEvents()
        let error = CallError(failure, in: definition, input.map(describe))
        if case .expression(let problem) = failure { note(problem, of: input) }
        if let again = retried, again.isStill(failure.incidentKind, error) {
            // A retry that comes to the same opens no other.
            run.incidents.reopen(again)
            retried = nil
            markChanged()
        } else if !isStopped {
            openIncident(failure.incidentKind, activation: nil, error)
        }
    }

    private func describe(_ input: Input) -> Value {
        switch input {
        case .event(let event):
            [
                "event": .string(event.name), "id": .string(event.id), "data": event.data,
                "by": .string(event.sender.description),
            ]
        case .timer(.chart(let index)):
            ["timer": .string(machine.states[machine.timers[index].state].id)]
        case .timer(.activation(let number)): ["timer": .string(label(number))]
        case .timer(.kept): ["timer": "a kept event"]
        case .answer(let id, let outcome):
            ["answer": .string(label(id.activation)), "outcome": outcome.encoded]
        case .local(let number, _), .localConflict(let number, _):
            ["answer": .string(label(number))]
        case .childEnded(let number, let status, let output):
            [
                "child": .string(label(number)), "status": .string(status.rawValue),
                "output": output,
            ]
        case .childRefused(let number, let error):
            ["child": .string(label(number)), "error": .string(error.name)]
        case .task(let request): describe(request)
        case .cancel(let reason, let actor):
            ["cancel": .string(reason), "by": .string(actor.description)]
        case .proceed: run.snapshot.configuration.isEmpty ? "start" : "resume"
        case .eventRefused, .operate, .holdWithWorkflow, .releaseWithWorkflow, .releaseMoney, .park:
            .null
        }
    }

    private func describe(_ request: TaskRequest) -> Value {
        var map: ValueMap = [
            "task": .string(request.number.map(label) ?? ""),
            "by": .string(request.actor.description),
        ]
        if case .decide(let decision) = request.action {
            map["outcome"] = .string(decision.outcome)
            map["form"] = decision.form.plain
        }
        return .map(map)
    }

    private func label(_ number: Int64) -> String {
        activation(number)?.label ?? "\(number)"
    }

    /// What whoever gave the input learns.
    mutating func answer(_ input: Input, _ failure: StepFailure) {
        let error = CallError(failure, in: definition, nil)
        guard input.isRefusedWhole else {
            reply = .receipt(
                Receipt(
                    .held, code: failure.incidentKind.rawValue,
                    message: "nothing of its step happened: \(error.message)"))
            return
        }
        reply = .problem(
            Problem(
                .stepFailed, "nothing was changed, because the step failed: \(error.message)",
                fix: "mend what the expression reads (`pawl assign`), or choose another way"))
    }
}

extension Input {
    /// Its giver waits for the answer and is told that nothing was changed.
    fileprivate var isRefusedWhole: Bool {
        switch self {
        case .operate: true
        // A parent's has nobody to tell; it waits.
        case .cancel(_, let actor): actor.role != Actor.system.role
        case .task(let request): if case .decide = request.action { false } else { true }
        case .proceed, .event, .eventRefused, .timer, .local, .localConflict, .answer, .childEnded,
            .childRefused, .holdWithWorkflow, .releaseWithWorkflow, .releaseMoney, .park:
            false
        }
    }
}

extension WorkflowDefinition {
    /// Whether the state of the call takes this error by name, which a catch-all does not: what is wrong with the
    /// workflow itself is nothing that its remote did.
    func catches(_ error: String, of index: InvocationIndex) -> Bool {
        machine.transitions.contains {
            guard case .invocationFailed(index, let names) = $0.trigger else { return false }
            return names.contains { $0.utf8.elementsEqual(error.utf8) }
        }
    }
}

extension Incident {
    /// The same input fails in the same way.
    fileprivate func isStill(_ kind: Kind, _ error: CallError) -> Bool {
        self.kind == kind && self.error.message == error.message
            && self.error.detail["input"] == error.detail["input"]
    }
}

extension StepFailure {
    var incidentKind: Incident.Kind {
        switch self {
        case .expression: .expressionError
        case .endless: .suspended
        }
    }
}

extension ExpressionProblem {
    /// As the history and an incident's detail hold it.
    func described(in definition: WorkflowDefinition) -> Value {
        var map: ValueMap = [
            "message": .string(text(in: definition)), "place": .string(place.rawValue),
            "line": .int(Int64(location.line)), "column": .int(Int64(location.column)),
        ]
        guard let failed else { return .map(map) }
        map["source"] = .string(failed.source)
        // What it failed with says what it was given.
        map["frame"] = .string(isHidden(in: definition) ? failed.source : failed.frame)
        map["operands"] = .list(
            failed.operands.map {
                var operand: ValueMap = ["text": .string($0.text)]
                operand.set("value", $0.value)
                return .map(operand)
            })
        return .map(map)
    }

    func text(in definition: WorkflowDefinition) -> String {
        let said = isHidden(in: definition) ? Sensitive.mask : message
        return "\(definition.name) \(location) (\(place.rawValue)): \(said)"
    }

    /// Whether it says what is not shown: then neither does what it failed with.
    private func isHidden(in definition: WorkflowDefinition) -> Bool {
        failed.map { definition.sensitive.isSaid(by: $0.source) } ?? false
    }
}

extension CallError {
    /// - Parameter input: what led there.
    init(_ failure: StepFailure, in definition: WorkflowDefinition, _ input: Value?) {
        var detail = ValueMap()
        switch failure {
        case .expression(let problem):
            detail = problem.described(in: definition).mapValue ?? detail
            detail["message"] = nil
            detail.set("input", input)
            self.init(
                name: "expression", message: problem.text(in: definition), isRetryable: false,
                detail: .map(detail))
        case .endless(let microsteps):
            let cycle = microsteps.flatMap(\.entered).map { definition.machine.states[$0].id }
            detail.set("input", input)
            self.init(
                name: "endless",
                message:
                    "more transitions without a wait than allowed, in \(cycle.joined(separator: " → "))",
                isRetryable: false, detail: .map(detail))
        }
    }
}
