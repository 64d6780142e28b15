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
        let time = try declared.due?.time(in: scope, from: now, by: catalog.calendars)
        let due = time?.instant
        var task = OpenTask(
            title: title.stringValue ?? JSON.string(title.plain), assignee: assignee?.keyText,
            priority: try priority(declared, in: scope), due: due,
            remindAt: declared.remind.flatMap { now.adding($0.after)?.ceilingToMilliseconds })
        task.reckoning = time?.reckoning
        return task
    }

    private func priority(
        _ declared: UserTask, in scope: Bindings
    ) throws(EvaluationError) -> Int {
        guard let value = try declared.priority?.evaluate(scope).plain else {
            return UserTask.standardPriority
        }
        guard let number = value.intValue, (0...100).contains(number) else {
            throw EvaluationError(
                kind: .invalidArgument,
                message: "'priority' must give an integer from 0 to 100, not \(JSON.string(value))")
        }
        return Int(number)
    }

    private func describe(_ task: OpenTask, _ number: Int64, role: String) -> ValueMap {
        var map: ValueMap = [
            "activation": .int(number), "role": .string(role), "title": .string(task.title),
        ]
        map.set("assignee", task.assignee.map { .string($0) })
        if task.priority != UserTask.standardPriority {
            map["priority"] = .int(Int64(task.priority))
        }
        map.set("due", task.due.map { .string($0.rfc3339) })
        map.set("dueName", task.reckoning.map { .string($0.text) })
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
        if let problem = problem(of: actor, action, activation, task, declared) {
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
        case .decide(let decision): decide(activation, declared, decision, by: actor)
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
        of actor: Actor, _ action: TaskAction, _ activation: Activation, _ task: OpenTask,
        _ declared: UserTask
    ) -> Problem? {
        let isTheirs =
            actor.role == Actor.system.role || actor.role.utf8.elementsEqual(declared.role.utf8)
        // Who runs the engine sees to it that somebody does it, and does not do it.
        guard isTheirs || (action.isDistributing && actor.role == Actor.operatorRole) else {
            return Problem(
                .forbidden, "\"\(task.title)\" is for a \(declared.role), not for \(actor)",
                fix: "act as \(declared.role)/<subject>: `--as`, or the Pawl-Actor header")
        }
        if let problem = exclusion(of: actor, action, activation, task, declared) {
            return problem
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

    // MARK: Deciding

    private mutating func decide(
        _ activation: Activation, _ declared: UserTask, _ decision: TaskDecision, by actor: Actor
    ) {
        let decided: TaskDecision
        switch declared.decode(decision) {
        case .success(let value): decided = value
        case .failure(let problem):
            reply = .problem(problem)
            return
        }
        let result: Value = [
            "outcome": .string(decided.outcome), "form": decided.form,
            "comment": decided.comment.isEmpty ? .null : .string(decided.comment),
            "by": actor.expressionValue, "at": .string(now.rfc3339),
        ]
        if let problem = refusal(of: result, for: activation) {
            record(
                "task.refused",
                .map(
                    describe(decided, activation, by: actor).merging([
                        "code": .string(problem.code.rawValue),
                        "message": .string(problem.message),
                    ])))
            reply = .problem(problem)
            return
        }
        record("task.decided", .map(describe(decided, activation, by: actor)))
        complete(activation.number, result)
        applied()
    }

    private func describe(
        _ decision: TaskDecision, _ activation: Activation, by actor: Actor
    ) -> ValueMap {
        var map: ValueMap = [
            "activation": .int(activation.number), "outcome": .string(decision.outcome),
            "form": decision.form, "by": .string(actor.description),
        ]
        if !decision.comment.isEmpty { map["comment"] = .string(decision.comment) }
        return map
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

    /// Who must not have done it: four eyes.
    private func exclusion(
        of actor: Actor, _ action: TaskAction, _ activation: Activation, _ task: OpenTask,
        _ declared: UserTask
    ) -> Problem? {
        let subject: String
        switch action {
        case .claim, .decide: subject = actor.subject
        case .assign(let to): subject = to
        case .release, .remind: return nil
        }
        guard !declared.except.isEmpty, actor.role != Actor.system.role else { return nil }
        let scope = scope(of: activation)
        for expression in declared.except {
            let excluded: Value
            do throws(EvaluationError) {
                excluded = try expression.evaluate(scope).plain
            } catch {
                return Problem(
                    .notApplicable,
                    "who is excluded from \"\(task.title)\" cannot be told: \(error.message)",
                    fix: "mend what `\(expression.source)` reads")
            }
            let subjects = excluded.listValue ?? [excluded]
            guard subjects.contains(where: { sameUTF8($0.keyText, subject) }) else { continue }
            return Problem(
                .forbidden, "\"\(task.title)\" is not for \(subject): `except` names them",
                fix: "somebody else of the role \(declared.role) has to do it")
        }
        return nil
    }
}

extension UserTask {
    /// A decision by the outcome's form.
    func decode(_ decision: TaskDecision) -> Result<TaskDecision, Problem> {
        guard let outcome = outcome(named: decision.outcome) else {
            let names = outcomes.map(\.name)
            return .failure(
                Problem(
                    .invalid,
                    "the task has no outcome \(decision.outcome)"
                        + suggestion(for: decision.outcome, among: names),
                    fix: "one of: \(names.joined(separator: ", "))"))
        }
        if let problem = problem(with: decision.comment, of: outcome) { return .failure(problem) }
        switch outcome.form.decode(decision.form) {
        case .valid(let decoded):
            return .success(
                TaskDecision(outcome.name, form: decoded.plain, comment: decision.comment))
        case .invalid(let violations):
            return .failure(
                Problem(
                    .invalid, "what was filled in does not fit the form of \(outcome.name)",
                    fix: "mend the members named in `errors`",
                    errors: violations.map {
                        Problem.Detail(pointer: "/form" + $0.pointer, detail: $0.detail)
                    }))
        }
    }

    private func problem(with comment: String, of outcome: Outcome) -> Problem? {
        let detail: String
        switch outcome.comment {
        case .required where comment.allSatisfy(\.isWhitespace): detail = "say why"
        case .none where !comment.isEmpty: detail = "this outcome takes none"
        case _ where comment.utf8.count > TaskDecision.maximumComment:
            detail = "at most \(TaskDecision.maximumComment) bytes"
        case .none, .optional, .required: return nil
        }
        return Problem(
            .invalid, "the comment does not fit the outcome \(outcome.name)",
            fix: "mend the members named in `errors`",
            errors: [Problem.Detail(pointer: "/comment", detail: detail)])
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

extension WorkflowDefinition {
    /// Says to the chart that an invocation is done; of a person's task, how it was decided.
    func doneEvent(of index: InvocationIndex, _ output: Value) -> Event {
        var identity = Event.Identity.invocationDone(index)
        if invocations.indices.contains(index), case .person = invocations[index].target,
            let outcome = output["outcome"]?.stringValue
        {
            identity = .taskDecided(index, outcome: outcome)
        }
        return Event(name: "done.invoke.\(index)", identity: identity, data: output)
    }
}

extension Effect {
    /// What a `reject` says.
    fileprivate var rejection: Value? {
        guard case .emit(let emission) = self, emission.kind == .reject else { return nil }
        return emission.payload
    }
}
