import CEL
import Definition
import Statechart
import Values

/// Tasks for people: an activation that waits until somebody of the role says how it ended.
extension Draft {
    func userTask(of activation: Activation) -> UserTask? {
        definition.userTask(of: activation)
    }

    /// The names that its templates see: those of the workflow, and of a member its item.
    private func scope(of activation: Activation) -> Bindings {
        var scope = bindings
        if let member = activation.membership?.member {
            scope["item"] = member.item
            scope["index"] = .int(member.number - 1)
        }
        return scope
    }

    mutating func launchTask(_ number: Int64) {
        guard let activation = activation(number), let declared = userTask(of: activation) else {
            return
        }
        let task: OpenTask
        do throws(EvaluationError) {
            task = try open(declared, in: scope(of: activation))
        } catch {
            return refuse(
                activation,
                ExpressionProblem(
                    place: .task, location: location(of: activation),
                    message: "\(activation.label): \(error.message)",
                    failed: declared.failed(scope(of: activation))))
        }
        update(number) { work in
            guard case .task(var open) = work else { return }
            open.open(task)
            work = .task(open)
        }
        record("task.opened", .map(describe(task, number, role: declared.role)))
    }

    private func open(
        _ declared: UserTask, in scope: Bindings
    ) throws(EvaluationError) -> OpenTask {
        let title = try declared.title.evaluate(scope)
        let assignee = try declared.assignee?.evaluate(scope).plain
        guard assignee == nil || assignee?.isNull == true || assignee?.keyText != nil else {
            throw EvaluationError(
                kind: .invalidArgument, message: "'assignee' must give a subject, a text")
        }
        var due: Timestamp?
        if let value = try declared.due?.evaluate(scope) {
            due = Self.time(value, from: now)
            guard due != nil else {
                throw EvaluationError(
                    kind: .invalidArgument, message: "'due' must give a duration or a moment")
            }
        }
        return OpenTask(
            title: title.stringValue ?? JSON.string(title.plain), assignee: assignee?.keyText,
            due: due,
            remindAt: declared.remind.flatMap { now.adding($0.after)?.ceilingToMilliseconds })
    }

    private func describe(_ task: OpenTask, _ number: Int64, role: String) -> ValueMap {
        var map: ValueMap = [
            "activation": .int(number), "role": .string(role), "title": .string(task.title),
        ]
        map.set("assignee", task.assignee.map { .string($0) })
        map.set("due", task.due.map { .string($0.rfc3339) })
        return map
    }

    // MARK: Reminders

    /// By the clock; one that the server slept through is sent once.
    mutating func remindByClock(_ number: Int64) {
        guard let activation = activation(number), let task = activation.task,
            let reminder = userTask(of: activation)?.remind
        else { return }
        let sent = task.reminders + 1
        let next = sent < reminder.times ? now.adding(reminder.every)?.ceilingToMilliseconds : nil
        updateTask(number) {
            $0.reminders = sent
            $0.remindAt = next
        }
        remind(number, reminder)
        settlePending()
    }

    private mutating func remind(_ number: Int64, _ reminder: UserTask.Reminder) {
        guard let activation = activation(number), let task = activation.task,
            let role = activation.role
        else { return }
        var scope = scope(of: activation)
        scope["task"] = .map(
            describe(task, number, role: role).merging([
                "assignee": task.assignee.map { .string($0) } ?? .null,
                "reminders": .int(Int64(task.reminders)),
            ]))
        let location = location(of: activation)
        guard
            let payload = evaluate(
                reminder.mail, in: scope, .task, "the reminder of \"\(task.title)\"", at: location
            )?.plain
        else { return }
        record("task.reminded", ["activation": .int(number), "to": payload["to"] ?? .null])
        startNotification(payload, at: location)
    }

    func location(of activation: Activation) -> SourceLocation {
        guard let index = activation.invocation else { return SourceLocation(line: 1, column: 1) }
        return definition.invocations[index].location
    }

    // MARK: What people do

    /// - Parameter number: the task's activation; nil: the only one that is open.
    mutating func act(_ action: TaskAction, on number: Int64?, by actor: Actor) {
        guard let activation = openTask(number), let task = activation.task,
            let declared = userTask(of: activation)
        else { return }
        if let problem = problem(of: actor, action, task, declared) {
            reply = .problem(problem)
            return
        }
        if let decider = run.held.lazy.compactMap({ $0.decider(of: activation.number) }).first {
            return refuse(
                .notApplicable,
                "\"\(task.title)\" has been decided by \(decider), and the decision waits with an incident",
                fix: "`pawl why \(run.name)` says what would end it")
        }
        switch action {
        case .claim: assign(activation.number, to: actor.subject, "task.claimed", by: actor)
        case .release: assign(activation.number, to: nil, "task.released", by: actor)
        case .assign(let subject):
            assign(activation.number, to: subject, "task.assigned", by: actor)
        case .remind:
            guard let reminder = declared.remind else {
                return refuse(
                    .notApplicable, "\"\(task.title)\" declares no reminder",
                    fix: "`remind` in workflow \(definition.name) would")
            }
            remind(activation.number, reminder)
            applied()
        case .decide(let outcome, let data):
            decide(activation, declared, outcome, data, by: actor)
        }
    }

