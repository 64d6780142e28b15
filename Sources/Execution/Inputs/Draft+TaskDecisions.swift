import CEL
import Definition
import Sabotage
import Statechart
import Values

/// How a task ends: by a decision that the workflow takes, or withdrawn before there was one.
extension Draft {
    // MARK: Deciding

    mutating func decide(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask,
        _ decision: TaskDecision, _ request: TaskRequest, _ standing: Standing
    ) {
        if declared.claim == .required, task.claim == nil, !standing.isSystem {
            return refuse(
                .notApplicable, "\"\(task.title)\" has to be claimed before it is decided",
                fix: "`pawl task claim \(run.name.pasted)`")
        }
        let decided: TaskDecision
        switch declared.decode(decision) {
        case .success(let value): decided = value
        case .failure(let problem):
            reply = .problem(problem)
            return
        }
        let doer = standing.doer
        let result = event(of: decided, by: doer)
        var data = describe(doer, activation)
        data["outcome"] = .string(decided.outcome)
        data["form"] = decided.form
        if !decided.comment.isEmpty { data["comment"] = .string(decided.comment) }
        if let problem = refusal(of: result, for: activation) {
            data["code"] = .string(problem.code.rawValue)
            data["message"] = .string(problem.message)
            record(.taskRefused, .map(data))
            reply = .problem(problem)
            return
        }
        // What they saw; nobody looked where no revision was given.
        data["revision"] = request.revision.map { .int($0) } ?? .null
        record(.taskDecided, .map(data))
        run.lastFailure = nil
        close(
            activation, task,
            .decided(
                outcome: decided.outcome, by: doer, id: request.id,
                fingerprint: decision.fingerprint))
        complete(activation.number, result)
        applied()
    }

    /// `event.data` of the transition.
    private func event(of decision: TaskDecision, by doer: Doer) -> Value {
        let absent = doer.standsInFor.map { absent in
            Value.map(
                ValueMap([
                    ("role", .string(absent.role)),
                    ("subject", absent.subject.map { .string($0) } ?? .null),
                ]))
        }
        return [
            "outcome": .string(decision.outcome), "form": decision.form,
            "comment": decision.comment.isEmpty ? .null : .string(decision.comment),
            "by": doer.actor.expressionValue, "for": absent ?? .null,
            "at": .string(now.rfc3339),
        ]
    }

    /// Where the workflow itself does not take the outcome now: every guard is false, or its actions reject it. The
    /// task stays with whoever has it.
    private func refusal(of result: Value, for activation: Activation) -> Problem? {
        guard let index = activation.invocation, activation.membership == nil else { return nil }
        let step = machine.step(
            run.snapshot, definition.doneEvent(of: index, result), environment: environment)
        if step.selection == .guardsFalse {
            return Problem(
                .outcomeRefused,
                "the outcome \(result["outcome"]?.stringValue ?? "") leads nowhere now: "
                    + (receipt(of: step).message ?? ""),
                fix: "another outcome, or what the guard reads has to change first")
        }
        guard let rejection = step.effects.lazy.compactMap(\.rejection).first else { return nil }
        return Problem(
            .outcomeRefused,
            rejection["message"]?.stringValue ?? rejection["code"]?.stringValue ?? "rejected",
            fix: "`reject` of workflow \(definition.name) says so")
    }

    // MARK: The end of a task

    /// Kept with the run, so that whoever comes late learns of it.
    mutating func close(_ activation: Activation, _ task: OpenTask, _ end: ClosedTask.End) {
        guard !isMutant(.closedTaskForgotten) else { return }
        run.closedTasks.append(
            ClosedTask(
                number: activation.number, title: task.title, role: activation.role,
                state: activation.invocation.map { machine.states[machine.invocations[$0]].id }
                    ?? "",
                assignee: task.assignee, claim: task.claim, priority: task.priority,
                openedAt: activation.startedAt, due: task.due, endedAt: now, end: end))
        markChanged()
    }

    /// Its state was left, or its time is over, before anybody decided.
    mutating func withdrawTask(_ activation: Activation) {
        guard let task = activation.task, run.closedTasks.numbered(activation.number) == nil else {
            return
        }
        close(activation, task, .withdrawn(cause))
        var data: ValueMap = [
            "activation": .int(activation.number), "title": .string(task.title),
            "because": .string(cause.text),
        ]
        data.set("claimedBy", task.claim.map { .string("\($0.by.actor)") })
        record(.taskWithdrawn, .map(data))
        tellHolder(of: activation, task)
    }

    /// Whoever was at it is told that they need not go on.
    private mutating func tellHolder(of activation: Activation, _ task: OpenTask) {
        guard let claim = task.claim, let mail = userTask(of: activation)?.withdrawn else { return }
        var scope = scope(of: activation)
        scope["task"] = .map(
            described(activation.number, task, role: activation.role).merging([
                "claimedBy": .string(claim.by.actor.subject), "because": .string(cause.text),
            ]))
        let location = location(of: activation)
        guard
            let payload = evaluate(
                mail, in: scope, .task, "the mail on the withdrawal of \"\(task.title)\"",
                at: location
            )?.plain
        else { return }
        startNotification(payload, at: location)
    }
}

extension TaskDecision {
    /// The same for the same decision.
    var fingerprint: String {
        var hash = StableHash(outcome)
        hash.combine(form)
        hash.combine(comment)
        return hash.hexadecimal
    }
}

extension Effect {
    /// What a `reject` says.
    fileprivate var rejection: Value? {
        guard case .emit(let emission) = self, emission.kind == .reject else { return nil }
        return emission.payload
    }
}
