import CEL
import Definition
import Sabotage
import Statechart
import Values

/// Tasks for people: an activation that waits until somebody of the role says how it ended.
extension Draft {
    func userTask(of activation: Activation) -> UserTask? {
        definition.userTask(of: activation)
    }

    /// The names that its templates see: those of the workflow, and of a member its item.
    func scope(of activation: Activation) -> Bindings {
        run.scope(of: activation, environment)
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
        record(.taskOpened, .map(describe(task, number, role: declared.role)))
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
        let reminder = try declared.remind?.after.time(in: scope, from: now, by: catalog.calendars)
        var task = OpenTask(
            title: (title.stringValue ?? JSON.string(title.plain)).onOneLine,
            assignee: assignee?.keyText,
            priority: try priority(declared, in: scope), due: due,
            remindAt: reminder?.instant)
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

    private func describe(_ task: OpenTask, _ number: Int64, role: String?) -> ValueMap {
        var map: ValueMap = [
            "activation": .int(number), "role": role.map { .string($0) } ?? .null,
            "title": .string(task.title),
        ]
        map.set("assignee", task.assignee.map { .string($0) })
        if task.priority != UserTask.standardPriority {
            map["priority"] = .int(Int64(task.priority))
        }
        map.set("due", task.due.map { .string($0.rfc3339) })
        map.set("dueName", task.reckoning.map { .string($0.text) })
        return map
    }

    // MARK: What is shown

    /// What the person decides on is said anew when the context is another: who has seen it as it was must look again.
    mutating func refreshTasks() {
        guard run.activations.contains(where: { $0.task != nil }),
            run.snapshot.data != contextBefore
        else { return }
        showTasks()
    }

    mutating func showTasks() {
        for activation in run.activations where activation.task != nil {
            guard let index = activation.invocation else { continue }
            let shown = definition.invocations[index].input.evaluateEach(
                scope(of: activation), failed: { .string("(cannot be shown: \($0.message))") }
            ).plain
            guard shown != activation.input else { continue }
            let before = activation.input
            run.activations.show(activation.number, shown)
            if !isMutant(.shownUnseen) { updateTask(activation.number) { $0.revision += 1 } }
            record(
                .taskChanged,
                ["activation": .int(activation.number), "before": before, "after": shown])
        }
    }

    // MARK: Reminders

    /// By the clock; one that the server slept through is sent once.
    mutating func remindByClock(_ number: Int64) {
        guard let activation = activation(number), let task = activation.task,
            let reminder = userTask(of: activation)?.remind
        else { return }
        let sent = task.reminders + 1
        var next: Timestamp?
        if sent < reminder.times {
            let scope = scope(of: activation)
            do throws(EvaluationError) {
                next = try reminder.every.time(in: scope, from: now, by: catalog.calendars).instant
            } catch {
                return fail(
                    ExpressionProblem(
                        place: .task, location: location(of: activation),
                        message: "when the next reminder is due: \(error.message)",
                        failed: reminder.every.template.failed(scope)))
            }
            // One that is due already would never let the clock go on.
            if let moment = next, moment <= now { next = nil }
        }
        updateTask(number) {
            $0.reminders = sent
            $0.remindAt = next
        }
        remind(number, reminder)
        settlePending()
    }

    mutating func remind(_ number: Int64, _ reminder: UserTask.Reminder) {
        guard let activation = activation(number), let task = activation.task else { return }
        var scope = scope(of: activation)
        scope["task"] = .map(described(number, task, role: activation.role))
        let location = location(of: activation)
        guard
            let payload = evaluate(
                reminder.mail, in: scope, .task, "the reminder of \"\(task.title)\"", at: location
            )?.plain
        else { return }
        record(.taskReminded, ["activation": .int(number), "to": payload["to"] ?? .null])
        startNotification(payload, at: location)
    }

    /// What mails see of a task.
    func described(_ number: Int64, _ task: OpenTask, role: String?) -> ValueMap {
        describe(task, number, role: role).merging([
            "assignee": task.assignee.map { .string($0) } ?? .null,
            "reminders": .int(Int64(task.reminders)),
        ])
    }

    func location(of activation: Activation) -> SourceLocation {
        guard let index = activation.invocation else { return SourceLocation(line: 1, column: 1) }
        return definition.invocations[index].location
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

extension String {
    /// Whatever came from outside, a title is one line.
    fileprivate var onOneLine: String {
        var text = ""
        for scalar in unicodeScalars {
            text.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return text
    }
}