    private mutating func openTask(_ number: Int64?) -> Activation? {
        let open = run.activations.filter { $0.task != nil }
        if let number {
            if let found = open.first(where: { $0.number == number }) { return found }
            refuse(
                .notApplicable, "\(run.name) has no open task \(number)",
                fix: open.isEmpty
                    ? "`pawl history \(run.name)` says who decided what"
                    : "open: \(open.map { "\($0.number)" }.joined(separator: ", "))")
            return nil
        }
        guard let first = open.first else {
            refuse(
                .notApplicable, "\(run.name) waits for no person",
                fix: "`pawl why \(run.name)` says what it waits for")
            return nil
        }
        guard open.count == 1 else {
            let known = open.map { "\($0.number) (\($0.task?.title ?? ""))" }
            refuse(
                .notApplicable, "\(run.name) has \(open.count) open tasks",
                fix: "say which: \(known.joined(separator: ", "))")
            return nil
        }
        return first
    }

    private func problem(
        of actor: Actor, _ action: TaskAction, _ task: OpenTask, _ declared: UserTask
    ) -> Problem? {
        let isTheirs =
            actor.role == Actor.system.role || actor.role.utf8.elementsEqual(declared.role.utf8)
        // Who runs the engine sees to it that somebody does it, and does not do it.
        guard isTheirs || (action.isDistributing && actor.role == Actor.operatorRole) else {
            return Problem(
                .forbidden, "\"\(task.title)\" is for a \(declared.role), not for \(actor)",
                fix: "act as \(declared.role)/<subject>: `--as`, or the Pawl-Actor header")
        }
        if action.isDecide, let pause = run.pause {
            return Problem(
                .notApplicable, "\(run.name) is paused by \(pause.by): \(pause.reason)",
                fix: "`pawl resume \(run.name)` lets it go on")
        }
        if action.isDecide, let stopping {
            return Problem(
                .notApplicable,
                "\(run.name) is stopped by incident \(stopping.number): \(stopping.error.message)",
                fix: "`pawl why \(run.name)` says what would end it")
        }
        guard !action.isDistributing || action == .claim, let assignee = task.assignee,
            actor.role != Actor.system.role, !assignee.utf8.elementsEqual(actor.subject.utf8)
        else { return nil }
        return Problem(
            .forbidden, "\"\(task.title)\" is \(declared.role)/\(assignee)'s",
            fix: "have it released or assigned to you: "
                + "`pawl task assign \(run.name) --to \(actor.subject)`")
    }

    private mutating func assign(
        _ number: Int64, to subject: String?, _ kind: String, by actor: Actor
    ) {
        guard !sameUTF8(activation(number)?.task?.assignee, subject) else {
            // A repeat of what is so already.
            reply = .receipt(Receipt(.applied))
            return
        }
        updateTask(number) { $0.assignee = subject }
        record(
            kind,
            [
                "activation": .int(number), "assignee": subject.map { .string($0) } ?? .null,
                "by": .string(actor.description),
            ])
        applied()
    }

    private mutating func decide(
        _ activation: Activation, _ declared: UserTask, _ outcome: String, _ data: Value,
        by actor: Actor
    ) {
        let decided: Value
        switch declared.decode(outcome, data) {
        case .success(let value): decided = value
        case .failure(let problem):
            reply = .problem(problem)
            return
        }
        let result: Value = [
            "outcome": .string(outcome), "data": decided, "by": actor.expressionValue,
        ]
        record(
            "task.decided",
            [
                "activation": .int(activation.number), "outcome": .string(outcome),
                "data": decided, "by": .string(actor.description),
            ])
        complete(activation.number, result)
        applied()
    }
}

extension UserTask {
    /// The data of a decision by the form's schema.
    func decode(_ outcome: String, _ data: Value) -> Result<Value, Problem> {
        guard outcomes.contains(where: { $0.utf8.elementsEqual(outcome.utf8) }) else {
            return .failure(
                Problem(
                    .invalid, "the task has no outcome \(outcome)",
                    fix: "one of: \(outcomes.joined(separator: ", "))"))
        }
        switch form.decode(data) {
        case .valid(let decoded): return .success(decoded.plain)
        case .invalid(let violations):
            return .failure(
                Problem(
                    .invalid, "the data do not fit the task's form",
                    fix: "mend the members named in `errors`", violations: violations))
        }
    }
}

extension TaskAction {
    /// Says whose it is, not how it ends.
    fileprivate var isDistributing: Bool {
        switch self {
        case .claim, .release, .assign, .remind: true
        case .decide: false
        }
    }

    fileprivate var isDecide: Bool {
        if case .decide = self { true } else { false }
    }
}

extension WorkflowDefinition {
    /// What the workflow declares of a person's task; nil: the activation is none, or its version is not loaded here.
    package func userTask(of activation: Activation) -> UserTask? {
        guard let index = activation.invocation, invocations.indices.contains(index),
            case .person(let task) = invocations[index].target
        else { return nil }
        return task
    }
}
