import CEL
import Definition
import Sabotage
import Statechart
import Values

/// What people do with tasks. Who comes late is told what became of it, and who was faster.
extension Draft {
    mutating func act(_ request: TaskRequest) {
        guard let activation = openTask(request), let task = activation.task,
            let declared = userTask(of: activation)
        else { return }
        let standing = Standing(
            of: request, to: task, role: activation.role, at: now, run.name.workflow)
        let late = lateness(request, activation, task, standing)
        if let problem = eligibility(request, activation, task, standing) ?? late {
            reply = .problem(problem)
            return
        }
        switch request.action {
        case .claim: claim(activation, task, declared, request, standing)
        case .release: release(activation, task, standing)
        case .assign(let subject): assign(activation, to: subject, by: request.actor)
        case .comment(let text): comment(activation, text, by: request.actor)
        case .remind: remindNow(activation, task, declared)
        case .decide(let decision):
            decide(activation, task, declared, decision, request, standing)
        }
    }

    // MARK: Which task

    private mutating func openTask(_ request: TaskRequest) -> Activation? {
        if answerRepeat(request) { return nil }
        let open = run.activations.filter { $0.task != nil }
        if let number = request.number {
            if let found = open.first(where: { $0.number == number }) { return found }
            if let closed = run.closedTasks.numbered(number) {
                answer(request, about: closed)
            } else {
                refuse(
                    .notApplicable, "\(run.name) has no open task \(number)",
                    fix: open.isEmpty
                        ? "`pawl history \(run.name.pasted)` says who decided what"
                        : "open: \(open.map { "\($0.number)" }.joined(separator: ", "))")
            }
            return nil
        }
        guard let first = open.first else {
            if let closed = run.closedTasks.last {
                answer(request, about: closed)
            } else {
                refuse(
                    .notApplicable, "\(run.name) waits for no person",
                    fix: "`pawl why \(run.name.pasted)` says what it waits for")
            }
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

    /// A decision's id is its own in the whole instance: the same one once more is about the same task, whatever is open
    /// now.
    private mutating func answerRepeat(_ request: TaskRequest) -> Bool {
        guard let id = request.id, case .decide = request.action,
            let closed = run.closedTasks.last(where: { sameUTF8($0.end.decisionID, id) })
        else { return false }
        answer(request, about: closed)
        return true
    }

    /// What became of the task that is not open any more.
    private mutating func answer(_ request: TaskRequest, about closed: ClosedTask) {
        let actor = request.actor
        let isTheirs =
            actor.role == Actor.system.role || actor.role == Actor.operatorRole
            || sameUTF8(closed.role ?? actor.role, actor.role)
        guard isTheirs || !request.substitutions.isEmpty else {
            reply = .problem(.notForThem(closed.title, closed.role, actor))
            return
        }
        switch closed.end {
        case .decided(let outcome, let doer, let id, let fingerprint):
            if let id, sameUTF8(id, request.id), doer.actor == request.actor,
                case .decide(let decision) = request.action
            {
                return repeated(decision, closed, fingerprint)
            }
            reply = .problem(
                Problem(
                    .taskDecided,
                    "\"\(closed.title)\" was decided by \(doer): \(outcome), at \(closed.endedAt.rfc3339)",
                    fix: "`pawl history \(run.name.pasted)` has what was said", isStale: true))
        case .withdrawn(let cause):
            let states = activeNames.joined(separator: ", ")
            reply = .problem(
                Problem(
                    cause.kind == .timer ? .taskExpired : .taskWithdrawn,
                    "\"\(closed.title)\" was withdrawn at \(closed.endedAt.rfc3339) by \(cause.text)",
                    fix: run.status.isTerminal
                        ? "\(run.name) has ended: \(run.status.rawValue)"
                        : "\(run.name) is in \(states.isEmpty ? "no state" : states) now",
                    isStale: true))
        }
    }

    private mutating func repeated(
        _ decision: TaskDecision, _ closed: ClosedTask, _ fingerprint: String
    ) {
        guard sameUTF8(fingerprint, decision.fingerprint) else {
            return refuse(
                .eventConflict,
                "this id was used for another decision of \"\(closed.title)\"",
                fix: "give a new decision an id of its own")
        }
        reply = .receipt(
            Receipt(
                .duplicate, code: Receipt.Outcome.applied.rawValue,
                message: "decided at \(closed.endedAt.rfc3339)"))
    }

    // MARK: Who may

    private func eligibility(
        _ request: TaskRequest, _ activation: Activation, _ task: OpenTask, _ standing: Standing
    ) -> Problem? {
        guard standing.isTheirs || (request.action.isDistributing && standing.isOperator) else {
            return .notForThem(task.title, activation.role, request.actor)
        }
        let subjects: [String]
        switch request.action {
        case .claim, .decide:
            subjects = [request.actor.subject, standing.doer.standsInFor?.subject].compactMap(
                \.self)
        case .assign(let to): subjects = [to]
        case .release, .comment, .remind: return nil
        }
        return standing.isSystem ? nil : exclusion(of: subjects, activation, task)
    }

    /// Who must not have done it: four eyes.
    private func exclusion(
        of subjects: [String], _ activation: Activation, _ task: OpenTask
    ) -> Problem? {
        guard let declared = userTask(of: activation), !declared.except.isEmpty,
            !isMutant(.fourEyesForgotten)
        else { return nil }
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
            let names = (excluded.listValue ?? [excluded]).map(\.keyText)
            guard
                let subject = subjects.first(where: { subject in
                    names.contains { sameUTF8($0, subject) }
                })
            else { continue }
            return Problem(
                .forbidden, "\"\(task.title)\" is not for \(subject): `except` names them",
                fix: "somebody else has to do it")
        }
        return nil
    }

    /// What came in between, the most final reason first.
    private func lateness(
        _ request: TaskRequest, _ activation: Activation, _ task: OpenTask, _ standing: Standing
    ) -> Problem? {
        let isStale = request.revision.map { $0 != task.revision } ?? false
        guard request.action.isExclusive else {
            return isStale ? changed(task, request) : nil
        }
        if let decider = run.held.lazy.compactMap({ $0.decider(of: activation.number) }).first {
            return Problem(
                .taskHeld,
                "\"\(task.title)\" has been decided by \(decider), and the decision waits with an incident",
                fix: "`pawl why \(run.name.pasted)` says what would end it", isStale: isStale)
        }
        if request.action.isDecide, let problem = standstill() { return problem }
        if let other = otherHolder(activation, task, request, standing), !standing.isSystem,
            request.action != .release || !standing.isOperator
        {
            return Problem(
                other.code, other.message(task),
                fix: "have it released or assigned to you: "
                    + "`pawl task assign \(run.name.pasted) --to \(CommandLineText.quoted(request.actor.subject))`",
                isStale: isStale)
        }
        guard isStale, !isMutant(.staleRevisionTaken) else { return nil }
        return changed(task, request)
    }

    private func changed(_ task: OpenTask, _ request: TaskRequest) -> Problem {
        Problem(
            .taskChanged,
            "\"\(task.title)\" is at revision \(task.revision) now, not \(request.revision ?? 0)",
            fix: "look at it again: `pawl task show \(run.name.pasted)`", isStale: true)
    }

    private func standstill() -> Problem? {
        if let pause = run.pause {
            return Problem(
                .notApplicable, "\(run.name) is paused by \(pause.by): \(pause.reason)",
                fix: "`pawl resume \(run.name.pasted) --reason '<why>'` lets it go on")
        }
        return stopping.map {
            Problem(
                .notApplicable,
                "\(run.name) is stopped by incident \($0.number): \($0.error.message)",
                fix: "`pawl why \(run.name.pasted)` says what would end it")
        }
    }

    private enum Holder {
        case assignee(String)
        case claimer(OpenTask.Claim)

        var code: Problem.Code {
            switch self {
            case .assignee: .taskAssigned
            case .claimer: .taskClaimed
            }
        }

        func message(_ task: OpenTask) -> String {
            switch self {
            case .assignee(let subject): "\"\(task.title)\" is \(subject)'s"
            case .claimer(let claim):
                "\"\(task.title)\" was taken by \(claim.by) at \(claim.at.rfc3339)"
            }
        }
    }

    /// Nil: nobody, or the actor, or who has the actor stand in.
    private func otherHolder(
        _ activation: Activation, _ task: OpenTask, _ request: TaskRequest, _ standing: Standing
    ) -> Holder? {
        if let claim = validClaim(activation, task, request) {
            return standing.isHolder(of: claim) || isMutant(.claimIgnored) ? nil : .claimer(claim)
        }
        guard let assignee = task.assignee, !standing.isAssignee else { return nil }
        return .assignee(assignee)
    }

    /// One in another's name holds as long as the standing in does, which may have been ended before its time.
    private func validClaim(
        _ activation: Activation, _ task: OpenTask, _ request: TaskRequest
    ) -> OpenTask.Claim? {
        guard let claim = task.claim, claim.by.may(at: now),
            !request.voidClaims.contains(activation.number)
        else { return nil }
        return claim
    }

    // MARK: Whose it is

    private mutating func claim(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask,
        _ request: TaskRequest, _ standing: Standing
    ) {
        guard declared.claim != .never else {
            return refuse(
                .notApplicable, "\"\(task.title)\" is decided without being claimed",
                fix: "`pawl decide \(run.name.pasted)`")
        }
        if validClaim(activation, task, request) != nil {
            // A repeat of what is so already.
            reply = .receipt(Receipt(.applied))
            return
        }
        let void = task.claim?.by
        let claim = OpenTask.Claim(by: standing.doer, at: now)
        updateTask(activation.number) {
            $0.claim = claim
            $0.revision += 1
        }
        var data = describe(standing.doer, activation)
        data.set("void", void.map { .string("\($0)") })
        record("task.claimed", .map(data))
        applied()
    }

    private mutating func release(
        _ activation: Activation, _ task: OpenTask, _ standing: Standing
    ) {
        guard task.claim != nil || task.assignee != nil else {
            reply = .receipt(Receipt(.applied))
            return
        }
        updateTask(activation.number) {
            $0.claim = nil
            // Back to everybody of the role.
            if activation.role != nil { $0.assignee = nil }
            $0.revision += 1
        }
        record("task.released", .map(describe(standing.doer, activation)))
        applied()
    }

    private mutating func assign(
        _ activation: Activation, to subject: String, by actor: Actor
    ) {
        guard let task = activation.task else { return }
        guard !sameUTF8(task.assignee, subject) || task.claim != nil else {
            reply = .receipt(Receipt(.applied))
            return
        }
        updateTask(activation.number) {
            $0.assignee = subject
            $0.claim = nil
            $0.revision += 1
        }
        record(
            "task.assigned",
            [
                "activation": .int(activation.number), "assignee": .string(subject),
                "before": (task.claim.map { $0.by.actor.subject } ?? task.assignee)
                    .map { .string($0) } ?? .null,
                "by": .string(actor.description),
            ])
        applied()
    }

    private func describe(_ doer: Doer, _ activation: Activation) -> ValueMap {
        var map: ValueMap = [
            "activation": .int(activation.number), "by": .string(doer.actor.description),
        ]
        map.set("for", doer.standsInFor.map { .string($0.description) })
        return map
    }

    // MARK: Saying something

    private mutating func comment(_ activation: Activation, _ text: String, by actor: Actor) {
        guard !text.allSatisfy(\.isWhitespace), text.utf8.count <= TaskDecision.maximumComment
        else {
            return refuse(
                .invalid, "a comment has 1 to \(TaskDecision.maximumComment) bytes",
                fix: "shorten it")
        }
        let comment = OpenTask.Comment(by: actor, at: now, text: text)
        updateTask(activation.number) {
            $0.comments.append(comment)
            if $0.comments.count > OpenTask.maximumComments { $0.comments.removeFirst() }
        }
        record(
            "task.commented",
            [
                "activation": .int(activation.number), "text": .string(text),
                "by": .string(actor.description),
            ])
        applied()
    }

    private mutating func remindNow(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask
    ) {
        guard let reminder = declared.remind else {
            return refuse(
                .notApplicable, "\"\(task.title)\" declares no reminder",
                fix: "`remind` in workflow \(definition.name) would")
        }
        remind(activation.number, reminder)
        applied()
    }

    // MARK: Deciding

    private mutating func decide(
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
            record("task.refused", .map(data))
            reply = .problem(problem)
            return
        }
        // What they saw; nobody looked where no revision was given.
        data["revision"] = request.revision.map { .int($0) } ?? .null
        record("task.decided", .map(data))
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
        record("task.withdrawn", .map(data))
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

extension TaskAction {
    /// Says whose it is, not how it ends: who runs the engine sees to it that somebody does it, and does not do it.
    fileprivate var isDistributing: Bool {
        switch self {
        case .claim, .release, .assign, .comment, .remind: true
        case .decide: false
        }
    }

    /// One of two wins.
    fileprivate var isExclusive: Bool {
        switch self {
        case .claim, .release, .decide: true
        case .assign, .comment, .remind: false
        }
    }

    fileprivate var isDecide: Bool {
        if case .decide = self { true } else { false }
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

extension ClosedTask.End {
    fileprivate var decisionID: String? {
        if case .decided(_, _, let id, _) = self { id } else { nil }
    }
}

extension Doer: CustomStringConvertible {
    package var description: String {
        standsInFor.map { "\(actor) for \($0)" } ?? "\(actor)"
    }
}

extension Problem {
    fileprivate static func notForThem(
        _ title: String, _ role: String?, _ actor: Actor
    ) -> Problem {
        Problem(
            .forbidden,
            "\"\(title)\" is for \(role.map { "a \($0)" } ?? "somebody else"), not for \(actor)",
            fix: role.map { "act as \($0)/<subject>: `--as`, or the Pawl-Actor header" })
    }
}

extension Effect {
    /// What a `reject` says.
    fileprivate var rejection: Value? {
        guard case .emit(let emission) = self, emission.kind == .reject else { return nil }
        return emission.payload
    }
}
