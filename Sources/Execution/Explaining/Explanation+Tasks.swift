import Definition
import Statechart
import Values

/// Tasks that wait for their person.
extension Explanation {
    func person(_ activation: Activation, _ open: OpenTask) -> Blocker {
        guard let declared = definition.userTask(of: activation) else {
            return unloaded(activation, open)
        }
        let task = open.asOf(now, isVoid: voidClaims.contains(activation.number))
        var sentence =
            "Waiting \((now - activation.startedAt).shortText) for "
            + "\(who(activation, task)): \"\(task.title)\""
        if let claim = task.claim {
            sentence += ", taken by \(claim.by) \((now - claim.at).shortText) ago"
        }
        if let due = task.due {
            sentence +=
                due <= now
                ? ", \((now - due).shortText) over its due time"
                : ", due in \((due - now).shortText)"
            sentence += task.reckoning.map { " (\($0.text))" } ?? ""
        }
        let barred = barred(activation, task, declared)
        if let barred {
            sentence += "; `except` excludes \(barred): give it to somebody else"
        }
        if task.reminders > 0 {
            sentence += "; \(task.reminders) reminder\(task.reminders == 1 ? "" : "s") sent"
        }
        return Blocker(
            kind: .waitingPerson, state: state(activation), sentence: sentence + ".",
            since: activation.startedAt, overdueAt: overdue(activation, task),
            evidence: evidence(activation, task, declared), next: next(activation, task),
            actions: actions(activation, task, declared, isBarred: barred != nil))
    }

    /// Who has it and must not do it.
    private func barred(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask
    ) -> String? {
        guard !declared.except.isEmpty else { return nil }
        let environment = definition.environment(of: run, now: now)
        let exclusion = declared.exclusion(in: run.scope(of: activation, environment))
        let holders =
            task.claim.map { [$0.by.actor.subject, $0.by.standsInFor?.subject] } ?? [task.assignee]
        return holders.compactMap(\.self).first(where: exclusion.names)
    }

    /// `manager/ana`, `a manager`
    private func who(_ activation: Activation, _ task: OpenTask) -> String {
        switch (activation.role, task.assignee) {
        case (let role?, let subject?): "\(role)/\(subject)"
        case (let role?, nil): "a \(role)"
        case (nil, let subject): subject ?? "nobody"
        }
    }

    private func unloaded(_ activation: Activation, _ task: OpenTask) -> Blocker {
        Blocker(
            kind: .waitingPerson, state: state(activation),
            sentence: "Waiting for a person: \"\(task.title)\".", since: activation.startedAt)
    }

    private func overdue(_ activation: Activation, _ task: OpenTask) -> Timestamp? {
        [task.due, overdue(activation)].compactMap(\.self).min()
    }

    private func evidence(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask
    ) -> ValueMap {
        var evidence: ValueMap = [
            "task": .int(activation.number), "title": .string(task.title),
            "role": declared.role.map { .string($0) } ?? .null,
            "reminders": .int(Int64(task.reminders)),
            "outcomes": .list(declared.outcomes.map { .string($0.name) }), "show": activation.input,
        ]
        evidence.set("assignee", task.assignee.map { .string($0) })
        evidence.set("claimedBy", task.claim.map { .string("\($0.by)") })
        evidence.set("due", task.due.map { .string($0.rfc3339) })
        evidence.set("dueName", task.reckoning.map { .string($0.text) })
        evidence.set("calendar", task.reckoning?.calendar.map { .string(calendar($0)) })
        return evidence
    }

    /// What comes of itself, whichever is first: a reminder, the task's deadline, a timer of its state or of one around it.
    private func next(_ activation: Activation, _ task: OpenTask) -> Blocker.NextStep? {
        var steps = [
            task.remindAt.map { Blocker.NextStep(at: $0, sentence: "a reminder is sent") },
            activation.deadline.map { Blocker.NextStep(at: $0, sentence: "its deadline passes") },
        ]
        if let index = activation.invocation, machine.invocations.indices.contains(index) {
            let state = machine.invocations[index]
            steps += run.timers.filter {
                let owner = machine.timers[$0.index].state
                return (owner...machine.states[owner].lastDescendant).contains(state)
            }
            .map { timerStep($0) }
        }
        return steps.compactMap(\.self)
            .min { ($0.at?.milliseconds ?? .max) < ($1.at?.milliseconds ?? .max) }
    }

    private func actions(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask, isBarred: Bool
    ) -> [Blocker.LegalAction] {
        let isAlone = run.activations.filter { $0.task != nil }.count == 1
        let which = isAlone ? nil : activation.number
        let holder = task.claim?.by.actor.subject ?? task.assignee
        let role = task.claim?.by.actor.role ?? declared.role ?? "<role>"
        let actor = Blocker.Performer(role: role, subject: holder)
        func act(
            _ verb: ActionVerb, _ arguments: ValueMap = ValueMap(),
            as actor: Blocker.Performer? = nil, _ sentence: String
        ) -> Blocker.LegalAction {
            Blocker.LegalAction(
                verb, of: run.name, arguments, task: which, as: actor, sentence: sentence)
        }
        var actions = (isBarred ? [] : declared.outcomes).map { outcome in
            var arguments: ValueMap = ["outcome": .string(outcome.name)]
            if !outcome.required.isEmpty {
                arguments["form"] = .map(
                    ValueMap(outcome.required.map { ($0, Blank.text($0)) }))
            }
            if outcome.comment == .required {
                arguments["comment"] = Blank.text(Blank.why)
            }
            return act(.decide, arguments, as: actor, "Decide: \(outcome.label).")
        }
        if task.claim == nil, declared.claim != .never, !isBarred {
            actions.append(act(.claim, ValueMap(), as: actor, "Take it, so that nobody else does."))
        }
        actions.append(
            act(.assignTask, ["to": Blank.text(Blank.subject)], "Give it to somebody."))
        if declared.remind != nil {
            actions.append(act(.remind, ValueMap(), "Send the reminder now."))
        }
        return actions
    }
}
